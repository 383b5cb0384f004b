package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(RedisForTests.ON_THE_SHARED)
class RedisLedgerTest {
  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @Test
  void hold_withinBalance_setsAside() {
    KeyRef key = redis.keyWith(10 * USD);

    HoldOutcome outcome = redis.hold(redis.nextRequest(), key, 4 * USD);

    assertThat(outcome).isInstanceOf(HoldOutcome.Held.class);
    HoldOutcome.Held held = (HoldOutcome.Held) outcome;
    assertThat(held.heldNanoUsd()).isEqualTo(4 * USD);
    assertThat(held.multiplierPpm()).isEqualTo(1_000_000);
    Accounts.AccountState account = redis.state(key.account());
    assertThat(account.balanceNanoUsd()).isEqualTo(10 * USD);
    assertThat(account.heldNanoUsd()).isEqualTo(4 * USD);
    assertThat(account.availableNanoUsd()).isEqualTo(6 * USD);
    assertThat(redis.state(key).lastUsedAtMillis()).isEqualTo(held.heldAtMillis());
  }

  @Test
  void hold_ofTheSameRequestAgain_answersTheSameAndHoldsOnce() {
    KeyRef key = redis.keyWith(10 * USD);
    RequestId request = redis.nextRequest();
    HoldOutcome first = redis.hold(request, key, 4 * USD);

    assertThat(redis.hold(request, key, 5 * USD)).isEqualTo(first);
    assertThat(redis.state(key.account()).heldNanoUsd()).isEqualTo(4 * USD);
  }

  @Test
  void hold_beyondBalance_isRefusedWithBothAmounts() {
    KeyRef key = redis.keyWith(10 * USD);
    redis.hold(redis.nextRequest(), key, 7 * USD);

    assertThat(redis.hold(redis.nextRequest(), key, 3 * USD + 1))
        .isEqualTo(
            new HoldOutcome.Refused(new Refusal.InsufficientCredits(3 * USD + 1, 3 * USD, null)));
    assertThat(redis.hold(redis.nextRequest(), key, 3 * USD)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_withCreditLimit_goesBelowZeroUpToIt() {
    KeyRef key = redis.key(redis.account(USD, 1_000_000, 5 * USD));

    assertThat(redis.hold(redis.nextRequest(), key, 6 * USD + 1))
        .isEqualTo(
            new HoldOutcome.Refused(new Refusal.InsufficientCredits(6 * USD + 1, 6 * USD, null)));
    assertThat(redis.hold(redis.nextRequest(), key, 6 * USD)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_withMultiplier_holdsTheQuoteTimesItRoundedUp() {
    KeyRef key = redis.key(redis.account(10 * USD, 1_100_001, 0));

    HoldOutcome.Held held = (HoldOutcome.Held) redis.hold(redis.nextRequest(), key, 3);

    assertThat(held.heldNanoUsd()).isEqualTo(4);
    assertThat(held.multiplierPpm()).isEqualTo(1_100_001);
  }

  @Test
  void hold_nearTheLargestAmount_isExact() {
    AccountId account = redis.account(Money.MAX_NANO_USD);
    KeyRef key = redis.key(account);
    RequestId request = redis.nextRequest();

    assertThat(redis.hold(request, key, Money.MAX_NANO_USD)).isInstanceOf(HoldOutcome.Held.class);
    assertThat(redis.hold(redis.nextRequest(), key, 1))
        .isEqualTo(new HoldOutcome.Refused(new Refusal.InsufficientCredits(1, 0, null)));
    redis.settle(request, key, Money.MAX_NANO_USD - 1, Money.MAX_NANO_USD);

    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(1);
    assertThat(redis.state(account).heldNanoUsd()).isZero();
    assertThat(redis.hold(redis.nextRequest(), key, 2))
        .isEqualTo(new HoldOutcome.Refused(new Refusal.InsufficientCredits(2, 1, null)));
    assertThat(redis.hold(redis.nextRequest(), key, 1)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_ofMoreThanCanBeCounted_isRefused() {
    KeyRef key = redis.key(redis.account(Money.MAX_NANO_USD, 1_000_000, Money.MAX_NANO_USD));

    assertThat(redis.hold(redis.nextRequest(), key, Long.MAX_VALUE))
        .isInstanceOfSatisfying(
            HoldOutcome.Refused.class,
            refused ->
                assertThat(refused.refusal()).isInstanceOf(Refusal.InsufficientCredits.class));
    assertThat(redis.hold(redis.nextRequest(), key, Money.MAX_NANO_USD))
        .isInstanceOf(HoldOutcome.Held.class);
    assertThat(redis.hold(redis.nextRequest(), key, 1)).isInstanceOf(HoldOutcome.Refused.class);
  }

  @Test
  void settle_belowTheHold_chargesTheCostAndGivesBackTheRest() {
    KeyRef key = redis.key(redis.account(10 * USD), 9 * USD, 3L, List.of());
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 4 * USD);
    assertThat(redis.held(key, "quota")).isEqualTo(4 * USD);
    assertThat(redis.held(key, "concurrency")).isEqualTo(1);

    SettleOutcome outcome = redis.settle(request, key, USD, 4 * USD);

    assertThat(outcome).isEqualTo(new SettleOutcome.Settled(USD, 0, 9 * USD, false));
    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(9 * USD);
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    assertThat(redis.used(key, "quota")).isEqualTo(USD);
    assertThat(redis.held(key, "quota")).isZero();
    assertThat(redis.held(key, "concurrency")).isZero();
  }

  @Test
  void settle_writesOneEventWithAllThatIsKnown() {
    KeyRef key = redis.keyWith(10 * USD);
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 4 * USD);
    redis.settle(request, key, USD, 4 * USD);

    List<Map<String, String>> events = redis.events(key, request);

    assertThat(events).hasSize(1);
    assertThat(events.getFirst())
        .containsEntry("id", request.value() + ":settle")
        .containsEntry("act", "settle")
        .containsEntry("kind", "debit_inference")
        .containsEntry("key", key.key().value())
        .containsEntry("amount", "-1000000000")
        .containsEntry("balance_after", "9000000000")
        .containsEntry("cost", "1000000000")
        .containsEntry("list", "1000000000")
        .containsEntry("held", "4000000000")
        .containsEntry("hold_unknown", "0")
        .containsEntry("usage", "input=1000 output=500")
        .containsEntry("endpoint", "/v1/chat/completions")
        .containsEntry("model", "llama")
        .containsEntry("upstream_model", "llama-up")
        .containsEntry("status", "200")
        .containsEntry("attempts", "acme:ok:12")
        .containsEntry("first_byte_ms", "3")
        .containsKey("at");
  }

  @Test
  void settle_twice_answersTheFirstAndChargesOnce() {
    KeyRef key = redis.keyWith(10 * USD);
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 4 * USD);
    redis.settle(request, key, USD, 4 * USD);

    SettleOutcome again = redis.settle(request, key, 2 * USD, 4 * USD);

    assertThat(again).isEqualTo(new SettleOutcome.Settled(USD, 0, 9 * USD, true));
    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(9 * USD);
    assertThat(redis.events(key, request)).hasSize(1);
  }

  @Test
  void settle_aboveTheHold_postsTheRestAsAnAdjustment() {
    KeyRef key = redis.key(redis.account(2 * USD), 2 * USD, null, List.of());
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 2 * USD);

    SettleOutcome outcome = redis.settle(request, key, 5 * USD, 2 * USD);

    assertThat(outcome).isEqualTo(new SettleOutcome.Settled(5 * USD, 3 * USD, -3 * USD, false));
    List<Map<String, String>> events = redis.events(key, request);
    assertThat(events)
        .extracting(event -> event.get("act"))
        .containsExactly("settle", "adjustment");
    assertThat(events)
        .extracting(event -> event.get("amount"))
        .containsExactly("-2000000000", "-3000000000");
    assertThat(events)
        .extracting(event -> event.get("balance_after"))
        .containsExactly("0", "-3000000000");
    assertThat(events.get(1)).containsEntry("id", request.value() + ":adjustment");
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    assertThat(redis.used(key, "quota")).isEqualTo(5 * USD);
    assertThat(redis.hold(redis.nextRequest(), key, 0))
        .isInstanceOfSatisfying(
            HoldOutcome.Refused.class,
            refused -> assertThat(refused.refusal()).isInstanceOf(Refusal.QuotaExhausted.class));
  }

  @Test
  void settle_ofNothing_endsTheHoldForFree() {
    KeyRef key = redis.keyWith(2 * USD);
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 2 * USD);

    assertThat(redis.settle(request, key, 0, 2 * USD))
        .isEqualTo(new SettleOutcome.Settled(0, 0, 2 * USD, false));
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    assertThat(redis.events(key, request).getFirst()).containsEntry("amount", "0");
  }

  @Test
  void settle_withoutAHold_chargesInFullAsIfItHadBeenThere() {
    KeyRef key = redis.key(redis.account(10 * USD), 9 * USD, 1L, List.of());
    RequestId request = redis.nextRequest();

    SettleOutcome outcome = redis.settle(request, key, 5 * USD, 2 * USD);

    assertThat(outcome).isEqualTo(new SettleOutcome.Settled(5 * USD, 3 * USD, 5 * USD, false));
    assertThat(redis.events(key, request).getFirst())
        .containsEntry("hold_unknown", "1")
        .containsEntry("amount", "-2000000000");
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    assertThat(redis.used(key, "quota")).isEqualTo(5 * USD);
    assertThat(redis.held(key, "quota")).isZero();
    assertThat(redis.held(key, "concurrency")).isZero();
  }

  @Test
  void settle_ofAnUnknownAccount_saysSo() {
    KeyRef nobody = new KeyRef(new AccountId("acct_nobody"), new KeyId("key_nobody"));

    assertThat(redis.settle(redis.nextRequest(), nobody, 1, 1))
        .isEqualTo(new SettleOutcome.UnknownAccount());
  }

  @Test
  void release_givesTheHoldBackWhole() {
    KeyRef key = redis.key(redis.account(10 * USD), 9 * USD, 1L, List.of());
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 4 * USD);

    assertThat(redis.release(request, key))
        .isEqualTo(new SettleOutcome.Settled(0, 0, 10 * USD, false));
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    assertThat(redis.held(key, "quota")).isZero();
    assertThat(redis.held(key, "concurrency")).isZero();
    assertThat(redis.events(key, request))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event)
                    .containsEntry("id", request.value() + ":release")
                    .containsEntry("held", "4000000000")
                    .containsEntry("reason", "test"));
    assertThat(redis.release(request, key))
        .isEqualTo(new SettleOutcome.Settled(0, 0, 10 * USD, true));
    assertThat(redis.settle(request, key, USD, 4 * USD))
        .isEqualTo(new SettleOutcome.Settled(0, 0, 10 * USD, true));
  }

  @Test
  void release_beforeItsHoldArrives_refusesTheHold() {
    KeyRef key = redis.keyWith(10 * USD);
    RequestId request = redis.nextRequest();

    assertThat(redis.release(request, key))
        .isEqualTo(new SettleOutcome.Settled(0, 0, 10 * USD, false));
    assertThat(redis.hold(request, key, USD))
        .isEqualTo(new HoldOutcome.Refused(new Refusal.LedgerUnavailable()));
    assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    assertThat(redis.events(key, request)).isEmpty();
  }

  @Test
  void hold_leavesTheSetOfOpenHoldsWhenItEnds() {
    KeyRef key = redis.keyWith(10 * USD);
    Shard shard = new Shards(64).of(key.account());
    RequestId settled = redis.nextRequest();
    RequestId released = redis.nextRequest();
    HoldOutcome.Held held = (HoldOutcome.Held) redis.hold(settled, key, USD);
    redis.hold(released, key, USD);

    assertThat(deadline(shard, settled)).isEqualTo(held.heldAtMillis() + 60_000);
    redis.settle(settled, key, 1, USD);
    redis.release(released, key);

    assertThat(deadline(shard, settled)).isEqualTo(-1);
    assertThat(deadline(shard, released)).isEqualTo(-1);
    long tombstoneMillis = await(redis.raw().call(c -> c.pttl(shard.hold(settled)), ttl -> ttl));
    assertThat(tombstoneMillis).isBetween(86_000_000L, 86_400_000L);
    String opens =
        await(redis.raw().call(c -> c.hget(shard.account(key.account()), "opens"), o -> o));
    assertThat(opens).isEqualTo("0");
  }

  private static long deadline(Shard shard, RequestId request) {
    return await(
        redis
            .raw()
            .call(
                c -> c.zscore(shard.holds(), request.value()),
                score -> score == null ? -1L : score.longValue()));
  }

  @Test
  void hold_withAMovedClock_takesTheMovedTime() {
    try (RedisForTests moved = RedisForTests.open()) {
      KeyRef key = moved.keyWith(USD);
      HoldOutcome.Held now = (HoldOutcome.Held) moved.hold(moved.nextRequest(), key, 1);
      moved.moveClock(3_600_000);

      HoldOutcome.Held later = (HoldOutcome.Held) moved.hold(moved.nextRequest(), key, 1);

      assertThat(later.heldAtMillis() - now.heldAtMillis()).isBetween(3_600_000L, 3_700_000L);
    }
  }
}
