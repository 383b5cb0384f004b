package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.AofHistory;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.testing.LeakWatch;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Redis that dies under load and comes back without the last two seconds of what it had answered,
 * again and again, as a power cut or a failover would have it. The journals of the gateways bring
 * them back, to the nano-dollar of what the provider served.
 */
@ExtendWith(LeakWatch.class)
@Timeout(600)
class ForgetfulRedisTest {
  private static final int ROUNDS = Integer.getInteger("tollgate.test.rounds", 20);

  /**
   * That many Redis, each with gateways of its own, share the rounds: most of a round is waiting.
   */
  private static final int HISTORIES = 2;

  private static final long SEED = Long.getLong("tollgate.test.seed", 20_262);
  private static final long LOST_MILLIS = 2_000;
  private static final int CLIENTS = 12;

  /** Wide budgets, whose state is lost and brought back like the balance. */
  private static final String BUDGETS =
      "{\"quota_usd\":900,\"max_concurrency\":900,\"rpm\":900000,\"windows_usd\":{\"5h\":900}}";

  static LongStream seeds() {
    return LongStream.range(SEED, SEED + HISTORIES);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  @Execution(ExecutionMode.CONCURRENT)
  void books_afterEveryLoss_equalWhatTheProviderServed(long seed) throws Exception {
    System.out.println("seed " + seed);
    OpenAiAnswers openAi = new OpenAiAnswers(seed);
    try (RedisServerForTests server = RedisServerForTests.start();
        FakeProvider provider = FakeProvider.start(seed);
        GatewayForTests here =
            GatewayForTests.start(provider, GatewaySetup.USUAL.redis(server.uri()));
        GatewayForTests there = here.another()) {
      provider.on("/chat/completions", request -> BuyingClients.answer(openAi, request));
      List<GatewayForTests> gateways = List.of(here, there);
      List<String> keys = List.of(here.createKey("1000", BUDGETS), here.createKey("1000", BUDGETS));
      Reckoning reckoning = new Reckoning(provider.account(), server.uri(), gateways);
      long lostBytes = 0;
      try (AofHistory history = AofHistory.of(server);
          BuyingClients clients = BuyingClients.start(gateways, keys, CLIENTS, seed)) {
        int rounds = Math.ceilDiv(ROUNDS, HISTORIES);
        for (int round = 0; round < rounds; round++) {
          lostBytes += history.killAndCutBack(LOST_MILLIS);
          server.restart();
          int answered = clients.answered();
          here.await(() -> clients.answered() >= answered + CLIENTS);
          String as = "round %d of seed %d".formatted(round, seed);
          clients.whileNoneBuys(() -> reckoning.assertRight(as, keys));
        }
        clients.finish();
        reckoning.assertRight("in the end, of seed " + seed, keys);
        report(rounds, clients, lostBytes, provider);
        assertThat(clients.refused()).isPositive();
      }
      assertThat(lostBytes).isPositive();
    }
  }

  private static void report(
      int rounds, BuyingClients clients, long lostBytes, FakeProvider provider) {
    System.out.printf(
        "%d rounds lost %d bytes of the log; %d answered, %d hung up, %d refused; %d served%n",
        rounds,
        lostBytes,
        clients.answered(),
        clients.hungUp(),
        clients.refused(),
        provider.account().received());
  }
}
