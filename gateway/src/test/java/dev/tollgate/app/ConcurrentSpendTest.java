package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nobody spends the same money twice, however many ask at once and wherever. */
@ExtendWith(LeakWatch.class)
class ConcurrentSpendTest {
  private static final int REQUESTS = 500;
  private static final int GATEWAYS = 3;
  private static final int AFFORDABLE = 50;

  /** 100 output tokens at most, and a prompt of 8 + 3 tokens as it is quoted. */
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final ServedUsage USAGE = ServedUsage.of(9, 40);
  private static final long COST_NANO_USD = 9 * 200 + 40 * 600;

  @Test
  void requestsBeyondTheBalance_overThreeGateways_areRefusedWithoutTouchingTheProvider()
      throws Exception {
    OpenAiAnswers openAi = new OpenAiAnswers(5).reporting(USAGE);
    CountDownLatch answering = new CountDownLatch(1);
    try (FakeProvider provider = FakeProvider.start(5);
        GatewayForTests first = GatewayForTests.start(provider)) {
      provider.on(
          "/chat/completions",
          request -> Script.of(openAi.chat(request)).await(answering).start().rest().end());
      long quote = first.quoteNanoUsd(BODY);
      long balance = quote * AFFORDABLE + quote / 2;
      String key = first.createKey(Money.usd(balance));

      List<GatewayForTests> gateways = new ArrayList<>(List.of(first));
      for (int i = 1; i < GATEWAYS; i++) {
        gateways.add(first.another());
      }
      try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<RawAnswer>> answers = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
          GatewayForTests gateway = gateways.get(i % GATEWAYS);
          answers.add(clients.submit(() -> ask(gateway, key)));
        }
        first.await(() -> finished(answers) == REQUESTS - AFFORDABLE);
        assertThat(first.heldNanoUsd(key)).isEqualTo(quote * AFFORDABLE);
        answering.countDown();

        Map<Integer, Long> byStatus = byStatus(answers);
        assertThat(byStatus)
            .containsOnly(
                Map.entry(200, (long) AFFORDABLE), Map.entry(402, (long) REQUESTS - AFFORDABLE));
      }
      first.awaitSettled(key);

      assertThat(provider.account().received()).isEqualTo(AFFORDABLE);
      assertThat(provider.account().openMost()).isEqualTo(AFFORDABLE);
      assertThat(first.balanceNanoUsd(key)).isEqualTo(balance - AFFORDABLE * COST_NANO_USD);
      for (GatewayForTests other : gateways.subList(1, GATEWAYS)) {
        other.close();
      }
    }
  }

  private static RawAnswer ask(GatewayForTests gateway, String key) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  private static long finished(List<Future<RawAnswer>> answers) {
    return answers.stream().filter(Future::isDone).count();
  }

  private static Map<Integer, Long> byStatus(List<Future<RawAnswer>> answers) throws Exception {
    List<Integer> statuses = new ArrayList<>();
    for (Future<RawAnswer> answer : answers) {
      statuses.add(answer.get(30, TimeUnit.SECONDS).status());
    }
    return statuses.stream()
        .collect(Collectors.groupingBy(status -> status, Collectors.counting()));
  }
}
