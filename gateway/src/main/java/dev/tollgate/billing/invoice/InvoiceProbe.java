package dev.tollgate.billing.invoice;

/** For tests: told at each step of an invoice, before the next; may throw. */
@FunctionalInterface
interface InvoiceProbe {
  /** What has just been done. */
  enum Step {
    DRAWN,
    HEAD_MOVED,
    NUMBERED,
    INSERTED,
    COMMITTED,
    TAX_SENT,
    TAX_BOOKED
  }

  InvoiceProbe NONE = step -> {};

  void at(Step step);
}
