package dev.tollgate.ledger;

/** How a change of a plan went. */
public sealed interface PlanOutcome {
  /**
   * @param isReplay whether it had been made before
   */
  record Changed(long balanceNanoUsd, boolean isReplay) implements PlanOutcome {}

  /**
   * The balance and the credit limit do not cover the fee; nothing was changed.
   *
   * @param requiredNanoUsd the fee, less what would have come back
   */
  record Insufficient(long requiredNanoUsd, long availableNanoUsd) implements PlanOutcome {}

  /** The plan has been changed meanwhile; nothing was changed now. */
  record Moved() implements PlanOutcome {}

  record UnknownAccount() implements PlanOutcome {}

  /** The account has as many budgets as it may; nothing was changed. */
  record TooManyBudgets() implements PlanOutcome {}

  /** The balance would leave the range in which Redis counts exactly; nothing was changed. */
  record OutOfRange() implements PlanOutcome {}
}
