package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.SettleOutcome.Settled;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a subscription pays for counts in its limits, and leaves the balance alone. */
@Tag(RedisForTests.ON_THE_SHARED)
class SubscriptionFundingTest {
  private static final Budget DAILY =
      new Budget(
          "1d",
          Budget.Scope.ACCOUNT,
          Budget.Unit.USD,
          new Period.Rolling(Duration.ofDays(1)),
          1_000,
          List.of());

  private static RedisForTests redis;

  private AccountId account;
  private KeyRef key;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @BeforeEach
  void subscribe() {
    account = redis.account(7);
    key = redis.key(account);
    change("begin", 0, terms(), BudgetChange.put(DAILY));
  }

  private void change(String id, long revision, @Nullable PlanTerms terms, BudgetChange budget) {
    assertThat(
            await(
                redis
                    .ledger()
                    .changePlan(
                        new PlanChange(
                            account, id, revision, 0, 0, "pro_plan", terms, List.of(budget)))))
        .isInstanceOf(PlanOutcome.Changed.class);
  }

  private static PlanTerms terms() {
    return new PlanTerms(
        "pro_plan", true, 0, Long.MAX_VALUE / 2, 1, 0, null, 1_000_000, true, null);
  }

  private long held() {
    return daily().held();
  }

  private long used() {
    return daily().used();
  }

  private BudgetState daily() {
    return Objects.requireNonNull(redis.state(account).budget("1d"));
  }

  @Test
  void hold_needsNoBalance_andHoldsNoneOfIt() {
    assertThat(redis.hold(redis.nextRequest(), key, 600)).isInstanceOf(HoldOutcome.Held.class);

    assertThat(redis.state(account).heldNanoUsd()).isZero();
    assertThat(held()).isEqualTo(600);
    assertThat(redis.refusal(key, 401)).isInstanceOf(Refusal.BudgetExceeded.class);
  }

  @Test
  void settlement_countsInTheLimits_andIsChargedNothing() {
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 600);

    assertThat(redis.settle(request, key, 250, 600)).isEqualTo(new Settled(0, 0, 7, false));
    assertThat(redis.settle(request, key, 250, 600)).isEqualTo(new Settled(0, 0, 7, true));

    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(7);
    assertThat(held()).isZero();
    assertThat(used()).isEqualTo(250);
    assertThat(redis.events(account).getLast())
        .containsAllEntriesOf(
            Map.of("act", "settle", "amount", "0", "cost", "0", "covered", "250"));
  }

  @Test
  void settlement_beyondItsHold_isCoveredToo() {
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 100);

    assertThat(redis.settle(request, key, 250, 100)).isEqualTo(new Settled(0, 0, 7, false));
    assertThat(used()).isEqualTo(250);
  }

  @Test
  void settlement_ofAForgottenHold_isCovered() {
    assertThat(redis.settle(redis.nextRequest(), key, 250, 600))
        .isEqualTo(new Settled(0, 0, 7, false));
    assertThat(used()).isEqualTo(250);
  }

  @Test
  void release_givesTheLimitsBack() {
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 600);

    redis.release(request, key);

    assertThat(held()).isZero();
    assertThat(used()).isZero();
    assertThat(redis.state(account).heldNanoUsd()).isZero();
  }

  @Test
  void parts_areCoveredOneByOne() {
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 600);

    assertThat(
            await(redis.ledger().settlePart(RedisForTests.settlement(request, key, 200, 600), 1)))
        .isEqualTo(new Settled(0, 0, 7, false));
    assertThat(held()).isEqualTo(400);
    assertThat(redis.settle(request, key, 300, 400)).isEqualTo(new Settled(0, 0, 7, false));

    assertThat(held()).isZero();
    assertThat(used()).isEqualTo(500);
    assertThat(redis.state(account).heldNanoUsd()).isZero();
  }

  @Test
  void hold_madeBeforeThePlan_isPaidByTheBalance_andTheOtherWayRound() {
    AccountId wallet = redis.account(1_000);
    KeyRef owner = redis.key(wallet);
    RequestId before = redis.nextRequest();
    redis.hold(before, owner, 600);
    account = wallet;
    change("begin", 0, terms(), BudgetChange.put(DAILY));
    RequestId during = redis.nextRequest();
    redis.hold(during, owner, 600);
    change("end", 1, null, BudgetChange.remove("1d"));

    assertThat(redis.settle(before, owner, 500, 600)).isEqualTo(new Settled(500, 0, 500, false));
    assertThat(redis.settle(during, owner, 400, 600)).isEqualTo(new Settled(0, 0, 500, false));
    assertThat(redis.state(wallet).heldNanoUsd()).isZero();
  }

  @Test
  void training_isPaidByTheBalance() {
    RequestId request = redis.nextRequest();
    HoldRequest run = new HoldRequest(request, key, 5, 0, "", 60_000, HoldRequest.Terms.FINAL);

    assertThat(await(redis.ledger().hold(run))).isInstanceOf(HoldOutcome.Held.class);
    assertThat(redis.state(account).heldNanoUsd()).isEqualTo(5);
    Settlement settlement = RedisForTests.settlement(request, key, 4, 5);
    Settlement trained =
        new Settlement(request, key, "debit_run", 4, 4, 5, settlement.usage(), settlement.facts());
    assertThat(await(redis.ledger().settle(trained))).isEqualTo(new Settled(4, 0, 3, false));
    HoldRequest tooMuch =
        new HoldRequest(redis.nextRequest(), key, 4, 0, "", 60_000, HoldRequest.Terms.FINAL);
    assertThat(await(redis.ledger().hold(tooMuch))).isInstanceOf(HoldOutcome.Refused.class);
  }
}
