package dev.tollgate.ledger;

/** How a settlement or a release went. */
public sealed interface SettleOutcome {
  /**
   * @param chargedNanoUsd what left the balance; 0 for a release
   * @param adjustedNanoUsd the part of it beyond the hold, booked as an {@code adjustment}
   * @param balanceNanoUsd the balance after
   * @param isReplay whether it had been settled before, and this is the first answer again
   */
  record Settled(long chargedNanoUsd, long adjustedNanoUsd, long balanceNanoUsd, boolean isReplay)
      implements SettleOutcome {}

  /** The account does not exist: nothing can be charged. */
  record UnknownAccount() implements SettleOutcome {}
}
