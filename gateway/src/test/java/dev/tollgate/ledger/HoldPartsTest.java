package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Several settlements out of one hold: each is charged once, and the sum is what was charged. */
@Tag(RedisForTests.ON_THE_SHARED)
class HoldPartsTest {
  private static final long BALANCE = 10 * USD;
  private static final long HELD = 4 * USD;

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
    key =
        redis.key(
            redis.account(BALANCE),
            RedisForTests.quota(8 * USD),
            RedisForTests.concurrency(2),
            RedisForTests.budget("requests", Budget.Unit.REQUESTS, "lifetime", 100),
            RedisForTests.budget("tokens", Budget.Unit.TOKENS, "lifetime", 10_000));
    request = redis.nextRequest();
    assertThat(redis.hold(request, key, HELD, 4_000, "llama")).isInstanceOf(HoldOutcome.Held.class);
  }

  private void assertBooks(long charged, long held) {
    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(BALANCE - charged);
    assertThat(redis.state(key.account()).heldNanoUsd()).isEqualTo(held);
    assertThat(redis.used(key, "quota")).isEqualTo(charged);
    assertThat(redis.held(key, "quota")).isEqualTo(held);
    long sum = 0;
    for (Map<String, String> event : redis.events(key, request)) {
      sum += Long.parseLong(event.getOrDefault("amount", ""));
    }
    assertThat(sum).isEqualTo(-charged);
  }

  private List<String> events() {
    return redis.events(key, request).stream()
        .map(event -> String.valueOf(event.get("id")).replaceFirst("[^:]*:", ""))
        .toList();
  }

  @Test
  void parts_takeFromTheHold_whichStaysOpen() {
    SettleOutcome first = redis.settlePart(request, key, 1, USD, HELD);
    SettleOutcome second = redis.settlePart(request, key, 2, 2 * USD, 3 * USD);

    assertThat(first).isEqualTo(new SettleOutcome.Settled(USD, 0, BALANCE - USD, false));
    assertThat(second).isEqualTo(new SettleOutcome.Settled(2 * USD, 0, BALANCE - 3 * USD, false));
    assertBooks(3 * USD, USD);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(redis.held(key, "requests")).isZero();
    assertThat(redis.used(key, "tokens")).isEqualTo(3_000);
    assertThat(redis.held(key, "tokens")).isEqualTo(1_000);
    assertThat(redis.held(key, "concurrency")).as("the run goes on").isEqualTo(1);
    assertThat(redis.renew(request, key, 0)).isTrue();
    assertThat(events()).containsExactly("settle:1", "settle:2");
  }

  @Test
  void hold_askedForAgain_answersTheFirstAmount() {
    redis.settlePart(request, key, 1, USD, HELD);

    assertThat(((HoldOutcome.Held) redis.hold(request, key, HELD)).heldNanoUsd()).isEqualTo(HELD);
  }

  @Test
  void lastSettlement_chargesItsOwnCost_andGivesTheRestBack() {
    redis.settlePart(request, key, 1, USD, HELD);

    SettleOutcome last = redis.settle(request, key, USD, 3 * USD);

    assertThat(last).isEqualTo(new SettleOutcome.Settled(USD, 0, BALANCE - 2 * USD, false));
    assertBooks(2 * USD, 0);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(redis.held(key, "tokens")).isZero();
    assertThat(redis.held(key, "concurrency")).isZero();
    assertThat(events()).containsExactly("settle:1", "settle");
  }

  @Test
  void release_givesTheRestBack_andKeepsTheParts() {
    redis.settlePart(request, key, 1, USD, HELD);

    SettleOutcome released = redis.release(request, key);

    assertThat(released).isEqualTo(new SettleOutcome.Settled(0, 0, BALANCE - USD, false));
    assertBooks(USD, 0);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(redis.held(key, "concurrency")).isZero();
    assertThat(events()).containsExactly("settle:1", "release");
  }

  @Test
  void partBeyondTheHold_takesItWhole_andAdjusts() {
    redis.settlePart(request, key, 1, 3 * USD, HELD);

    SettleOutcome second = redis.settlePart(request, key, 2, 2 * USD, USD);

    assertThat(second).isEqualTo(new SettleOutcome.Settled(2 * USD, USD, BALANCE - 5 * USD, false));
    assertBooks(5 * USD, 0);
    assertThat(events()).containsExactly("settle:1", "settle:2", "adjustment:2");
    redis.settle(request, key, USD, 0);
    assertBooks(6 * USD, 0);
    assertThat(events()).endsWith("settle", "adjustment");
  }

  @Test
  void replays_inAnyOrder_changeNothing() {
    SettleOutcome.Settled first =
        (SettleOutcome.Settled) redis.settlePart(request, key, 1, USD, HELD);
    redis.settlePart(request, key, 2, USD / 2, 3 * USD);
    assertThat(redis.settlePart(request, key, 1, USD, HELD)).isEqualTo(replayed(first));
    SettleOutcome.Settled last = (SettleOutcome.Settled) redis.settle(request, key, USD, 2 * USD);

    for (int i = 0; i < 2; i++) {
      assertThat(redis.settle(request, key, USD, 2 * USD)).isEqualTo(replayed(last));
      redis.settlePart(request, key, 2, USD / 2, 3 * USD);
      assertThat(redis.settlePart(request, key, 1, USD, HELD)).isEqualTo(replayed(first));
      redis.release(request, key);
    }

    assertBooks(2 * USD + USD / 2, 0);
    assertThat(events()).containsExactly("settle:1", "settle:2", "settle");
  }

  private static SettleOutcome replayed(SettleOutcome.Settled first) {
    return new SettleOutcome.Settled(
        first.chargedNanoUsd(), first.adjustedNanoUsd(), first.balanceNanoUsd(), true);
  }

  @Test
  void partsOfAForgottenHold_areChargedInFull_inAnyOrder() {
    RequestId lost = redis.nextRequest();
    redis.release(request, key);

    redis.settlePart(lost, key, 2, USD, USD / 2);
    redis.settle(lost, key, USD, 2 * USD);
    redis.settlePart(lost, key, 1, USD, HELD);
    redis.settlePart(lost, key, 2, USD, USD / 2);

    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(BALANCE - 3 * USD);
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    assertThat(redis.used(key, "quota")).isEqualTo(3 * USD);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    List<Map<String, String>> events = redis.events(key, lost);
    assertThat(events).hasSize(4);
    assertThat(events.getFirst()).containsEntry("hold_unknown", "1");
    assertThat(redis.hold(lost, key, 1)).isInstanceOf(HoldOutcome.Refused.class);
  }

  @Test
  void abandonedHold_withParts_isChargedItsCheckpointBeyondThem() {
    redis.settlePart(request, key, 1, USD, HELD);
    redis.renew(request, key, USD / 2);
    redis.moveClock(61_000);
    assertThat(redis.reap(request, key)).isTrue();
    redis.moveClock(-61_000);

    assertBooks(USD + USD / 2, 0);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
    assertThat(events()).containsExactly("settle:1", "reap");

    redis.settlePart(request, key, 1, USD, HELD);
    redis.settlePart(request, key, 2, USD, 0);
    redis.settle(request, key, USD, USD);
    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(BALANCE - 3 * USD);
    assertThat(redis.used(key, "requests")).isEqualTo(1);
  }

  @Test
  void part_dropsTheCheckpoint_thatMayHaveCoveredIt() {
    redis.renew(request, key, USD);
    redis.settlePart(request, key, 1, USD, HELD);
    redis.moveClock(61_000);
    redis.reap(request, key);
    redis.moveClock(-61_000);

    assertBooks(USD, 0);
    assertThat(events()).containsExactly("settle:1", "release");
  }

  @Test
  void numberOfAPart_isBounded() {
    assertThatThrownBy(() -> redis.settlePart(request, key, 0, USD, HELD))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> redis.settlePart(request, key, Ledger.PARTS_MAX + 1, USD, HELD))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
