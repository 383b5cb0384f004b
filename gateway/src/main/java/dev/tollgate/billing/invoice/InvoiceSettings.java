package dev.tollgate.billing.invoice;

import org.jspecify.annotations.Nullable;

/**
 * What stands on invoices; may change at any time, for those that are made from then on.
 *
 * @param numberPrefix before the number, which goes on whatever the prefix
 * @param paymentDays until what is due is overdue
 * @param tax null for none
 * @param isEmptyMade whether months in which nothing happened get one, too
 */
public record InvoiceSettings(
    Seller seller,
    String numberPrefix,
    int paymentDays,
    @Nullable TaxRate tax,
    boolean isEmptyMade) {
  public static final InvoiceSettings DEFAULT =
      new InvoiceSettings(Seller.NOBODY, "INV-", 14, null, false);
}
