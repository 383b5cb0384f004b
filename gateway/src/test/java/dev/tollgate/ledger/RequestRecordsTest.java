package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.RequestRecord.State;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Of every request that is held or charged, what became of it, however it came about. */
@Tag(RedisForTests.ON_THE_SHARED)
class RequestRecordsTest {
  private static final long HELD = 4 * USD;
  private static final long LEASE_MILLIS = 60_000;
  private static final Usage USED = usage(1_000, 500);

  private static RedisForTests redis;
  private KeyRef key;
  private RequestId request;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @BeforeEach
  void begin() {
    key = redis.keyWith(10 * USD);
    request = redis.nextRequest();
    assertThat(redis.hold(request, key, HELD)).isInstanceOf(HoldOutcome.Held.class);
  }

  private static Usage usage(long input, long output) {
    return Usage.builder().set(Meter.INPUT, input).set(Meter.OUTPUT, output).build();
  }

  private RequestRecord found() {
    return redis.record(key, request).orElseThrow();
  }

  private void reap() {
    redis.moveClock(LEASE_MILLIS + 1_000);
    assertThat(redis.reap(request, key)).isTrue();
    redis.moveClock(-LEASE_MILLIS - 1_000);
  }

  /** What was paid is what the events of the request come to, in every case. */
  private void assertPaid(long nanoUsd) {
    assertThat(found().paidNanoUsd()).isEqualTo(nanoUsd);
    long booked =
        redis.events(key, request).stream()
            .mapToLong(event -> Long.parseLong(event.getOrDefault("amount", "")))
            .sum();
    assertThat(booked).isEqualTo(-nanoUsd);
    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(10 * USD - nanoUsd);
  }

  @Test
  void requestThatNeverWas_isNotFound() {
    assertThat(redis.record(key, redis.nextRequest())).isEmpty();
  }

  @Test
  void requestOfAnotherAccount_isNotFound_thoughItLiesInTheSameShard() {
    KeyRef other = redis.keyWith(USD);
    while (!RedisForTests.shardOf(other.account()).equals(RedisForTests.shardOf(key.account()))) {
      other = redis.keyWith(USD);
    }
    assertThat(redis.record(other, request)).as("running").isEmpty();
    redis.settle(request, key, USD, HELD);

    assertThat(redis.record(other, request)).isEmpty();
    assertThat(redis.record(redis.key(key.account()), request)).as("another key").isPresent();
  }

  @Test
  void openHold_isRunning_withWhatIsHeld() {
    RequestRecord record = found();

    assertThat(record.state()).isEqualTo(State.RUNNING);
    assertThat(record.key()).isEqualTo(key.key());
    assertThat(record.model()).isEqualTo("llama");
    assertThat(record.heldNanoUsd()).isEqualTo(HELD);
    assertThat(record.startedAtMillis()).isPositive();
    assertThat(record.usage()).isEqualTo(Usage.NONE);
    assertThat(record.listNanoUsd()).isZero();
    assertThat(record.facts()).isNull();
    assertPaid(0);
  }

  @Test
  void openHold_withACheckpoint_isRunning_withWhatIsKnownSoFar() {
    redis.renew(request, key, USD / 4);

    RequestRecord record = found();

    assertThat(record.state()).isEqualTo(State.RUNNING);
    assertThat(record.usage()).isEqualTo(USED);
    assertThat(record.facts()).extracting(RequestFacts::provider).isEqualTo("acme");
    assertThat(record.listNanoUsd()).as("nothing is charged yet").isZero();
    assertPaid(0);
  }

  @Test
  void settlement_isFoundWithAllThatIsKnown() {
    redis.settle(request, key, USD, HELD);

    assertThat(found())
        .isEqualTo(
            new RequestRecord(
                request,
                key.key(),
                State.SETTLED,
                "llama",
                1,
                USD,
                USD,
                USED,
                "",
                0,
                0,
                "",
                new RequestFacts(
                    "/v1/chat/completions",
                    "llama",
                    "acme",
                    "llama-up",
                    200,
                    true,
                    "",
                    "acme:ok:12",
                    1,
                    2,
                    3)));
  }

  @Test
  void settlementWithAMultiplier_hasTheListPriceAndWhatWasPaid() {
    Settlement usual = RedisForTests.settlement(request, key, USD, HELD);
    Settlement dearer =
        new Settlement(
            request, key, usual.kind(), 2 * USD, USD, HELD, usual.usage(), usual.facts());
    await(redis.ledger().settle(dearer));

    assertThat(found().listNanoUsd()).isEqualTo(USD);
    assertPaid(2 * USD);
  }

  @Test
  void settlementAboveTheHold_isPaidWithItsAdjustment() {
    redis.settle(request, key, 5 * USD, HELD);

    assertThat(redis.events(key, request)).hasSize(2);
    assertPaid(5 * USD);
    assertThat(found().listNanoUsd()).isEqualTo(5 * USD);
  }

  @Test
  void settlementThatIsRepeated_staysTheFirst() {
    redis.settle(request, key, USD, HELD);
    RequestRecord first = found();

    redis.settle(request, key, 2 * USD, HELD);
    redis.release(request, key);

    assertThat(found()).isEqualTo(first);
    assertPaid(USD);
  }

  @Test
  void settlementWithoutAHold_isFoundInFull() {
    redis.release(request, key);
    request = redis.nextRequest();

    redis.settle(request, key, 5 * USD, HELD);

    assertThat(found().state()).isEqualTo(State.SETTLED);
    assertThat(found().usage()).isEqualTo(USED);
    assertPaid(5 * USD);
  }

  @Test
  void settlementThatIsToldAgain_afterRedisForgotIt_isFound() {
    redis.settle(request, key, USD, HELD);
    forget();
    assertThat(redis.record(key, request)).isEmpty();

    redis.settle(request, key, USD, HELD);

    assertThat(found().state()).isEqualTo(State.SETTLED);
    assertThat(found().usage()).isEqualTo(USED);
    assertPaid(USD);
  }

  /** Redis has lost the tombstone and the event, and has the balance of before. */
  private void forget() {
    loseEvent();
    loseTombstone();
    redis.changeBalance(key.account(), 10 * USD);
  }

  private void loseEvent() {
    String events = new Shards(64).of(key.account()).events();
    String entry = await(redis.raw().call(c -> c.hget(hold(), "entry"), id -> id));
    long lost = await(redis.raw().call(c -> c.xdel(events, entry), count -> count));
    assertThat(lost).isOne();
  }

  private void loseTombstone() {
    long lost = await(redis.raw().call(c -> c.del(hold()), count -> count));
    assertThat(lost).isOne();
  }

  /** Where its hold lies, later its tombstone. */
  private String hold() {
    return new Shards(64).of(key.account()).hold(request);
  }

  @Test
  void release_isFound_andCostNothing() {
    redis.release(request, key);

    RequestRecord record = found();
    assertThat(record.state()).isEqualTo(State.RELEASED);
    assertThat(record.reason()).isEqualTo("test");
    assertThat(record.model()).isEqualTo("llama");
    assertThat(record.startedAtMillis()).isPositive();
    assertThat(record.usage()).isEqualTo(Usage.NONE);
    assertThat(record.listNanoUsd()).isZero();
    assertThat(record.heldNanoUsd()).isZero();
    assertPaid(0);
  }

  @Test
  void releaseBeforeItsHold_isFound_thoughNothingElseIsKnown() {
    RequestId early = redis.nextRequest();
    redis.release(early, key);

    RequestRecord record = redis.record(key, early).orElseThrow();

    assertThat(record.state()).isEqualTo(State.RELEASED);
    assertThat(record.model()).isEmpty();
    assertThat(record.startedAtMillis()).isZero();
    assertThat(record.paidNanoUsd()).isZero();
  }

  @Test
  void reapedHold_withACheckpoint_saysSo_andWhatItWasCharged() {
    redis.renew(request, key, USD / 4);
    reap();

    RequestRecord record = found();
    assertThat(record.state()).isEqualTo(State.REAPED);
    assertThat(record.reason()).isEqualTo("abandoned");
    assertThat(record.usage()).isEqualTo(USED);
    assertThat(record.listNanoUsd()).isEqualTo(USD / 4);
    assertThat(record.facts()).isNotNull();
    assertPaid(USD / 4);
  }

  @Test
  void reapedHold_withoutACheckpoint_saysSo_andCostNothing() {
    reap();

    RequestRecord record = found();
    assertThat(record.state()).isEqualTo(State.REAPED);
    assertThat(record.reason()).isEqualTo("abandoned");
    assertThat(record.model()).isEqualTo("llama");
    assertThat(record.startedAtMillis()).isPositive();
    assertThat(record.usage()).isEqualTo(Usage.NONE);
    assertThat(record.listNanoUsd()).isZero();
    assertPaid(0);
  }

  @Test
  void settlementAfterTheReaper_isPaidInsteadOfWhatItCharged() {
    redis.renew(request, key, USD / 4);
    reap();

    redis.settle(request, key, 5 * USD, HELD);

    assertThat(redis.events(key, request)).as("reap, reversal, two of the end").hasSize(4);
    assertThat(found().state()).isEqualTo(State.SETTLED);
    assertThat(found().reason()).isEmpty();
    assertThat(found().listNanoUsd()).isEqualTo(5 * USD);
    assertPaid(5 * USD);
  }

  @Test
  void settlementAfterTheReaper_thatChargedNothing_isPaid() {
    reap();

    redis.settle(request, key, USD, HELD);

    assertThat(found().state()).isEqualTo(State.SETTLED);
    assertPaid(USD);
  }

  @Test
  void releaseAfterTheReaper_costsNothing() {
    redis.renew(request, key, USD / 4);
    reap();

    redis.release(request, key);

    assertThat(found().state()).isEqualTo(State.RELEASED);
    assertThat(found().usage()).isEqualTo(Usage.NONE);
    assertThat(found().listNanoUsd()).isZero();
    assertThat(found().estimated()).isEmpty();
    assertPaid(0);
  }

  @Test
  void parts_areAddedUp_beforeTheEndAndAfter() {
    redis.settlePart(request, key, 1, USD, HELD);
    redis.settlePart(request, key, 2, USD / 2, 3 * USD);
    redis.settlePart(request, key, 2, USD / 2, 3 * USD);
    RequestRecord running = found();
    assertThat(running.state()).isEqualTo(State.RUNNING);
    assertThat(running.parts()).isEqualTo(2);
    assertThat(running.heldNanoUsd()).isEqualTo(HELD - USD - USD / 2);
    assertThat(running.usage()).isEqualTo(usage(2_000, 1_000));
    assertThat(running.facts()).isNotNull();
    assertPaid(USD + USD / 2);

    redis.renew(request, key, USD);
    assertThat(found().usage()).as("and the checkpoint").isEqualTo(usage(3_000, 1_500));
    assertThat(found().listNanoUsd()).as("which is not charged").isEqualTo(USD + USD / 2);

    redis.settle(request, key, USD, 2 * USD);
    RequestRecord settled = found();
    assertThat(settled.state()).isEqualTo(State.SETTLED);
    assertThat(settled.parts()).isEqualTo(2);
    assertThat(settled.usage()).isEqualTo(usage(3_000, 1_500));
    assertThat(settled.listNanoUsd()).isEqualTo(2 * USD + USD / 2);
    assertPaid(2 * USD + USD / 2);
  }

  @Test
  void partThatWasEstimated_marksTheWhole() {
    Settlement part = RedisForTests.settlement(request, key, USD, HELD);
    RequestFacts facts =
        new RequestFacts(
            "/v1/runs", "llama", "acme", "up", 200, false, "missing_usage", "", 1, 2, 3);
    await(
        redis
            .ledger()
            .settlePart(
                new Settlement(request, key, part.kind(), USD, USD, HELD, part.usage(), facts), 1));
    redis.settlePart(request, key, 2, USD, 3 * USD);
    redis.settle(request, key, USD, 2 * USD);

    assertThat(found().estimated()).isEqualTo("missing_usage");
    assertPaid(3 * USD);
  }

  @Test
  void partAfterTheEnd_isAddedToIt() {
    redis.settle(request, key, USD, HELD);
    redis.settlePart(request, key, 1, USD, HELD);

    assertThat(found().state()).isEqualTo(State.SETTLED);
    assertThat(found().usage()).isEqualTo(usage(2_000, 1_000));
    assertThat(found().listNanoUsd()).isEqualTo(2 * USD);
    assertPaid(2 * USD);
  }

  @Test
  void partWithoutAHold_isRunning_untilItsEndComes() {
    redis.release(request, key);
    request = redis.nextRequest();
    redis.settlePart(request, key, 2, USD, HELD);

    assertThat(found().state()).isEqualTo(State.RUNNING);
    assertThat(found().heldNanoUsd()).isZero();
    assertPaid(USD);

    redis.settle(request, key, USD, HELD);
    assertThat(found().state()).isEqualTo(State.SETTLED);
    assertPaid(2 * USD);
  }

  @Test
  void releaseAndReaper_leaveWhatPartsHaveCharged() {
    redis.settlePart(request, key, 1, USD, HELD);
    redis.renew(request, key, USD / 2);
    reap();
    assertThat(found().state()).isEqualTo(State.REAPED);
    assertThat(found().listNanoUsd()).isEqualTo(USD + USD / 2);
    assertPaid(USD + USD / 2);

    redis.release(request, key);
    assertThat(found().state()).isEqualTo(State.RELEASED);
    assertThat(found().usage()).isEqualTo(USED);
    assertThat(found().listNanoUsd()).isEqualTo(USD);
    assertPaid(USD);
  }

  @Test
  void countsBeyondWhatAScriptCounts_stayAtTheLargest() {
    long most = Money.MAX_NANO_USD;
    for (int number = 1; number <= 2; number++) {
      Settlement part = RedisForTests.settlement(request, key, 1, HELD, most);
      await(redis.ledger().settlePart(part, number));
    }

    assertThat(found().usage()).isEqualTo(usage(most, 1_000));
  }

  @Test
  void eventThatHasLeftTheStream_leavesWhatWasPaid() {
    redis.settle(request, key, USD, HELD);
    loseEvent();

    RequestRecord record = found();

    assertThat(record.state()).isEqualTo(State.SETTLED);
    assertThat(record.paidNanoUsd()).isEqualTo(USD);
    assertThat(record.listNanoUsd()).isNull();
    assertThat(record.usage()).isNull();
    assertThat(record.facts()).isNull();
  }

  @Test
  void record_livesAsLongAsTheTombstone() {
    redis.settle(request, key, USD, HELD);
    long millis = await(redis.raw().call(c -> c.pttl(hold()), left -> left));
    assertThat(millis).isBetween(86_300_000L, 86_400_000L);

    loseTombstone();

    assertThat(redis.record(key, request)).isEmpty();
  }
}
