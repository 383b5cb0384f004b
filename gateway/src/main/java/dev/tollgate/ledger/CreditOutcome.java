package dev.tollgate.ledger;

/** How a credit went. */
public sealed interface CreditOutcome {
  /**
   * @param entryId names the ledger entry
   * @param isReplay whether this id had been booked before with the same amount and kind
   */
  record Credited(String entryId, long amountNanoUsd, long balanceNanoUsd, boolean isReplay)
      implements CreditOutcome {}

  /** The balance, less what is held, would fall below the credit's floor; nothing was booked. */
  record Insufficient(long balanceNanoUsd, long heldNanoUsd) implements CreditOutcome {}

  record UnknownAccount() implements CreditOutcome {}

  /** The id was used before for another amount, kind or account; nothing was booked. */
  record Conflict() implements CreditOutcome {}

  /** The balance would leave the range in which Redis counts exactly; nothing was booked. */
  record OutOfRange() implements CreditOutcome {}
}
