package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Redis is away for ten seconds while clients keep asking two gateways: what had been admitted is
 * charged, what is new is refused, and nobody has to do anything about it.
 */
@ExtendWith(LeakWatch.class)
@Timeout(180)
class RedisAwayUnderLoadTest {
  private static final long AWAY_MILLIS = 10_000;
  private static final int CLIENTS = 12;
  private static final int UNDER_WAY = 20;
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_263);
  private static final String BUDGETS = "{\"quota_usd\":900,\"max_concurrency\":900}";

  enum Absence {
    /** The process ends in good order, and is started again. */
    STOPPED,
    /** The process stands still: connections stay, and nothing is answered. */
    FROZEN
  }

  private final OpenAiAnswers openAi = new OpenAiAnswers(SEED);
  private final CountDownLatch isAway = new CountDownLatch(1);

  @ParameterizedTest
  @EnumSource
  void charges_ofTenSecondsWithoutRedis_areAllThereAfterThem(Absence absence) throws Exception {
    System.out.println("seed " + SEED);
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(SEED);
        GatewayForTests here =
            GatewayForTests.start(provider, GatewaySetup.USUAL.redis(server.uri()));
        GatewayForTests there = here.another();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<GatewayForTests> gateways = List.of(here, there);
      String late = here.createKey("1000", BUDGETS);
      String key = here.createKey("1000", BUDGETS);
      String lateUser = here.accountId(late).value();
      provider.on(
          "/chat/completions",
          request ->
              request.json().path("user").asString("").equals(lateUser)
                  ? Script.of(openAi.chat(request)).start().upTo(100).await(isAway).rest().end()
                  : BuyingClients.answer(openAi, request));
      List<Future<RawAnswer>> underWay = new ArrayList<>();
      for (int i = 0; i < UNDER_WAY; i++) {
        String body = BuyingClients.body(here, late, i % 2 == 0, i);
        GatewayForTests gateway = gateways.get(i % 2);
        underWay.add(threads.submit(() -> ask(gateway, late, body)));
      }
      here.await(() -> provider.account().openNow() == UNDER_WAY);

      try (BuyingClients clients = BuyingClients.start(gateways, List.of(key), CLIENTS, SEED)) {
        here.await(() -> clients.answered() >= 4 * CLIENTS);
        beAway(absence, server, here);
        for (Future<RawAnswer> answer : underWay) {
          assertThat(answer.get(30, TimeUnit.SECONDS).status()).isEqualTo(200);
        }
        int answered = clients.answered();
        here.await(() -> clients.answered() >= answered + 4 * CLIENTS);
        clients.finish();
        assertThat(clients.refused()).isGreaterThan(CLIENTS);
        report(absence, clients);
      }
      new Reckoning(provider.account(), server.uri(), gateways)
          .assertRight(absence + " of seed " + SEED, List.of(late, key));
    }
  }

  private void beAway(Absence absence, RedisServerForTests server, GatewayForTests gateway)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(AWAY_MILLIS);
    switch (absence) {
      case STOPPED -> server.stop();
      case FROZEN -> server.pause();
    }
    gateway.await(() -> gateway.readiness().startsWith("503"));
    isAway.countDown();
    gateway.await(() -> !gateway.readiness().contains("\"depth\":0,"));
    while (System.nanoTime() - deadline < 0) {
      assertThat(gateway.readiness()).startsWith("503");
      TimeUnit.MILLISECONDS.sleep(100);
    }
    switch (absence) {
      case STOPPED -> server.restart();
      case FROZEN -> server.resume();
    }
  }

  private static void report(Absence absence, BuyingClients clients) {
    System.out.printf(
        "%s: %d answered, %d hung up, %d refused%n",
        absence, clients.answered(), clients.hungUp(), clients.refused());
  }

  private static RawAnswer ask(GatewayForTests gateway, String key, String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }
}
