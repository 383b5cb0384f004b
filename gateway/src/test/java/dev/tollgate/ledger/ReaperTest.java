package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A hold lives as long as somebody renews it; what is abandoned ends at its last checkpoint. */
@Tag(RedisForTests.ON_THE_SHARED)
@Timeout(60)
class ReaperTest {
  private static final long LEASE_MILLIS = 60_000;

  private RedisForTests redis;
  private KeyRef key;
  private RequestId request;

  @BeforeEach
  void open() {
    redis = RedisForTests.open();
    key =
        redis.key(
            redis.account(10 * USD),
            RedisForTests.quota(5 * USD),
            RedisForTests.concurrency(2),
            RedisForTests.budget("requests", Budget.Unit.REQUESTS, "lifetime", 100),
            RedisForTests.budget("tokens", Budget.Unit.TOKENS, "lifetime", 10_000));
    request = redis.nextRequest();
    assertThat(redis.hold(request, key, USD)).isInstanceOf(HoldOutcome.Held.class);
  }

  @AfterEach
  void close() {
    redis.close();
  }

  private void pass(long millis) {
    redis.moveClock(millis);
  }

  private long balance() {
    return redis.state(key.account()).balanceNanoUsd();
  }

  private void assertNothingHeld() {
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    redis.state(key).budgets().forEach(budget -> assertThat(budget.held()).isZero());
  }

  /** What follows the request in the ids of its events. */
  private List<String> events() {
    return redis.events(key, request).stream()
        .map(event -> String.valueOf(event.get("id")).replaceFirst("[^:]*:", ""))
        .toList();
  }

  @Test
  void hold_withinItsLease_isLeftAlone() {
    pass(LEASE_MILLIS - 5_000);

    assertThat(redis.reap(request, key)).isFalse();
    assertThat(redis.state(key.account()).heldNanoUsd()).isEqualTo(USD);
  }

  @Test
  void hold_thatIsRenewed_outlivesItsLease() {
    pass(LEASE_MILLIS - 5_000);
    assertThat(redis.renew(request, key, 0)).isTrue();
    pass(LEASE_MILLIS - 5_000);

    assertThat(redis.reap(request, key)).isFalse();
  }

  @Test
  void abandonedHold_withoutACheckpoint_isGivenBack() {
    redis.renew(request, key, 0);
    pass(LEASE_MILLIS + 1_000);

    assertThat(redis.reap(request, key)).isTrue();

    assertNothingHeld();
    assertThat(balance()).isEqualTo(10 * USD);
    assertThat(redis.events(key, request).getFirst())
        .containsEntry("act", "release")
        .containsEntry("reason", "abandoned");
    assertThat(redis.used(key, "requests")).isZero();
    assertThat(redis.renew(request, key, 1)).as("it has ended").isFalse();
    assertThat(redis.reap(request, key)).as("once").isFalse();
  }

  @Test
  void abandonedHold_isChargedAtItsLastCheckpoint() {
    redis.renew(request, key, USD / 10);
    redis.renew(request, key, USD / 4);
    pass(LEASE_MILLIS + 1_000);

    assertThat(redis.reap(request, key)).isTrue();

    assertNothingHeld();
    assertThat(balance()).isEqualTo(10 * USD - USD / 4);
    assertThat(redis.used(key, "quota")).isEqualTo(USD / 4);
    assertThat(redis.used(key, "tokens")).isEqualTo(1_500);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(redis.events(key, request).getFirst())
        .containsEntry("act", "reap")
        .containsEntry("kind", "debit_inference")
        .containsEntry("reason", "abandoned")
        .containsEntry("model", "llama")
        .containsEntry("usage", "input=1000 output=500")
        .containsEntry("endpoint", "/v1/chat/completions")
        .containsEntry("cost", Long.toString(USD / 4))
        .containsEntry("held", Long.toString(USD))
        .containsEntry("amount", Long.toString(-USD / 4));
  }

  @Test
  void checkpointBeyondTheHold_isChargedWithinIt() {
    redis.renew(request, key, USD + 5);
    pass(LEASE_MILLIS + 1_000);

    redis.reap(request, key);

    assertThat(balance()).isEqualTo(10 * USD - USD);
    assertThat(events()).containsExactly("reap");
  }

  @Test
  void settlementAfterTheReaper_above_chargesTheDifference_once() {
    redis.renew(request, key, USD / 4);
    pass(LEASE_MILLIS + 1_000);
    redis.reap(request, key);

    SettleOutcome late = redis.settle(request, key, USD / 2, USD);
    SettleOutcome again = redis.settle(request, key, USD / 2, USD);

    long left = 10 * USD - USD / 2;
    assertThat(late).isEqualTo(new SettleOutcome.Settled(USD / 2, 0, left, false));
    assertThat(again).isEqualTo(new SettleOutcome.Settled(USD / 2, 0, left, true));
    assertThat(balance()).isEqualTo(left);
    assertThat(events()).containsExactly("reap", "reap_reversal", "settle");
    assertThat(redis.used(key, "quota")).isEqualTo(USD / 2);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(redis.used(key, "tokens")).isEqualTo(1_500);
    assertNothingHeld();
  }

  @Test
  void settlementAfterTheReaper_below_givesTheDifferenceBack() {
    redis.renew(request, key, USD / 2);
    pass(LEASE_MILLIS + 1_000);
    redis.reap(request, key);

    SettleOutcome late = redis.settle(request, key, USD / 4, USD);

    assertThat(late).isEqualTo(new SettleOutcome.Settled(USD / 4, 0, 10 * USD - USD / 4, false));
    assertThat(balance()).isEqualTo(10 * USD - USD / 4);
    assertThat(redis.events(key, request).get(1))
        .containsEntry("act", "adjustment")
        .containsEntry("amount", Long.toString(USD / 2));
    assertThat(redis.used(key, "quota")).as("budgets keep it").isEqualTo(USD / 2);
  }

  @Test
  void settlementAfterTheReaper_makesTheEntriesThatItWouldHaveMadeBeforeIt() {
    RequestId inTime = redis.nextRequest();
    redis.hold(inTime, key, USD);
    redis.settle(inTime, key, USD + 7, USD);
    redis.renew(request, key, USD / 2);
    pass(LEASE_MILLIS + 1_000);
    redis.reap(request, key);

    redis.settle(request, key, USD + 7, USD);

    List<Map<String, String>> late = redis.events(key, request);
    List<Map<String, String>> usual = redis.events(key, inTime);
    assertThat(late).hasSize(4);
    for (int i = 0; i < 2; i++) {
      assertThat(comparable(late.get(i + 2))).isEqualTo(comparable(usual.get(i)));
    }
  }

  /** Without what differs between any two requests. */
  private static Map<String, String> comparable(Map<String, String> event) {
    Map<String, String> rest = new TreeMap<>(event);
    rest.keySet().removeAll(List.of("id", "request", "at", "balance_after"));
    return rest;
  }

  @Test
  void settlementAfterTheReaper_ofTheSameCost_changesNoBalance() {
    redis.renew(request, key, USD / 2);
    pass(LEASE_MILLIS + 1_000);
    redis.reap(request, key);

    redis.settle(request, key, USD / 2, USD);

    assertThat(balance()).isEqualTo(10 * USD - USD / 2);
  }

  @Test
  void settlementAfterALostCheckpoint_isChargedInFull() {
    pass(LEASE_MILLIS + 1_000);
    redis.reap(request, key);

    redis.settle(request, key, USD / 4, USD);

    assertThat(balance()).isEqualTo(10 * USD - USD / 4);
    assertThat(events()).containsExactly("release", "settle");
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(redis.used(key, "quota")).isEqualTo(USD / 4);
    assertNothingHeld();
  }

  @Test
  void releaseAfterTheReaper_givesBackWhatItCharged_once() {
    redis.renew(request, key, USD / 4);
    pass(LEASE_MILLIS + 1_000);
    redis.reap(request, key);

    SettleOutcome first = redis.release(request, key);
    SettleOutcome again = redis.release(request, key);
    SettleOutcome settled = redis.settle(request, key, USD, USD);

    assertThat(first).isEqualTo(new SettleOutcome.Settled(0, 0, 10 * USD, false));
    assertThat(again).isEqualTo(new SettleOutcome.Settled(0, 0, 10 * USD, true));
    assertThat(settled).isEqualTo(again);
    assertThat(balance()).isEqualTo(10 * USD);
    assertThat(events()).containsExactly("reap", "reap_reversal");
  }

  @Test
  void releaseAfterTheReaper_thatChargedNothing_booksNothing() {
    pass(LEASE_MILLIS + 1_000);
    redis.reap(request, key);

    redis.release(request, key);

    assertThat(balance()).isEqualTo(10 * USD);
    assertThat(events()).containsExactly("release");
  }

  @Test
  void settlementAndReapers_atOnce_chargeTheSettlement() {
    List<RequestId> requests = new ArrayList<>();
    KeyRef free = redis.key(key.account());
    for (int i = 0; i < 40; i++) {
      RequestId one = redis.nextRequest();
      redis.hold(one, free, USD / 20);
      redis.renew(one, free, i % 3 == 0 ? USD / 40 : 0);
      requests.add(one);
    }
    pass(LEASE_MILLIS + 1_000);
    Shard shard = new Shards(64).of(key.account());
    try (RedisForTests other = RedisForTests.open()) {
      other.moveClock(LEASE_MILLIS + 1_000);
      List<CompletableFuture<?>> acts = new ArrayList<>();
      for (RequestId one : requests) {
        Settlement settlement = RedisForTests.settlement(one, free, 7, USD / 20);
        acts.add(other.connections().holds().reap(shard, one).toCompletableFuture());
        acts.add(redis.ledger().settle(settlement).toCompletableFuture());
        acts.add(redis.connections().holds().reap(shard, one).toCompletableFuture());
        acts.add(other.ledger().settle(settlement).toCompletableFuture());
      }
      await(CompletableFuture.allOf(acts.toArray(CompletableFuture[]::new)));
    }

    assertThat(balance()).isEqualTo(10 * USD - 40 * 7);
    assertThat(redis.state(key.account()).heldNanoUsd()).as("the one of the test").isEqualTo(USD);
  }

  /** A reaper with a clock of its own, that moves by hand. */
  private static Reaper reaper(RedisForTests redis, AtomicLong nanos) {
    return new Reaper(ReaperSettings.DEFAULT, redis.connections(), () -> LEASE_MILLIS, nanos::get);
  }

  @Test
  void twoReapers_atOnce_endEveryHoldOnce() {
    AtomicLong nanos = new AtomicLong();
    redis.renew(request, key, USD / 4);
    try (RedisForTests other = RedisForTests.open();
        Reaper one = reaper(redis, nanos);
        Reaper two = reaper(other, nanos)) {
      await(one.look());
      await(two.look());
      pass(LEASE_MILLIS + 1_000);
      other.moveClock(LEASE_MILLIS + 1_000);
      nanos.addAndGet(LEASE_MILLIS * 1_000_000);

      await(one.look().toCompletableFuture().thenCombine(two.look(), (a, b) -> null));
    }

    assertThat(events()).containsExactly("reap");
    assertThat(balance()).isEqualTo(10 * USD - USD / 4);
    assertNothingHeld();
  }

  @Test
  void reaper_inTheFirstLeaseAfterItsStart_endsNothing() {
    AtomicLong nanos = new AtomicLong();
    pass(LEASE_MILLIS + 1_000);
    try (Reaper reaper = reaper(redis, nanos)) {
      assertThat(await(reaper.look())).isZero();
      nanos.addAndGet(LEASE_MILLIS * 1_000_000 - 1);
      assertThat(await(reaper.look())).isZero();
      assertThat(events()).isEmpty();

      nanos.addAndGet(1);

      assertThat(await(reaper.look())).isPositive();
      assertThat(reaper.reaped()).isPositive();
    }
    assertThat(events()).containsExactly("release");
  }

  @Test
  void reaper_afterRedisWasAway_waitsForALease() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests own = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
      KeyRef ownKey = own.keyWith(10 * USD);
      RequestId ownRequest = own.nextRequest();
      own.hold(ownRequest, ownKey, USD);
      AtomicLong nanos = new AtomicLong();
      try (Reaper reaper = reaper(own, nanos)) {
        await(reaper.look());
        nanos.addAndGet(LEASE_MILLIS * 1_000_000);
        server.kill();
        assertThatThrownBy(() -> await(reaper.look()))
            .isInstanceOf(LedgerUnavailableException.class);
        server.restart();
        own.moveClock(LEASE_MILLIS + 1_000);
        Eventually.until("it is connected", own.connections()::isAvailable);

        assertThat(await(reaper.look())).as("the living renew first").isZero();

        nanos.addAndGet(LEASE_MILLIS * 1_000_000);
        assertThat(await(reaper.look())).isEqualTo(1);
      }
      assertThat(own.state(ownKey.account()).heldNanoUsd()).isZero();
    }
  }

  @Test
  void entryWithoutAHold_isForgotten() {
    Shard shard = new Shards(64).of(key.account());
    RequestId lost = redis.nextRequest();
    await(redis.raw().call(c -> c.zadd(shard.holds(), 1, lost.value()), added -> added));

    assertThat(redis.reap(lost, key)).isFalse();

    List<String> left =
        await(redis.raw().call(c -> c.zrange(shard.holds(), 0, -1), found -> found));
    assertThat(left).doesNotContain(lost.value()).contains(request.value());
  }
}
