package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.AofHistory;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.testing.LeakWatch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A Redis that dies under load and comes back without the last two seconds of what it had answered,
 * again and again, as a power cut or a failover would have it. The journals of the gateways bring
 * them back, to the nano-dollar of what the provider served.
 */
@ExtendWith(LeakWatch.class)
@Timeout(600)
class ForgetfulRedisTest {
  private static final int ROUNDS = Integer.getInteger("tollgate.test.rounds", 20);
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_262);
  private static final long LOST_MILLIS = 2_000;
  private static final int CLIENTS = 12;

  /** Wide budgets, whose state is lost and brought back like the balance. */
  private static final String BUDGETS =
      "{\"quota_usd\":900,\"max_concurrency\":900,\"rpm\":900000,\"windows_usd\":{\"5h\":900}}";

  @Test
  void books_afterEveryLoss_equalWhatTheProviderServed() throws Exception {
    System.out.println("seed " + SEED);
    OpenAiAnswers openAi = new OpenAiAnswers(SEED);
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(SEED);
        GatewayForTests here =
            GatewayForTests.start(provider, GatewaySetup.USUAL.redis(server.uri()));
        GatewayForTests there = here.another()) {
      provider.on("/chat/completions", request -> BuyingClients.answer(openAi, request));
      List<GatewayForTests> gateways = List.of(here, there);
      List<String> keys = List.of(here.createKey("1000", BUDGETS), here.createKey("1000", BUDGETS));
      Reckoning reckoning = new Reckoning(provider.account(), server.uri(), gateways);
      long lostBytes = 0;
      try (AofHistory history = AofHistory.of(server);
          BuyingClients clients = BuyingClients.start(gateways, keys, CLIENTS, SEED)) {
        for (int round = 0; round < ROUNDS; round++) {
          lostBytes += history.killAndCutBack(LOST_MILLIS);
          server.restart();
          int answered = clients.answered();
          here.await(() -> clients.answered() >= answered + CLIENTS);
          String as = "round %d of seed %d".formatted(round, SEED);
          clients.whileNoneBuys(() -> reckoning.assertRight(as, keys));
        }
        clients.finish();
        reckoning.assertRight("in the end, of seed " + SEED, keys);
        report(clients, lostBytes, provider);
        assertThat(clients.refused()).isPositive();
      }
      assertThat(lostBytes).isPositive();
    }
  }

  private static void report(BuyingClients clients, long lostBytes, FakeProvider provider) {
    System.out.printf(
        "%d rounds lost %d bytes of the log; %d answered, %d hung up, %d refused; %d served%n",
        ROUNDS,
        lostBytes,
        clients.answered(),
        clients.hungUp(),
        clients.refused(),
        provider.account().received());
  }
}
