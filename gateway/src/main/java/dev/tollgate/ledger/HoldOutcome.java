package dev.tollgate.ledger;

import dev.tollgate.domain.Refusal;

/** How a hold went. */
public sealed interface HoldOutcome {
  /**
   * @param heldNanoUsd what was set aside: the quote times the account's multiplier
   * @param multiplierPpm the account's price multiplier in millionths, as of now; the settlement
   *     uses it too
   * @param heldAtMillis Redis time
   * @param limits what is left of the budgets of a minute, where there are any
   */
  record Held(long heldNanoUsd, long multiplierPpm, long heldAtMillis, RateLimits limits)
      implements HoldOutcome {
    /** Without budgets of a minute. */
    public Held(long heldNanoUsd, long multiplierPpm, long heldAtMillis) {
      this(heldNanoUsd, multiplierPpm, heldAtMillis, RateLimits.NONE);
    }
  }

  /**
   * @param limits as for a hold, where the budgets have been looked at
   */
  record Refused(Refusal refusal, RateLimits limits) implements HoldOutcome {
    /** Without budgets of a minute. */
    public Refused(Refusal refusal) {
      this(refusal, RateLimits.NONE);
    }
  }
}
