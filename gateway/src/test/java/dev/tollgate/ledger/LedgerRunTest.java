package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.HeldRun.State;
import dev.tollgate.ledger.HoldRequest.Terms;
import dev.tollgate.ledger.NewObject.Payment;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run is known by its object, long after its hold and the tombstone of that are gone. */
@Tag(RedisForTests.ON_THE_SHARED)
class LedgerRunTest {
  private static final long BALANCE = 10 * USD;
  private static final long HELD = 4 * USD;
  private static final AtomicLong NUMBERS = new AtomicLong();

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
  void hold() {
    key = redis.keyWith(BALANCE);
    request = new RequestId("hold_" + System.nanoTime() + "_" + NUMBERS.incrementAndGet());
    assertThat(redis.hold(request, key, HELD, 4_000, "llama")).isInstanceOf(HoldOutcome.Held.class);
    keep("first");
  }

  private void keep(String reference) {
    NewObject run =
        new NewObject(
            key,
            request.value(),
            ObjectKind.RUN,
            "",
            request,
            "",
            Map.of("reference", reference),
            new Payment.Later(86_400_000),
            365 * 86_400_000L,
            0);
    assertThat(await(redis.ledger().keep(run))).isTrue();
  }

  private Settlement of(long cost) {
    Settlement usual = RedisForTests.settlement(request, key, cost, HELD);
    return new Settlement(
        request, key, "debit_run", cost, cost, HELD, usual.usage(), usual.facts(), request.value());
  }

  private SettleOutcome settle(long cost) {
    return await(redis.ledger().settleKept(of(cost)));
  }

  private SettleOutcome part(int number, long cost) {
    return await(redis.ledger().settlePart(of(cost), number));
  }

  private SettleOutcome release() {
    return await(redis.ledger().releaseForGood(request, key, "released", request.value()));
  }

  private HeldRun run(int part) {
    return await(redis.connections().runs(0).find(key.account(), request.value(), part))
        .orElseThrow();
  }

  private void loseTombstone() {
    String hold = new Shards(64).of(key.account()).hold(request);
    long lost = await(redis.raw().call(c -> c.del(hold), count -> count));
    assertThat(lost).isOne();
  }

  private void endLease() {
    Shard shard = new Shards(64).of(key.account());
    await(redis.raw().call(c -> c.hset(shard.hold(request), "deadline", "1"), isNew -> isNew));
    await(redis.raw().call(c -> c.zadd(shard.holds(), 1, request.value()), count -> count));
    assertThat(redis.reap(request, key)).isTrue();
  }

  private void assertSpent(long nanoUsd) {
    BooksForTests books = BooksForTests.of(redis, key.account());
    assertThat(books.balanceNanoUsd()).isEqualTo(BALANCE - nanoUsd);
    books.assertConsistent();
  }

  private static SettleOutcome.Settled settled(long charged, long balance, boolean isReplay) {
    return new SettleOutcome.Settled(charged, 0, balance, isReplay);
  }

  @Test
  void run_isWhatItWasSaidToBeFirst() {
    keep("second");
    settle(USD);
    keep("third");

    assertThat(run(0).fact("reference")).isEqualTo("first");
    assertThat(run(0).state()).isEqualTo(State.SETTLED);
    assertThat(await(redis.connections().objects(0).count(key.account(), ObjectKind.RUN))).isOne();
  }

  @Test
  void settlement_isTheFirstAnswer_whenTheTombstoneIsGone() {
    settle(3 * USD);
    loseTombstone();

    assertThat(settle(USD)).isEqualTo(settled(3 * USD, BALANCE - 3 * USD, true));
    assertThat(release()).isEqualTo(settled(3 * USD, BALANCE - 3 * USD, true));
    HeldRun.Charged end = run(0).end();
    assertThat(end).isEqualTo(new HeldRun.Charged(3 * USD, 0, BALANCE - 3 * USD, 1_500));
    assertSpent(3 * USD);
  }

  @Test
  void release_isForGood_whenTheTombstoneIsGone_andAfterTheLease() {
    release();
    assertThat(settle(USD)).isEqualTo(settled(0, BALANCE, true));
    loseTombstone();

    assertThat(settle(USD)).isEqualTo(settled(0, BALANCE, true));
    assertThat(run(0).state()).isEqualTo(State.RELEASED);
    assertSpent(0);
  }

  @Test
  void release_ofAnExpiredRun_isForGood() {
    endLease();
    assertThat(run(0).state()).isEqualTo(State.EXPIRED);

    release();

    assertThat(settle(USD)).isEqualTo(settled(0, BALANCE, true));
    assertSpent(0);
  }

  @Test
  void settlement_afterTheLease_isChargedInFull() {
    endLease();
    loseTombstone();

    assertThat(settle(5 * USD))
        .isEqualTo(new SettleOutcome.Settled(5 * USD, USD, BALANCE - 5 * USD, false));
    assertSpent(5 * USD);
  }

  @Test
  void release_thatIsNotForGood_leavesTheRunToBePaid() {
    await(redis.ledger().releaseKept(request, key, "vanished"));

    assertThat(settle(USD)).isEqualTo(settled(USD, BALANCE - USD, false));
    assertSpent(USD);
  }

  @Test
  void parts_areChargedOnce_whenTheTombstoneIsGone() {
    part(1, USD);
    SettleOutcome second = part(2, USD);
    release();
    loseTombstone();

    assertThat(second).isEqualTo(settled(USD, BALANCE - 2 * USD, false));
    assertThat(part(2, USD)).isEqualTo(settled(USD, BALANCE - 2 * USD, true));
    assertThat(run(2).part()).isEqualTo(new HeldRun.Charged(USD, 0, BALANCE - 2 * USD, 1_500));
    assertThat(run(3).part()).isNull();
    assertThat(run(0).parts()).isEqualTo(2);
    assertThat(run(0).partsNanoUsd()).isEqualTo(2 * USD);
    assertSpent(2 * USD);
  }

  @Test
  void parts_comeOutOfTheHold() {
    part(7, USD);

    assertThat(run(0).leftNanoUsd()).isEqualTo(HELD - USD);
    assertThat(run(0).state()).isEqualTo(State.HELD);
    assertThat(redis.state(key.account()).heldNanoUsd()).isEqualTo(HELD - USD);
  }

  @Test
  void anotherAccount_doesNotFindIt() {
    KeyRef other = redis.keyWith(1);

    assertThat(await(redis.connections().runs(0).find(other.account(), request.value(), 0)))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // terms, quote, multiplier in millionths, held
    "LIST, 425000001, 850000, 361250001",
    "CENTS, 430000000, 850000, 370000000",
    "CENTS, 430000000, 1000000, 430000000",
    "CENTS, 1, 1, 10000000",
    "CENTS, 0, 850000, 0",
    "FINAL, 430000000, 850000, 430000000",
    "FINAL, 430000000, 0, 430000000"
  })
  void amountHeld_followsTheTerms(Terms terms, long quote, long multiplierPpm, long held) {
    KeyRef paying = redis.key(redis.account(BALANCE, multiplierPpm, 0));

    HoldOutcome outcome =
        await(
            redis
                .ledger()
                .hold(
                    new HoldRequest(
                        redis.nextRequest(), paying, quote, 1, "llama", 60_000, terms)));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            HoldOutcome.Held.class, it -> assertThat(it.heldNanoUsd()).isEqualTo(held));
  }

  @ParameterizedTest
  @CsvSource({
    "LIST, 9007199254740991, 1000001",
    "CENTS, 9007199254740991, 1000000",
    "FINAL, 9007199254740992, 1"
  })
  void amount_beyondWhatCanBeCounted_isRefused(Terms terms, long quote, long multiplierPpm) {
    KeyRef paying = redis.key(redis.account(BALANCE, multiplierPpm, 0));

    HoldOutcome outcome =
        await(
            redis
                .ledger()
                .hold(
                    new HoldRequest(
                        redis.nextRequest(), paying, quote, 1, "llama", 60_000, terms)));

    assertThat(outcome).isInstanceOf(HoldOutcome.Refused.class);
  }
}
