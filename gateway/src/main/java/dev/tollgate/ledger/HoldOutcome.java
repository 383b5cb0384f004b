package dev.tollgate.ledger;

import dev.tollgate.domain.Refusal;

/** How a hold went. */
public sealed interface HoldOutcome {
  /**
   * @param heldNanoUsd what was set aside: the quote times the account's multiplier
   * @param multiplierPpm the account's price multiplier in millionths, as of now; the settlement
   *     uses it too
   * @param heldAtMillis Redis time
   */
  record Held(long heldNanoUsd, long multiplierPpm, long heldAtMillis) implements HoldOutcome {}

  record Refused(Refusal refusal) implements HoldOutcome {}
}
