package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.KeyRef;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A primary and a replica, watched by three sentinels. */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(240)
class SentinelTest {
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_263);

  /**
   * Sentinels look at a replica every 10 s, demote one that calls itself primary 8 s after it was
   * last down, and act on nothing for 30 s after they were themselves paused for 2 s (TILT), as a
   * busy machine may do.
   */
  private static final long DEMOTED_MILLIS_MAX = 75_000;

  @TempDir private Path directory;
  private final List<TcpRedis> all = new ArrayList<>();
  private TcpRedis first;
  private TcpRedis second;
  private RedisAddress address;

  @BeforeEach
  void start() throws IOException {
    first = started(TcpRedis.start(directory.resolve("first")));
    second = started(TcpRedis.start(directory.resolve("second")));
    second.ask("REPLICAOF 127.0.0.1 " + first.port());
    awaitInStep(second);
    List<TcpRedis> sentinels = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sentinels.add(started(TcpRedis.startSentinel(directory.resolve("sentinel" + i), first)));
    }
    Eventually.until(
        "the sentinels know all",
        () -> sentinels.stream().allMatch(it -> it.said("INFO sentinel", "slaves=1,sentinels=3")));
    address =
        RedisAddress.of(
            sentinels.stream()
                .map(TcpRedis::address)
                .collect(Collectors.joining(",", "redis-sentinel://", "#primary")));
  }

  private TcpRedis started(TcpRedis redis) {
    all.add(redis);
    return redis;
  }

  private static void awaitInStep(TcpRedis replica) {
    Eventually.until(
        "the replica is in step",
        DEMOTED_MILLIS_MAX,
        () -> replica.said("INFO replication", "master_link_status:up"));
  }

  @AfterEach
  void stop() {
    all.reversed().forEach(TcpRedis::close);
  }

  private static LedgerSettings settings(RedisAddress address) {
    return new LedgerSettings(address, "", 64, 5_000, 1_000, 16_384, 100, 86_400_000, Set.of());
  }

  @Test
  void books_afterTwoFailoversUnderLoad_equalWhatWasCharged() throws Exception {
    try (RedisForTests redis = RedisForTests.open(settings(address), 2);
        PurchaseLoad load = PurchaseLoad.start(redis, directory.resolve("data"), SEED)) {
      load.awaitProgress(500);
      first.kill();
      Eventually.until("it is missed", () -> !redis.connections().isAvailable());
      Eventually.until("the other has taken over", () -> redis.connections().isAvailable());
      load.awaitProgress(500);

      first.restart();
      awaitInStep(first);
      second.freeze();
      Eventually.until("it is missed", () -> !redis.connections().isAvailable());
      Eventually.until("the first has taken over", () -> redis.connections().isAvailable());
      load.awaitProgress(500);
      second.thaw();
      awaitInStep(second);
      load.awaitProgress(500);
      load.endAndProve();
      System.out.println("SentinelTest, seed " + SEED + ": " + load);
      assertThat(load.refused()).isPositive();
    }
  }

  @Test
  void demotedPrimary_isLeftForTheNewOne_andHasTakenNothing() throws Exception {
    RedisAddress direct = RedisAddress.of("redis://" + first.address());
    try (RedisForTests redis = RedisForTests.open(settings(address), 1);
        RedisForTests ofTheFirst = RedisForTests.open(settings(direct), 1)) {
      KeyRef key = redis.keyWith(USD);
      redis.spend(key, 1);
      all.getLast().ask("SENTINEL FAILOVER primary");
      Eventually.until("it is demoted", () -> first.said("INFO replication", "role:slave"));
      Eventually.until("the new one is found", () -> isSpent(redis, key));

      Eventually.until("the old one is there", () -> ofTheFirst.connections().isAvailable());
      assertThatThrownBy(() -> ofTheFirst.hold(ofTheFirst.nextRequest(), key, 1))
          .isInstanceOfSatisfying(
              LedgerUnavailableException.class,
              unavailable -> assertThat(unavailable.isUnsent()).isTrue());
      assertThatThrownBy(() -> RedisForTests.await(ofTheFirst.connections().incarnation()))
          .isInstanceOf(LedgerUnavailableException.class);
    }
    assertThatThrownBy(() -> RedisForTests.open(settings(direct), 1))
        .isInstanceOf(LedgerUnavailableException.class)
        .hasMessageContaining("is a replica");
  }

  private static boolean isSpent(RedisForTests redis, KeyRef key) {
    try {
      redis.spend(key, 1);
      return true;
    } catch (LedgerUnavailableException notYet) {
      return false;
    }
  }
}
