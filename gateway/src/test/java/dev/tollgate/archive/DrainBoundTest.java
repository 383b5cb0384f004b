package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Eventually;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.Journal;
import dev.tollgate.ledger.JournalSettings;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.SettleOutcome;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where too much waits to be archived, requests are refused, and history is not lost. */
@Tag(RedisForTests.ON_THE_SHARED)
@Timeout(120)
class DrainBoundTest {
  /** Streams are trimmed by nodes of 100 events: what is archived takes up to that. */
  private static final DrainSettings SETTINGS = DrainForTests.settings(20, 600_000, 20_000, 300, 0);

  private static final int REFUSED_FROM = 270;

  @TempDir private Path directory;

  private static HoldOutcome hold(Ledger ledger, KeyRef key, RequestId request) {
    return await(ledger.hold(new HoldRequest(request, key, USD / 1_000, 100, "llama", 60_000)));
  }

  @Test
  void shardNearItsBound_isRefused_whileOthersAreServed_andComesBack() {
    try (RedisForTests redis = RedisForTests.open();
        EventFile file = EventFile.open(directory.resolve("events.db"));
        Journal journal =
            Journal.open(
                JournalSettings.DEFAULT,
                directory,
                redis.connections(),
                86_400_000,
                InstantSource.system());
        DrainForTests one = DrainForTests.of(SETTINGS, file, "one").start()) {
      assertThat(journal.awaitStarted()).isTrue();
      Ledger ledger = journal.journaled(redis.ledger(), redis.loops().getFirst(), one.drain());
      KeyRef key = redis.keyWith(10 * USD);
      KeyRef other = inAnotherShard(redis, key);
      // What other tests have left is archived first, so that only this shard fills up.
      awaitArchived(one, key);
      awaitArchived(one, other);
      Eventually.until("there is room", () -> one.drain().state().fullShards() == 0);
      RequestId underWay = redis.nextRequest();
      assertThat(hold(ledger, key, underWay)).isInstanceOf(HoldOutcome.Held.class);

      file.setAway(true);
      for (int i = 0; i < REFUSED_FROM; i++) {
        redis.spend(key, USD / 1_000);
      }
      Eventually.until("the shard is full", () -> one.drain().isFull(key.account()));

      HoldOutcome refused = hold(ledger, key, redis.nextRequest());
      assertThat(refused)
          .isInstanceOfSatisfying(
              HoldOutcome.Refused.class,
              it -> {
                assertThat(it.refusal()).isInstanceOf(Refusal.Overloaded.class);
                assertThat(it.refusal().status()).isEqualTo(503);
                assertThat(it.refusal().retryAfterSeconds()).isPositive();
              });
      assertThat(one.drain().state().fullShards()).isEqualTo(1);
      assertThat(one.drain().state().isFull()).isFalse();
      RequestId elsewhere = redis.nextRequest();
      assertThat(hold(ledger, other, elsewhere)).isInstanceOf(HoldOutcome.Held.class);
      assertThat(
              await(
                  ledger.settle(RedisForTests.settlement(underWay, key, USD / 1_000, USD / 1_000))))
          .as("what is under way is charged")
          .isInstanceOf(SettleOutcome.Settled.class);
      assertThat(await(ledger.release(elsewhere, other, "test")))
          .isInstanceOf(SettleOutcome.Settled.class);

      file.setAway(false);

      Eventually.until("there is room again", () -> !one.drain().isFull(key.account()));
      RequestId next = redis.nextRequest();
      assertThat(hold(ledger, key, next)).isInstanceOf(HoldOutcome.Held.class);
      assertThat(await(ledger.release(next, key, "test")))
          .isInstanceOf(SettleOutcome.Settled.class);
      awaitArchived(one, key);
      assertThat(file.sum(key.account().value()))
          .isEqualTo(redis.state(key.account()).balanceNanoUsd());
    }
  }

  private static void awaitArchived(DrainForTests one, KeyRef key) {
    assertThat(await(one.drain().upToNow(key.account()))).isTrue();
  }

  private static KeyRef inAnotherShard(RedisForTests redis, KeyRef key) {
    KeyRef other = redis.keyWith(USD);
    while (RedisForTests.shardOf(other.account()).equals(RedisForTests.shardOf(key.account()))) {
      other = redis.keyWith(USD);
    }
    return other;
  }
}
