package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.NewObject.Payment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An object is paid for once, however late and however often its payment is told: the ledger knows
 * it for as long as it knows the object, not for the life of a tombstone.
 */
@Tag(RedisForTests.ON_THE_SHARED)
class ObjectPaymentTest {
  private static final long BALANCE = 10 * USD;
  private static final long HELD = 4 * USD;
  private static final long LEASE_MILLIS = 7 * 86_400_000L;
  private static final AtomicLong NUMBERS = new AtomicLong();

  private static RedisForTests redis;
  private KeyRef key;
  private RequestId request;
  private String id;

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
    id = "batch_" + NUMBERS.incrementAndGet();
    key =
        redis.key(
            redis.account(BALANCE),
            RedisForTests.quota(8 * USD),
            RedisForTests.concurrency(1),
            RedisForTests.budget("requests", Budget.Unit.REQUESTS, "rolling:1m", 100),
            RedisForTests.budget("tpm", Budget.Unit.TOKENS, "rolling:1m", 5_000),
            RedisForTests.budget("tokens", Budget.Unit.TOKENS, "lifetime", 10_000));
    request = redis.nextRequest();
    assertThat(redis.hold(request, key, HELD, 4_000, "llama")).isInstanceOf(HoldOutcome.Held.class);
  }

  private NewObject object(Payment payment) {
    return new NewObject(
        key,
        id,
        ObjectKind.BATCH,
        "acme",
        request,
        "",
        Map.of("model", "llama"),
        payment,
        365 * 86_400_000L,
        0);
  }

  private void keep(Payment payment) {
    assertThat(await(redis.ledger().keep(object(payment)))).isTrue();
  }

  private void keepForLater() {
    keep(new Payment.Later(LEASE_MILLIS));
  }

  private SettleOutcome pay(long cost) {
    return await(redis.ledger().settle(payment(cost)));
  }

  private Settlement payment(long cost) {
    Settlement usual = RedisForTests.settlement(request, key, cost, HELD);
    return new Settlement(
        request, key, usual.kind(), cost, cost, HELD, usual.usage(), usual.facts(), id);
  }

  private KeptObject found() {
    return await(redis.connections().objects(0).find(key.account(), id)).orElseThrow();
  }

  private String holdKey() {
    return new Shards(64).of(key.account()).hold(request);
  }

  private void loseTombstone() {
    long lost = await(redis.raw().call(c -> c.del(holdKey()), count -> count));
    assertThat(lost).isOne();
  }

  private void endLease() {
    String holds = new Shards(64).of(key.account()).holds();
    await(redis.raw().call(c -> c.hset(holdKey(), "deadline", "1"), isNew -> isNew));
    await(redis.raw().call(c -> c.zadd(holds, 1, request.value()), count -> count));
    assertThat(redis.reap(request, key)).isTrue();
  }

  private void assertSpent(long nanoUsd) {
    BooksForTests books = BooksForTests.of(redis, key.account());
    assertThat(books.balanceNanoUsd()).isEqualTo(BALANCE - nanoUsd);
    books.assertConsistent();
  }

  private List<String> events() {
    return redis.events(key, request).stream()
        .filter(event -> event.containsKey("amount"))
        .map(event -> String.valueOf(event.get("id")).replaceFirst("[^:]*:", ""))
        .toList();
  }

  @Test
  void objectForLater_keepsItsHold_andSetsTheKeyFree() {
    keepForLater();

    assertThat(redis.state(key.account()).heldNanoUsd()).isEqualTo(HELD);
    assertThat(redis.held(key, "quota")).isEqualTo(HELD);
    assertThat(redis.held(key, "concurrency")).as("it is no concurrent request").isZero();
    assertThat(redis.held(key, "requests")).isZero();
    assertThat(redis.used(key, "requests")).as("it counts as a request").isEqualTo(1);
    assertThat(redis.held(key, "tpm")).as("nor does it hold up the minute").isZero();
    assertThat(redis.used(key, "tpm")).as("it is what this minute was asked").isEqualTo(4_000);
    assertThat(redis.held(key, "tokens")).as("but it counts in the sum").isEqualTo(4_000);
    assertThat(found().isOwed()).isTrue();
    assertThat(redis.renew(request, key, 0)).as("it is open").isTrue();
  }

  @Test
  void objectForLater_toldTwice_changesNothing() {
    keepForLater();
    keepForLater();

    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(redis.used(key, "tpm")).isEqualTo(4_000);
    assertThat(redis.held(key, "concurrency")).isZero();
    assertThat(redis.state(key.account()).heldNanoUsd()).isEqualTo(HELD);
    assertThat(
            redis.events(key.account()).stream().filter(event -> "object".equals(event.get("act"))))
        .hasSize(1);
  }

  @Test
  void lease_isTheObjects_asLongAsNobodyReapsIt() {
    keepForLater();
    String holds = new Shards(64).of(key.account()).holds();

    double deadline =
        await(redis.raw().call(c -> c.zscore(holds, request.value()), score -> score));

    assertThat(deadline).isGreaterThan(System.currentTimeMillis() + LEASE_MILLIS - 60_000.0);
    assertThat(redis.reap(request, key)).isFalse();
  }

  @Test
  void payment_settlesOutOfTheHold_andMarksTheObject() {
    keepForLater();

    assertThat(pay(3 * USD))
        .isEqualTo(new SettleOutcome.Settled(3 * USD, 0, BALANCE - 3 * USD, false));

    assertThat(found().isPaid()).isTrue();
    assertThat(found().facts()).as("its price is not asked for again").isEmpty();
    assertSpent(3 * USD);
    assertThat(redis.used(key, "quota")).isEqualTo(3 * USD);
    assertThat(redis.used(key, "requests")).as("one request").isEqualTo(1);
    assertThat(redis.used(key, "tokens")).isEqualTo(1_500);
    assertThat(redis.used(key, "tpm")).as("counted when it was held").isEqualTo(4_000);
    assertThat(redis.events(key, request).getLast()).containsEntry("object", id);
  }

  @Test
  void payment_repeatedAfterTheTombstoneIsGone_isTheFirstAnswerAgain() {
    keepForLater();
    pay(3 * USD);
    loseTombstone();

    assertThat(pay(4 * USD))
        .isEqualTo(new SettleOutcome.Settled(3 * USD, 0, BALANCE - 3 * USD, true));

    assertSpent(3 * USD);
    assertThat(events()).containsExactly("settle");
  }

  @Test
  void payment_beyondTheHold_isAdjusted_andStaysSo() {
    keepForLater();
    pay(5 * USD);
    loseTombstone();

    assertThat(pay(5 * USD))
        .isEqualTo(new SettleOutcome.Settled(5 * USD, USD, BALANCE - 5 * USD, true));
    assertSpent(5 * USD);
  }

  @Test
  void objectThatNobodyAskedFor_isGivenBackAfterItsLease_andPaidForWhenSomebodyDoes() {
    keepForLater();
    endLease();
    assertSpent(0);
    assertThat(found().isOwed()).isTrue();

    pay(3 * USD);
    loseTombstone();
    pay(3 * USD);

    assertSpent(3 * USD);
    assertThat(found().isPaid()).isTrue();
  }

  @Test
  void objectThatWasReapedAtACheckpoint_isPaidForInItsPlace_evenWithoutItsTombstone() {
    redis.renew(request, key, USD);
    keepForLater();
    endLease();
    assertSpent(USD);
    loseTombstone();

    pay(3 * USD);
    pay(3 * USD);

    assertSpent(3 * USD);
    assertThat(events()).containsExactly("reap", "reap_reversal", "settle");
    assertThat(redis.used(key, "quota")).isEqualTo(3 * USD);
  }

  @Test
  void objectThatIsToldOfAfterItsHoldWasReaped_knowsWhatWasCharged() {
    redis.renew(request, key, USD);
    endLease();
    keepForLater();
    loseTombstone();

    pay(3 * USD);

    assertSpent(3 * USD);
  }

  @Test
  void objectPaidByItsRequest_isPaidForGood() {
    keep(new Payment.ByRequest());
    assertThat(found().isPaid()).isFalse();
    assertThat(found().isOwed()).as("its own request sees to it").isFalse();

    pay(2 * USD);
    loseTombstone();
    pay(3 * USD);

    assertSpent(2 * USD);
  }

  @Test
  void objectOfARequestThatWasReaped_isPaidForByWhatItBecame() {
    redis.renew(request, key, USD);
    keep(new Payment.ByRequest());
    endLease();
    loseTombstone();

    pay(3 * USD);

    assertSpent(3 * USD);
  }

  @Test
  void objectOfARequestThatWasReleased_isPaidForAllTheSame() {
    keepForLater();
    redis.release(request, key);

    pay(3 * USD);
    pay(3 * USD);

    assertSpent(3 * USD);
  }

  @Test
  void payment_toldBeforeItsObject_isKnownToIt() {
    pay(3 * USD);
    keepForLater();
    loseTombstone();

    pay(4 * USD);

    assertSpent(3 * USD);
    assertThat(found().isPaid()).isTrue();
  }

  @Test
  void payment_ofAnObjectThatRedisForgot_isChargedInFull_once() {
    keepForLater();
    String object = new Shards(64).of(key.account()).object(key.account(), id);
    await(redis.raw().call(c -> c.del(object), count -> count));

    pay(3 * USD);
    pay(3 * USD);

    assertSpent(3 * USD);
  }

  @Test
  void payments_atTheSameTime_areOne() {
    keepForLater();
    List<SettleOutcome> outcomes =
        await(
            Stages.all(
                IntStream.range(0, 20)
                    .mapToObj(i -> redis.ledger().settle(payment(3 * USD)))
                    .toList()));

    assertThat(outcomes.stream().filter(o -> !((SettleOutcome.Settled) o).isReplay())).hasSize(1);
    assertSpent(3 * USD);
  }
}
