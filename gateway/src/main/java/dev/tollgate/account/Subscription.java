package dev.tollgate.account;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.BudgetState;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.RateCard;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The limits in USD that a subscription puts on an account: its budgets {@value #DAILY}, {@value
 * #WEEKLY} and {@value #MONTHLY}, of which there is at least one.
 */
public record Subscription(
    @Nullable BudgetState daily, @Nullable BudgetState weekly, @Nullable BudgetState monthly) {
  private static final String DAILY = "1d";
  private static final String WEEKLY = "7d";
  private static final String MONTHLY = "30d";

  /** Empty for an account without one: it is on a plan that its wallet pays, or has no limits. */
  public static Optional<Subscription> of(AccountState account) {
    PlanTerms plan = account.plan();
    if (plan != null && !plan.isSubscription()) {
      return Optional.empty();
    }
    Subscription limits =
        new Subscription(limit(account, DAILY), limit(account, WEEKLY), limit(account, MONTHLY));
    return limits.limits().findAny().map(some -> limits);
  }

  private static @Nullable BudgetState limit(AccountState account, String name) {
    BudgetState state = account.budget(name);
    return state != null
            && state.budget().unit() == Budget.Unit.USD
            && !(state.budget().period() instanceof Period.Lifetime)
        ? state
        : null;
  }

  private Stream<BudgetState> limits() {
    return Stream.of(
            Optional.ofNullable(daily), Optional.ofNullable(weekly), Optional.ofNullable(monthly))
        .flatMap(Optional::stream);
  }

  /** The least that any of them leaves. */
  public long remainingNanoUsd() {
    return limits().mapToLong(BudgetState::remaining).min().orElse(0);
  }

  /** The plan that the account is on, or else the one of the card that has these very limits. */
  public String planName(AccountState account, RateCard card) {
    PlanTerms terms = account.plan();
    if (terms != null) {
      Plan plan = card.plans().get(terms.plan());
      return plan == null ? terms.plan() : plan.name();
    }
    return card.plans().values().stream()
        .filter(plan -> plan.funding() == Plan.Funding.SUBSCRIPTION && isOf(plan))
        .map(Plan::name)
        .findFirst()
        .orElse("Subscription");
  }

  private boolean isOf(Plan plan) {
    return plan.limits().size() == limits().count()
        && plan.limits().stream()
            .allMatch(
                limit ->
                    limits()
                        .map(BudgetState::budget)
                        .anyMatch(
                            budget ->
                                budget.name().equals(limit.name())
                                    && budget.limit() == limit.limit()));
  }
}
