package dev.tollgate.billing.invoice;

/**
 * An invoice, and what has been paid on it since.
 *
 * @param paidCents by payments that an operator has booked
 * @param settledCents by other money that came in, found with a later invoice
 * @param overdueAtMillis from when on it is overdue if it is not paid
 */
public record StoredInvoice(
    Invoice invoice, long paidCents, long settledCents, long overdueAtMillis) {
  /** How it stands. */
  public enum Status {
    OPEN,
    PARTLY_PAID,
    PAID,
    OVERDUE
  }

  public long openCents() {
    return Math.max(0, invoice.due().cents() - paidCents - settledCents);
  }

  public Status status(long nowMillis) {
    if (openCents() == 0) {
      return Status.PAID;
    }
    if (nowMillis >= overdueAtMillis) {
      return Status.OVERDUE;
    }
    return paidCents + settledCents > 0 ? Status.PARTLY_PAID : Status.OPEN;
  }
}
