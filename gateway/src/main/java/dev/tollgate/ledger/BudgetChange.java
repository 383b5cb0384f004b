package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the budget of a name.
 *
 * @param budget null to remove it
 */
public record BudgetChange(String name, @Nullable Budget budget) {
  public static BudgetChange put(Budget budget) {
    return new BudgetChange(budget.name(), budget);
  }

  public static BudgetChange remove(String name) {
    return new BudgetChange(name, null);
  }
}
