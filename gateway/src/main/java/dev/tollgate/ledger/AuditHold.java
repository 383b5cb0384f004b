package dev.tollgate.ledger;

import java.util.List;

/**
 * What an open hold holds; where parts of it have been settled, what is left of it.
 *
 * @param budgets {@code key:<id>} or {@code account:<id>} for each that it touched, separated by
 *     spaces
 * @param isCounted whether budgets of requests have counted it already, and hold nothing of it
 * @param isCovered whether a subscription pays, so that nothing of the balance is held
 */
record AuditHold(
    String key, long amount, long tokens, String budgets, boolean isCounted, boolean isCovered) {
  /** How many fields it is read from. */
  static final int FIELDS = 6;

  /** Of those six fields. */
  static AuditHold of(List<String> fields) {
    return new AuditHold(
        fields.get(0),
        AuditNumbers.parsed(fields.get(1)),
        AuditNumbers.parsed(fields.get(2)),
        fields.get(3),
        fields.get(4).equals("1"),
        fields.get(5).equals("plan"));
  }

  /** Or no number at all. */
  boolean isBelowZero() {
    return amount < 0 || tokens < 0;
  }

  /** What it counts as in the budget of this id, {@code name|unit|period}. */
  long share(String budget) {
    return switch (AuditBudgets.measure(budget)) {
      case USD -> amount;
      case TOKENS -> tokens;
      case REQUESTS -> isCounted ? 0 : 1;
      default -> 1;
    };
  }
}
