package dev.tollgate.billing.invoice;

import java.time.LocalDate;
import java.time.YearMonth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An invoice as it was made. Amounts have both their exact nano-USD and the cents of the paper.
 * Cents are by how many the balance in whole cents, rounded down, moved: they add up like the exact
 * ones do.
 *
 * @param number without gaps, over all accounts
 * @param month what it is for, in UTC
 * @param issuedOn when it was made, which may be later than the first of the next month
 * @param charges usage and fees: above zero what was charged
 * @param movements of the balance beside these: above zero what came in
 * @param opening the balance before, which is the closing one of the invoice before
 * @param total of the charges
 * @param closing the balance after; tax that comes on top is not taken off yet
 * @param tax null where there is none
 */
public record Invoice(
    String id,
    String number,
    YearMonth month,
    LocalDate issuedOn,
    Seller seller,
    Buyer buyer,
    List<Line> charges,
    List<Line> movements,
    Amount opening,
    Amount total,
    Amount closing,
    @Nullable Tax tax,
    Due due) {
  public Invoice {
    charges = List.copyOf(charges);
    movements = List.copyOf(movements);
  }

  /** Exactly, and on paper. */
  public record Amount(long nanoUsd, long cents) {}

  /**
   * A line.
   *
   * @param kind of the entries it adds up, or what else it is
   * @param model empty for none
   * @param reference the number of another invoice; empty for none
   * @param requests null where they are not counted, and so are tokens
   * @param inputTokens those that came from a cache or went into it included
   */
  public record Line(
      String kind,
      String model,
      String reference,
      @Nullable Long requests,
      @Nullable Long inputTokens,
      @Nullable Long outputTokens,
      Amount amount) {
    /** As people read it. */
    public String description() {
      String what =
          switch (kind) {
            case "debit_inference" -> "Inference";
            case "debit_request" -> "API calls";
            case "debit_run" -> "Training runs";
            case "debit_autotune" -> "Auto-tune";
            case "plan_fee" -> "Plan fees";
            case "topup" -> "Payments received";
            case "bonus" -> "Bonus credit";
            case "signup_bonus" -> "Welcome credit";
            case "refund" -> "Refunds";
            case "tax" -> "Tax of invoice " + reference;
            case "adjustment" -> model.isEmpty() ? "Adjustments" : "Adjustments to actual cost";
            default -> kind;
          };
      return model.isEmpty() ? what : what + ": " + model;
    }
  }

  /**
   * What there is of tax.
   *
   * @param baseCents usage and fees, with the tax where it is included
   */
  public record Tax(TaxRate rate, long baseCents, long cents) {
    /** What comes on top of usage and fees. */
    public long addedCents() {
      return rate.isIncluded() ? 0 : cents;
    }

    public long netCents() {
      return rate.isIncluded() ? baseCents - cents : baseCents;
    }

    public long grossCents() {
      return netCents() + cents;
    }
  }

  /**
   * What is to be paid.
   *
   * @param isByInvoice whether the account pays by invoice; else it has paid before
   * @param cents of this invoice
   * @param on until the end of this day, UTC; null where nothing is due
   * @param earlierCents what of earlier invoices was open at the end of the month
   */
  public record Due(boolean isByInvoice, long cents, @Nullable LocalDate on, long earlierCents) {}

  /** Tax that comes on top of what is charged. */
  public long addedTaxCents() {
    return tax == null ? 0 : tax.addedCents();
  }

  /** What is charged, with its tax. */
  public long grossCents() {
    return total.cents() + addedTaxCents();
  }

  /** The balance in cents once the tax is taken off. */
  public long balanceCents() {
    return closing.cents() - addedTaxCents();
  }
}
