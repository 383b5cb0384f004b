package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** While Redis is away nothing is admitted; what had been is charged once it is back. */
@Timeout(120)
class RedisOutageTest {
  private static final int UNDER_WAY = 60;
  private static final int REFUSED = 100;

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final ServedUsage USAGE = ServedUsage.of(9, 40);
  private static final long COST_NANO_USD = 9 * 200 + 40 * 600;

  @Test
  void chargesOfAnOutage_areAllThereAfterIt_andNewRequestsWereRefused() throws Exception {
    OpenAiAnswers openAi = new OpenAiAnswers(5).reporting(USAGE);
    CountDownLatch answering = new CountDownLatch(1);
    try (RedisServerForTests redis = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(5);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.redis(redis.uri()));
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      String key = gateway.createKey("10");
      assertThat(ask(gateway, key).status()).isEqualTo(200);
      provider.on(
          "/chat/completions",
          request -> Script.of(openAi.chat(request)).await(answering).start().rest().end());
      List<Future<RawAnswer>> answers = new ArrayList<>();
      for (int i = 0; i < UNDER_WAY; i++) {
        answers.add(clients.submit(() -> ask(gateway, key)));
      }
      gateway.await(() -> provider.account().received() == 1 + UNDER_WAY);
      long before = gateway.spentNanoUsd(key);

      redis.kill();
      gateway.await(() -> gateway.readiness().startsWith("503"));
      answering.countDown();
      for (Future<RawAnswer> answer : answers) {
        assertThat(answer.get(30, TimeUnit.SECONDS).status()).isEqualTo(200);
      }
      gateway.await(() -> depth(gateway) == UNDER_WAY);
      for (int i = 0; i < REFUSED; i++) {
        RawAnswer refused = ask(gateway, key);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.head().field("retry-after")).isNotNull();
        assertThat(refused.text()).contains("ledger_unavailable");
      }
      assertThat(depth(gateway)).isEqualTo(UNDER_WAY);

      redis.restart();

      gateway.await(() -> gateway.readiness().startsWith("200"));
      gateway.await(() -> depth(gateway) == 0);
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(before + UNDER_WAY * COST_NANO_USD);
      assertThat(ask(gateway, key).status()).isEqualTo(200);
      assertThat(gateway.metrics()).contains("tollgate_settle_journal_age_seconds 0.0");
    }
  }

  private static long depth(GatewayForTests gateway) throws Exception {
    return gateway
        .metrics()
        .lines()
        .filter(line -> line.startsWith("tollgate_settle_journal_depth "))
        .mapToLong(line -> Math.round(Double.parseDouble(line.substring(line.indexOf(' ') + 1))))
        .findFirst()
        .orElseThrow();
  }

  private static RawAnswer ask(GatewayForTests gateway, String key) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }
}
