package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;

/** What is held for, or used by, a request, as budgets of each unit count it. */
record ModelAmounts(long usd, long tokens, long requests, long concurrent) {
  static final ModelAmounts NONE = new ModelAmounts(0, 0, 0, 0);

  long of(Budget.Unit unit) {
    return switch (unit) {
      case USD -> usd;
      case TOKENS -> tokens;
      case REQUESTS -> requests;
      case CONCURRENT -> concurrent;
    };
  }
}
