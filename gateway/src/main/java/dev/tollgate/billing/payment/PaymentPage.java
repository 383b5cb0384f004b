package dev.tollgate.billing.payment;

import java.util.List;

/**
 * Some of an account's payments, newest first.
 *
 * @param total of all
 */
public record PaymentPage(List<Listed> payments, long total) {
  public PaymentPage {
    payments = List.copyOf(payments);
  }

  /** A payment and what of it went back, oldest first. */
  public record Listed(Payment payment, List<Refund> refunds) {
    public Listed {
      refunds = List.copyOf(refunds);
    }

    /** What has gone back, or is going. */
    public long refundedCents() {
      return refunds.stream().filter(Refund::isLive).mapToLong(Refund::amountCents).sum();
    }
  }
}
