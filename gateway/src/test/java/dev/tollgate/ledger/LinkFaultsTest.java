package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.FaultyLink;
import dev.tollgate.testing.FaultyLink.Fault;
import dev.tollgate.testing.FaultyLink.Moment;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The link to Redis breaks or falls silent at the worst of moments. Each time it is replaced. */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(600)
class LinkFaultsTest {
  private static final int ROUNDS = Integer.getInteger("tollgate.test.rounds", 6);
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_267);

  /** Two lanes, the one for work that no client waits for, and that of the test itself. */
  private static final int CONNECTIONS = 4;

  /** Lettuce names itself last of all, and puts up with it when that fails. */
  private static final String LAST_OF_THE_HANDSHAKE = "CLIENT";

  @Test
  void connections_thatFallSilentAgainAndAgainUnderLoad_areReplacedEachTime(@TempDir Path data)
      throws Exception {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    try (RedisServerForTests server = RedisServerForTests.start();
        FaultyLink link = FaultyLink.to(server.socket());
        RedisForTests redis = RedisForTests.open(impatient(link), 2);
        PurchaseLoad load = PurchaseLoad.start(redis, data, SEED)) {
      for (int round = 0; round < ROUNDS; round++) {
        load.awaitProgress(20);
        link.silence();
        link.awaitSilentGone();
        if (random.nextBoolean()) {
          // Some of those that take their place are there by now, some are on their way.
          link.silence();
        }
        Eventually.until("it is back", () -> redis.connections().isAvailable());
      }
      load.endAndProve();
      link.awaitSilentGone();
      assertThat(link.count()).isEqualTo(CONNECTIONS);
      System.out.printf("%d rounds: %s%n", ROUNDS, load);
    }
  }

  @Test
  void connection_thatBreaksAtTheEndOfItsHandshake_isReplacedByOne() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        FaultyLink link = FaultyLink.to(server.socket());
        RedisForTests redis = RedisForTests.open(impatient(link), 2)) {
      for (Fault fault : new Fault[] {Fault.CUT, Fault.SILENCE}) {
        link.trap(LAST_OF_THE_HANDSHAKE, Moment.SENT, () -> fault);
        link.cut();
        link.awaitSprung();
        link.awaitSilentGone();
        // Right after the cut it does not know yet that a connection has gone.
        Eventually.until(
            "it is back", () -> link.count() >= CONNECTIONS && redis.connections().isAvailable());
        assertThat(link.count()).as("connections after %s", fault).isEqualTo(CONNECTIONS);
      }
    }
  }

  private static LedgerSettings impatient(FaultyLink link) {
    return new LedgerSettings(
        RedisAddress.of(link.uri()), "", 64, 1_000, 100, 1_000, 100, 86_400_000, Set.of());
  }
}
