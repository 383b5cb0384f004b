package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.Eventually;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.testing.LogWatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A database that is really full, of either kind: the drain keeps what there is no room for, says
 * why, and stores it by itself when there is room. Accounts are refused only where a stream comes
 * near its bound.
 */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(120)
abstract class FullArchiveContract {
  /** Of which 540 are where accounts are refused. */
  private static final int STREAM_EVENTS_MAX = 600;

  /** What is settled after that is still taken. */
  private static final int SPENT_MAX = 4_000;

  /** The account is made, gets its money, and a key. */
  private static final int OF_ITS_ACCOUNT = 3;

  /** Opens one that has next to no room left. */
  abstract Archive full() throws Exception;

  /** As an operator would: something else goes, or the disk grows. */
  abstract void makeRoom() throws Exception;

  /** For a look into it beside the gateway. */
  abstract String url();

  /** What must be said of it. */
  abstract String why();

  @Test
  void drainIntoAFullDatabase_keepsEverything_saysWhy_andStoresItOnceThereIsRoom()
      throws Exception {
    DrainSettings settings =
        DrainForTests.settings(20, 600_000, 20_000, STREAM_EVENTS_MAX, 3_600_000);
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
        Archive archive = full();
        LogWatch log = LogWatch.of(DrainLoop.class);
        DrainForTests one =
            DrainForTests.of(
                    RedisForTests.open(RedisForTests.settings(server.uri()), 1),
                    settings,
                    archive.store(),
                    "one")
                .start()) {
      KeyRef key = redis.keyWith(10 * USD);
      AccountId account = key.account();
      int spent = 300;
      spend(redis, key, spent);

      awaitFailures(one, 10);
      DrainState state = one.drain().state();
      assertThat(state.status()).isEqualTo("the database does not take events");
      assertThat(state.refused()).as("no event is to blame").isZero();
      assertThat(state.waiting()).isPositive();
      assertThat(one.drain().isFull(account)).as("there is room in its stream").isFalse();
      assertThat(log.messages())
          .as("once a minute")
          .singleElement()
          .asString()
          .startsWith("the archive takes nothing now; events wait in their streams: ")
          .containsPattern(why())
          .doesNotContain("\n");
      Eventually.until(
          "what is not in the archive waits",
          () ->
              one.drain().state().waiting() + ArchivedForTests.of(url(), account).eventIds().size()
                  >= 300 + OF_ITS_ACCOUNT);

      while (!one.drain().isFull(account) && spent < SPENT_MAX) {
        spend(redis, key, 20);
        spent += 20;
      }
      assertThat(one.drain().isFull(account)).as("its stream is near its bound").isTrue();
      assertThat(one.drain().state().fullShards()).isEqualTo(1);
      awaitFailures(one, 10);
      assertThat(one.drain().isFull(account)).isTrue();

      makeRoom();

      Eventually.until("there is room again", () -> one.drain().state().waiting() == 0);
      Eventually.until("nobody is refused", () -> !one.drain().isFull(account));
      assertThat(one.drain().state().status()).isEqualTo("ok");
      ArchivedForTests archived = ArchivedForTests.of(url(), account);
      archived.assertConsistent();
      assertThat(archived.eventIds()).hasSize(spent + OF_ITS_ACCOUNT);
      assertThat(archived.balanceNanoUsd()).isEqualTo(redis.state(account).balanceNanoUsd());
      assertThat(archived.chargedNanoUsd()).isEqualTo(spent * USD / 1_000);
    }
  }

  private static void spend(RedisForTests redis, KeyRef key, int times) {
    for (int i = 0; i < times; i++) {
      redis.spend(key, USD / 1_000);
    }
  }

  private static void awaitFailures(DrainForTests one, int more) {
    long before = one.drain().failures();
    Eventually.until(
        "it has tried again and again",
        () -> one.drain().failures() >= before + more && one.drain().state().isStoreAway());
  }
}
