package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.ledger.OwedObjects.Missed;
import dev.tollgate.ledger.OwedObjects.Owed;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is owed is looked at by one at a time, more rarely as it ages, until it is paid for. */
@Tag(RedisForTests.ON_THE_SHARED)
class OwedObjectsTest {
  private static final long MIN = 1_000;
  private static final long MAX = 60_000;
  private static final int MANY = 100_000;
  private static final AtomicLong NUMBERS = new AtomicLong();

  private static RedisForTests redis;
  private static OwedObjects owed;
  private KeyRef key;
  private RequestId request;
  private String id;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
    owed = redis.connections().owed();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @BeforeEach
  void keep() {
    redis.setClock(System.currentTimeMillis());
    id = "ftjob:" + System.nanoTime() + "-" + NUMBERS.incrementAndGet();
    key = redis.keyWith(USD);
    request = redis.nextRequest();
    redis.hold(request, key, USD / 2, 1, "llama");
    NewObject job =
        new NewObject(
            key,
            id,
            ObjectKind.FINE_TUNING_JOB,
            "acme",
            request,
            "",
            Map.of("model", "llama"),
            new Payment.Later(86_400_000),
            365 * 86_400_000L,
            0);
    await(redis.ledger().keep(job));
  }

  /** How often its provider has not known it; -1 when it is not to be looked at. */
  private int claim() {
    int shard = new Shards(64).numberOf(key.account());
    return await(owed.claim(shard, MANY, MIN, MAX)).stream()
        .filter(one -> one.id().equals(id) && one.account().equals(key.account()))
        .mapToInt(Owed::missed)
        .findFirst()
        .orElse(-1);
  }

  private KeptObject object() {
    return await(redis.connections().objects(0).find(key.account(), id)).orElseThrow();
  }

  private void pass(long millis) {
    redis.moveClock(millis);
  }

  @Test
  void object_isGivenToOneAtATime_notBeforeItsTime() {
    pass(MIN - 1);
    assertThat(claim()).as("too early").isEqualTo(-1);
    pass(1);
    assertThat(claim()).isZero();
    assertThat(claim()).as("another one has it").isEqualTo(-1);
    pass(MIN);
    assertThat(claim()).as("nobody has paid it").isZero();
  }

  @Test
  void looks_areATwentiethOfTheAgeApart_withinTheBounds() {
    pass(200_000);
    assertThat(claim()).isZero();
    pass(9_999);
    assertThat(claim()).isEqualTo(-1);
    pass(1);
    assertThat(claim()).isZero();

    pass(100 * 86_400_000L);
    assertThat(claim()).isZero();
    pass(MAX - 1);
    assertThat(claim()).isEqualTo(-1);
    pass(1);
    assertThat(claim()).isZero();
  }

  @Test
  void object_thatIsPaidOrForgotten_isNotLookedAtAnyMore() {
    Settlement usual = RedisForTests.settlement(request, key, 5, USD / 2);
    await(
        redis
            .ledger()
            .settleKept(
                new Settlement(
                    request, key, usual.kind(), 5, 5, USD / 2, usual.usage(), usual.facts(), id)));

    pass(10 * MIN);
    assertThat(claim()).isEqualTo(-1);
  }

  @Test
  void object_thatItsProviderDeleted_isNotLookedAtAnyMore() {
    await(redis.ledger().forget(key.account(), ObjectKind.FINE_TUNING_JOB, id));

    pass(10 * MIN);
    assertThat(claim()).isEqualTo(-1);
  }

  @Test
  void object_thatIsReaped_isStillLookedAt() {
    pass(2 * 86_400_000L);
    assertThat(redis.reap(request, key)).isTrue();

    assertThat(claim()).isZero();
    assertThat(await(owed.missed(object(), 1))).as("its hold is gone").isEqualTo(Missed.VANISHED);
  }

  @Test
  void object_thatIsMissedOftenEnoughInARow_vanishesOnce() {
    assertThat(await(owed.missed(object(), 3))).isEqualTo(Missed.AGAIN);
    assertThat(await(owed.missed(object(), 3))).isEqualTo(Missed.AGAIN);
    pass(MIN);
    assertThat(claim()).isEqualTo(2);
    await(owed.found(object()));
    pass(10 * MIN);
    assertThat(claim()).as("it has been there again").isZero();

    for (int i = 0; i < 2; i++) {
      assertThat(await(owed.missed(object(), 3))).isEqualTo(Missed.AGAIN);
    }
    assertThat(await(owed.missed(object(), 3))).isEqualTo(Missed.VANISHED_HELD);
    assertThat(await(owed.missed(object(), 3))).as("once").isEqualTo(Missed.AGAIN);
    pass(10 * MIN);
    assertThat(claim()).isEqualTo(-1);
  }
}
