package dev.tollgate.billing.payment;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;

/**
 * What of a payment goes back to who paid it: a refund, or a dispute, which takes it without being
 * asked.
 *
 * @param id ours, {@code ref_…}, or the provider's where it began there
 * @param providerId the provider's; empty until it is known
 * @param bonusNanoUsd what of the bonus goes with it
 * @param bookedAs what the ids of its ledger entries begin with; empty where nothing was booked
 * @param attempt how often it was begun anew
 */
public record Refund(
    String id,
    String payment,
    AccountId account,
    Kind kind,
    Status status,
    String providerId,
    long amountCents,
    long bonusNanoUsd,
    String bookedAs,
    int attempt,
    long createdAtMillis) {

  /** Who wanted it. */
  public enum Kind {
    REFUND,
    DISPUTE
  }

  /** How far it is. What the provider tells may come in any order: a later one of these stays. */
  public enum Status {
    /** It is being taken from the balance. */
    BOOKING,
    /** It is taken from the balance; the provider is being asked. */
    ASKING,
    /** The provider did not say whether it did it: the balance has it back until it says so. */
    UNANSWERED,
    PENDING,
    SUCCEEDED,
    /** It did not go back, or came back: the balance has it. */
    FAILED
  }

  long amountNanoUsd() {
    return Math.multiplyExact(amountCents, Money.NANO_PER_CENT);
  }

  /** Whether it counts as gone, or as going. */
  boolean isLive() {
    return status != Status.FAILED && status != Status.UNANSWERED;
  }

  /** Whether the ledger has taken it, and has not given it back. */
  boolean isTaken() {
    return isLive() && status != Status.BOOKING;
  }
}
