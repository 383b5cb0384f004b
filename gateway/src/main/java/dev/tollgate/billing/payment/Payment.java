package dev.tollgate.billing.payment;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;

/**
 * One try to pay.
 *
 * @param id ours, {@code pay_…}
 * @param provider who takes it, as the configuration names it
 * @param bonusNanoUsd what comes on top, as it was promised when this was made
 * @param session the provider's id of the checkout; empty where there is none, or not yet
 * @param intent the provider's id of the charge; empty until it is known
 * @param checkoutUrl where the customer pays; empty where there is none, or not yet
 * @param paidAtMillis when it was credited; 0 until then
 */
public record Payment(
    String id,
    AccountId account,
    Source source,
    String provider,
    Status status,
    long amountCents,
    long bonusNanoUsd,
    String session,
    String intent,
    String checkoutUrl,
    long createdAtMillis,
    long paidAtMillis) {

  /** How it is paid. */
  public enum Source {
    CHECKOUT,
    SAVED_METHOD
  }

  /** How far it is. What the provider tells may come in any order: a later one of these stays. */
  public enum Status {
    OPEN,
    /** The customer has paid; the bank has not yet. */
    PENDING,
    EXPIRED,
    FAILED,
    /** And credited, with its bonus. */
    PAID
  }

  long amountNanoUsd() {
    return Math.multiplyExact(amountCents, Money.NANO_PER_CENT);
  }

  /** The id of the credit of what was paid. */
  String topUpId() {
    return "payment:" + id;
  }

  /** The id of the credit of what comes on top. */
  String bonusId() {
    return topUpId() + ":bonus";
  }
}
