package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.KeyRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of a cluster die, fall silent and forget. */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(300)
class ClusterFailoverTest {
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_262);

  @TempDir private Path data;

  private static LedgerSettings settings(RedisAddress address) {
    return new LedgerSettings(address, "", 64, 5_000, 1_000, 16_384, 100, 86_400_000, Set.of());
  }

  @Test
  void books_afterPrimariesWereKilledUnderLoad_equalWhatWasCharged() throws Exception {
    try (RedisClusterForTests cluster = RedisClusterForTests.startWithReplicas();
        RedisForTests redis = RedisForTests.open(settings(cluster.address()), 2);
        PurchaseLoad load = PurchaseLoad.start(redis, data, SEED)) {
      load.awaitProgress(500);
      for (int i = 0; i < 2; i++) {
        int primary = cluster.primaryOf("tg:{s0" + i + "}:");
        cluster.kill(primary);
        Eventually.until("it is missed", () -> !redis.connections().isAvailable());
        Eventually.until("another has taken over", () -> redis.connections().isAvailable());
        load.awaitProgress(500);
        cluster.restart(primary);
        cluster.awaitOk();
        load.awaitProgress(500);
      }
      load.endAndProve();
      System.out.println("ClusterFailoverTest, kills, seed " + SEED + ": " + load);
      assertThat(load.refused()).isPositive();
    }
  }

  @Test
  void books_afterAPrimaryFellSilentUnderLoad_equalWhatWasCharged() throws Exception {
    try (RedisClusterForTests cluster = RedisClusterForTests.startWithReplicas();
        RedisForTests redis = RedisForTests.open(settings(cluster.address()), 2);
        PurchaseLoad load = PurchaseLoad.start(redis, data, SEED)) {
      load.awaitProgress(500);
      TcpRedis silent = cluster.node(cluster.primaryOf("tg:{s00}:"));
      silent.freeze();
      Eventually.until("it is missed", () -> !redis.connections().isAvailable());
      Eventually.until("another has taken over", () -> redis.connections().isAvailable());
      load.awaitProgress(500);
      silent.thaw();
      cluster.awaitOk();
      load.awaitProgress(500);
      load.endAndProve();
      System.out.println("ClusterFailoverTest, silence, seed " + SEED + ": " + load);
    }
  }

  @Test
  void books_afterAPrimaryWasReplacedInGoodOrder_equalWhatWasCharged() throws Exception {
    try (RedisClusterForTests cluster = RedisClusterForTests.startWithReplicas();
        RedisForTests redis = RedisForTests.open(settings(cluster.address()), 2);
        PurchaseLoad load = PurchaseLoad.start(redis, data, SEED)) {
      load.awaitProgress(500);
      String before = await(redis.connections().incarnation());
      cluster.promote((cluster.primaryOf("tg:{s00}:") + 3) % 6);
      Eventually.until("it is noticed", () -> !before.equals(incarnation(redis)));
      load.awaitProgress(500);
      load.endAndProve();
    }
  }

  /** Empty while there is none. */
  private static String incarnation(RedisForTests redis) {
    try {
      return await(redis.connections().incarnation());
    } catch (LedgerUnavailableException away) {
      return await(redis.connections().incarnation().exceptionally(still -> ""));
    }
  }

  @Test
  void deadOrSilentNode_failsItsOwnAccountsFast_andTheOthersGoOn() throws Exception {
    try (RedisClusterForTests cluster =
            RedisClusterForTests.start("--cluster-require-full-coverage", "no");
        RedisForTests redis = RedisForTests.open(settings(cluster.address()), 1)) {
      List<KeyRef> keys = Stream.generate(() -> redis.keyWith(USD)).limit(12).toList();
      TcpRedis victim = cluster.node(0);
      String name = victim.address();
      List<KeyRef> its = keys.stream().filter(key -> primary(cluster, key) == 0).toList();
      List<KeyRef> others = keys.stream().filter(key -> primary(cluster, key) != 0).toList();
      assertThat(its).isNotEmpty();
      assertThat(others).isNotEmpty();

      victim.freeze();
      assertThatThrownBy(() -> redis.hold(redis.nextRequest(), its.getFirst(), 1))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasMessageContaining("within 1000 ms");
      assertThatThrownBy(() -> redis.hold(redis.nextRequest(), its.getFirst(), 1))
          .isInstanceOfSatisfying(
              LedgerUnavailableException.class,
              unavailable -> assertThat(unavailable.isUnsent()).isTrue())
          .hasMessageContaining(name);
      assertThat(redis.connections().isAvailable()).isFalse();
      assertThat(redis.connections().serversAway()).containsExactly(name);
      others.forEach(key -> redis.spend(key, 1));
      victim.thaw();
      Eventually.until("it is back", () -> redis.connections().isAvailable());
      its.forEach(key -> Eventually.until("it serves again", () -> isServed(redis, key)));

      victim.kill();
      Eventually.until("it is missed", () -> !redis.connections().isAvailable());
      // One may still have been on its way when its connection broke.
      Eventually.until("it is refused unsent", () -> isRefusedUnsent(redis, its.getFirst()));
      others.forEach(key -> redis.spend(key, 1));
      victim.restart();
      Eventually.until("it is back", () -> redis.connections().isAvailable());
      its.forEach(key -> Eventually.until("it serves again", () -> isServed(redis, key)));
    }
  }

  private static int primary(RedisClusterForTests cluster, KeyRef key) {
    return cluster.primaryOf(new Shards(64).of(key.account()).holds());
  }

  @Test
  void scriptsAndIncarnation_perNode() throws Exception {
    try (RedisClusterForTests cluster = RedisClusterForTests.start();
        RedisForTests redis = RedisForTests.open(settings(cluster.address()), 1)) {
      List<KeyRef> keys = Stream.generate(() -> redis.keyWith(USD)).limit(12).toList();
      keys.forEach(key -> redis.spend(key, 1));
      cluster.node(1).ask("SCRIPT FLUSH");
      keys.forEach(key -> redis.spend(key, 1));
      String before = await(redis.connections().incarnation());
      assertThat(before.split(",")).hasSize(3);
      assertThat(await(redis.connections().incarnation())).isEqualTo(before);

      cluster.kill(2);
      Eventually.until("it is missed", () -> !redis.connections().isAvailable());
      assertThatThrownBy(() -> await(redis.connections().incarnation()))
          .isInstanceOf(LedgerUnavailableException.class);
      cluster.restart(2);
      Eventually.until("it is back", () -> redis.connections().isAvailable());
      assertThat(await(redis.connections().incarnation())).isNotEqualTo(before);
      cluster.awaitOk();
      Eventually.until("all slots are served", () -> isServed(redis, keys));
      keys.forEach(key -> redis.spend(key, 1));
    }
  }

  private static boolean isServed(RedisForTests redis, List<KeyRef> keys) {
    try {
      keys.forEach(redis::state);
      return true;
    } catch (LedgerUnavailableException notYet) {
      return false;
    }
  }

  private static boolean isRefusedUnsent(RedisForTests redis, KeyRef key) {
    try {
      throw new AssertionError("held: " + redis.hold(redis.nextRequest(), key, 1));
    } catch (LedgerUnavailableException unavailable) {
      return unavailable.isUnsent();
    }
  }

  /** A node that can be reached may say for a moment that its cluster is down. */
  private static boolean isServed(RedisForTests redis, KeyRef key) {
    try {
      redis.spend(key, 1);
      return true;
    } catch (LedgerUnavailableException unavailable) {
      assertThat(unavailable.isUnsent()).isTrue();
      return false;
    }
  }
}
