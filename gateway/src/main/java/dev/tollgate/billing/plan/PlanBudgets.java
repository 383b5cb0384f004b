package dev.tollgate.billing.plan;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.BudgetChange;
import dev.tollgate.ledger.BudgetState;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.pricing.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The budgets of an account that come with its plan: {@value #REQUESTS_PER_MINUTE}, and of a
 * subscription those that are named after their windows, {@code 1d}.
 */
final class PlanBudgets {
  static final String REQUESTS_PER_MINUTE = "plan_rpm";
  private static final Pattern WINDOW = Pattern.compile("[0-9]+[mhd]");

  private PlanBudgets() {}

  /**
   * What is to become of them.
   *
   * @param next null for no plan
   */
  static List<BudgetChange> change(AccountState account, @Nullable Plan next) {
    Map<String, Budget> wanted = new LinkedHashMap<>();
    if (next != null) {
      of(next).forEach(budget -> wanted.put(budget.name(), budget));
    }
    List<BudgetChange> changes = new ArrayList<>();
    for (BudgetState there : account.budgets()) {
      Budget budget = there.budget();
      if (!wanted.containsKey(budget.name()) && isOfPlan(budget, account.plan())) {
        changes.add(BudgetChange.remove(budget.name()));
      } else if (budget.equals(wanted.get(budget.name()))) {
        wanted.remove(budget.name());
      }
    }
    wanted.values().forEach(budget -> changes.add(BudgetChange.put(budget)));
    return changes;
  }

  private static List<Budget> of(Plan plan) {
    List<Budget> budgets = new ArrayList<>(plan.limits());
    Long requests = plan.requestsPerMinute();
    if (requests != null) {
      budgets.add(
          Budget.of(
              REQUESTS_PER_MINUTE,
              Budget.Scope.ACCOUNT,
              Budget.Unit.REQUESTS,
              new Period.Rolling(Duration.ofMinutes(1)),
              requests));
    }
    return budgets;
  }

  /** Whether it came with the plan that the account is on, as far as its name tells. */
  private static boolean isOfPlan(Budget budget, @Nullable PlanTerms plan) {
    return budget.name().equals(REQUESTS_PER_MINUTE)
        || (plan != null
            && plan.isSubscription()
            && budget.unit() == Budget.Unit.USD
            && WINDOW.matcher(budget.name()).matches());
  }
}
