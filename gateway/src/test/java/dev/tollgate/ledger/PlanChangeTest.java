package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag(RedisForTests.ON_THE_SHARED)
class PlanChangeTest {
  private static final PlanTerms PRO =
      new PlanTerms("pro", false, 1_000_000, 2_000_000, 31, 49 * USD, null, 900_000, true, null);
  private static final Budget RPM =
      new Budget(
          "plan_rpm",
          Budget.Scope.ACCOUNT,
          Budget.Unit.REQUESTS,
          new Period.Rolling(Duration.ofMinutes(1)),
          3_000,
          List.of());

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
  void changePlan_setsTermsBudgetsAndFee_atOnce() {
    AccountId account = redis.account(50 * USD);

    assertThat(change(account, "one", 0, 0, 49 * USD, PRO))
        .isEqualTo(new PlanOutcome.Changed(USD, false));

    AccountState state = redis.state(account);
    assertThat(state.plan()).isEqualTo(PRO);
    assertThat(state.planRevision()).isOne();
    assertThat(state.balanceNanoUsd()).isEqualTo(USD);
    assertThat(state.budgets()).extracting(BudgetState::budget).containsExactly(RPM);
    assertThat(redis.events(account))
        .filteredOn(event -> "plan_fee".equals(event.get("kind")))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event)
                    .containsEntry("id", account.value() + ":plan:1:credit")
                    .containsEntry("act", "credit")
                    .containsEntry("amount", "-49000000000")
                    .containsEntry("balance_after", "1000000000")
                    .containsEntry("reference", "pro"));
    assertThat(redis.events(account).getLast())
        .containsEntry("act", "account")
        .containsEntry("kind", "changed")
        .containsEntry("plan", "pro")
        .containsEntry("plan_until", "00000002000000")
        .containsEntry("plan_multiplier_ppm", "900000");
  }

  @Test
  void changePlan_toldAgain_isMadeOnce() {
    AccountId account = redis.account(100 * USD);
    change(account, "one", 0, 0, 49 * USD, PRO);

    assertThat(change(account, "one", 0, 0, 49 * USD, PRO))
        .isEqualTo(new PlanOutcome.Changed(51 * USD, true));
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(51 * USD);
    assertThat(redis.state(account).planRevision()).isOne();
  }

  @Test
  void changePlan_asOfAnotherRevision_isNotMade() {
    AccountId account = redis.account(100 * USD);
    change(account, "one", 0, 0, 49 * USD, PRO);

    assertThat(change(account, "two", 0, 0, 49 * USD, PRO)).isEqualTo(new PlanOutcome.Moved());
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(51 * USD);
  }

  @Test
  void changePlan_bySeveralAtOnce_isMadeOnce() {
    AccountId account = redis.account(100 * USD);
    List<CompletionStage<PlanOutcome>> asked =
        IntStream.range(0, 20)
            .mapToObj(
                number ->
                    redis
                        .ledger()
                        .changePlan(planChange(account, "n" + number, 0, 0, 49 * USD, PRO)))
            .toList();

    assertThat(asked.stream().map(RedisForTests::await))
        .filteredOn(PlanOutcome.Changed.class::isInstance)
        .hasSize(1);
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(51 * USD);
  }

  @Test
  void changePlan_thatIsNotCovered_changesNothing() {
    AccountId account = redis.account(50 * USD);
    KeyRef key = redis.key(account);
    redis.hold(redis.nextRequest(), key, 2 * USD);
    int events = redis.events(account).size();

    assertThat(change(account, "one", 0, 0, 49 * USD, PRO))
        .isEqualTo(new PlanOutcome.Insufficient(49 * USD, 48 * USD));
    assertThat(redis.state(account).plan()).isNull();
    assertThat(redis.state(account).budgets()).isEmpty();
    assertThat(redis.events(account)).hasSize(events);

    await(redis.accounts().update(account, new AccountPatch(null, null, null, null, USD)));
    assertThat(change(account, "one", 0, 0, 49 * USD, PRO)).isInstanceOf(PlanOutcome.Changed.class);
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(USD);
  }

  @Test
  void changePlan_withSomethingBack_booksBoth() {
    AccountId account = redis.account(50 * USD);
    change(account, "one", 0, 0, 49 * USD, PRO);

    assertThat(change(account, "two", 1, 20 * USD, 21 * USD, PRO))
        .isEqualTo(new PlanOutcome.Changed(0, false));
    assertThat(redis.state(account).lifetimeCreditNanoUsd()).isEqualTo(70 * USD);
    assertThat(redis.events(account))
        .filteredOn(event -> "plan_fee".equals(event.get("kind")))
        .extracting(event -> event.get("id"), event -> event.get("amount"))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(account.value() + ":plan:1:credit", "-49000000000"),
            org.assertj.core.groups.Tuple.tuple(
                account.value() + ":plan:2:unused:credit", "20000000000"),
            org.assertj.core.groups.Tuple.tuple(
                account.value() + ":plan:2:credit", "-21000000000"));
  }

  @Test
  void changePlan_toNone_removesWhatCameWithIt() {
    AccountId account = redis.account(50 * USD);
    change(account, "one", 0, 0, 49 * USD, PRO);
    PlanChange end =
        new PlanChange(
            account, "two", 1, 0, 0, "pro", null, List.of(BudgetChange.remove("plan_rpm")));

    assertThat(await(redis.ledger().changePlan(end)))
        .isEqualTo(new PlanOutcome.Changed(USD, false));

    assertThat(redis.state(account).plan()).isNull();
    assertThat(redis.state(account).planRevision()).isEqualTo(2);
    assertThat(redis.state(account).budgets()).isEmpty();
    assertThat(redis.events(account).getLast())
        .containsAllEntriesOf(Map.of("plan", "", "plan_funding", "", "plan_revision", "2"));
  }

  @Test
  void multiplier_ofThePlan_countsUnlessTheAccountHasItsOwn() {
    AccountId account = redis.account(100 * USD);
    change(account, "one", 0, 0, 0, PRO);
    KeyRef key = redis.key(account);

    assertThat(redis.hold(redis.nextRequest(), key, 1_000))
        .isInstanceOfSatisfying(
            HoldOutcome.Held.class,
            held -> {
              assertThat(held.heldNanoUsd()).isEqualTo(900);
              assertThat(held.multiplierPpm()).isEqualTo(900_000);
            });
    await(redis.accounts().update(account, new AccountPatch(null, null, null, 500_000L, null)));
    assertThat(redis.hold(redis.nextRequest(), key, 1_000))
        .isInstanceOfSatisfying(
            HoldOutcome.Held.class, held -> assertThat(held.heldNanoUsd()).isEqualTo(500));
  }

  @Test
  void changePlan_ofAnUnknownAccount_isNone() {
    assertThat(change(new AccountId("acct_nobody"), "one", 0, 0, 0, PRO))
        .isEqualTo(new PlanOutcome.UnknownAccount());
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T12:00:00Z, 31, 2026-02-28T12:00:00Z",
    "2026-02-28T12:00:00Z, 31, 2026-03-31T12:00:00Z",
    "2028-01-30T00:00:00Z, 30, 2028-02-29T00:00:00Z",
    "2026-12-15T23:59:59.999Z, 15, 2027-01-15T23:59:59.999Z",
    "2026-11-30T00:00:00Z, 30, 2026-12-30T00:00:00Z",
  })
  void period_endsOnTheSameDayOfTheNextMonth(Instant from, int anchorDay, Instant until) {
    assertThat(PlanTerms.endOfPeriod(from.toEpochMilli(), anchorDay))
        .isEqualTo(until.toEpochMilli());
  }

  private static PlanOutcome change(
      AccountId account, String id, long revision, long back, long fee, PlanTerms terms) {
    return await(redis.ledger().changePlan(planChange(account, id, revision, back, fee, terms)));
  }

  private static PlanChange planChange(
      AccountId account, String id, long revision, long back, long fee, PlanTerms terms) {
    return new PlanChange(
        account, id, revision, back, fee, "pro", terms, List.of(BudgetChange.put(RPM)));
  }
}
