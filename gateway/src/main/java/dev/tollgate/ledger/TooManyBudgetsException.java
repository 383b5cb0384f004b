package dev.tollgate.ledger;

/** An account or a key would have more budgets than a script looks at. Nothing was changed. */
public final class TooManyBudgetsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TooManyBudgetsException() {
    super("at most " + BudgetLines.BUDGETS_MAX + " budgets are possible", null, false, false);
  }
}
