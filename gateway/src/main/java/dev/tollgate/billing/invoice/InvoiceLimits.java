package dev.tollgate.billing.invoice;

/**
 * When invoices are made.
 *
 * @param lookMillis between two looks for what is to be made
 * @param settleMillis from the end of a month until its invoices are made: what was asked for in it
 *     settles
 * @param ledgerMillisMax how long one look waits for an answer of the ledger or the drain
 */
public record InvoiceLimits(long lookMillis, long settleMillis, int ledgerMillisMax) {
  public static final InvoiceLimits DEFAULT = new InvoiceLimits(300_000, 3_600_000, 10_000);
}
