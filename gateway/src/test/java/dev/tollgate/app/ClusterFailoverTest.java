package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.RedisClusterForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A whole gateway on a cluster that loses a primary while requests come in. */
@Timeout(240)
class ClusterFailoverTest {
  private static final int CLIENTS = 4;
  private static final ServedUsage USAGE = ServedUsage.of(9, 40);
  private static final long COST_NANO_USD = 9 * 200 + 40 * 600;

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private final AtomicBoolean isEnding = new AtomicBoolean();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  @Test
  void requests_whileAPrimaryIsKilled_succeedOrAreRefused_andEachIsChargedOnce() throws Exception {
    OpenAiAnswers openAi = new OpenAiAnswers(6).reporting(USAGE);
    try (RedisClusterForTests cluster = RedisClusterForTests.startWithReplicas();
        FakeProvider provider = FakeProvider.start(6);
        GatewayForTests gateway =
            GatewayForTests.start(provider, GatewaySetup.USUAL.redis(cluster.yaml()));
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      provider.on(
          "/chat/completions", request -> Script.of(openAi.chat(request)).start().rest().end());
      String key = gateway.createKey("1000");
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(() -> askOnAndOn(gateway, key)));
      }
      gateway.await(() -> served.get() > 100);

      int primary = cluster.primaryOf(gateway.shardOf(key));
      cluster.kill(primary);
      gateway.await(() -> gateway.readiness().contains("ledger_servers_away"));
      gateway.await(() -> refused.get() > 0);
      gateway.await(() -> gateway.readiness().startsWith("200"));
      int before = served.get();
      gateway.await(() -> served.get() > before + 100);
      isEnding.set(true);
      for (Future<?> client : clients) {
        client.get();
      }

      gateway.awaitSettled(key);
      long expected = provider.account().received() * COST_NANO_USD;
      gateway.await(() -> gateway.spentNanoUsd(key) == expected);
      assertThat(provider.account().received()).isEqualTo(served.get());
      System.out.println("app.ClusterFailoverTest: " + served + " served, " + refused + " refused");
    }
  }

  private Void askOnAndOn(GatewayForTests gateway, String key) throws Exception {
    while (!isEnding.get()) {
      try (RawClient client = gateway.connect()) {
        RawAnswer answer =
            client
                .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
                .readAnswer();
        if (answer.status() == 503) {
          assertThat(answer.text()).contains("ledger_unavailable");
          assertThat(answer.head().field("retry-after")).isNotNull();
          refused.incrementAndGet();
        } else {
          assertThat(answer.status()).isEqualTo(200);
          served.incrementAndGet();
        }
      }
    }
    return null;
  }
}
