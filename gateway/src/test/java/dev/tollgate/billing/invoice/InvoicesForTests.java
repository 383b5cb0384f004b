package dev.tollgate.billing.invoice;

import dev.tollgate.billing.invoice.Invoice.Due;
import dev.tollgate.billing.invoice.Invoice.Tax;
import dev.tollgate.billing.invoice.Statement.Sum;
import dev.tollgate.billing.invoice.Statement.Used;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Invoices as they are made, of what a test says. */
final class InvoicesForTests {
  static final Seller SELLER =
      new Seller(
          "Tollgate Inference GmbH",
          List.of("Am Treptower Park 28–30", "12435 Berlin", "Germany"),
          "VAT ID DE123456789",
          "billing@tollgate.example");
  static final TaxRate ON_TOP = new TaxRate("VAT", 190_000, false);
  static final TaxRate WITHIN = new TaxRate("VAT", 190_000, true);
  static final long USD = 1_000_000_000L;

  private InvoicesForTests() {}

  static List<Sum> usualSums() {
    return List.of(
        usage("llama-3.3-70b", -3_412_345_678L),
        usage("deepseek-r1-distill-70b", -118_004_999_999L),
        usage("bge-large-en-v1.5", -4_321L),
        new Sum("debit_request", "GET /api/premium/**", true, "", -2_440_000_000L),
        new Sum("debit_run", "Qwen/Qwen3.5-2B", true, "", -13_420_000_000L),
        new Sum("adjustment", "Qwen/Qwen3.5-2B", true, "", -120_000_000L),
        new Sum("plan_fee", "", false, "", -49 * USD),
        new Sum("topup", "", false, "", 100 * USD),
        new Sum("bonus", "", false, "", 10 * USD),
        new Sum("adjustment", "", false, "INV-000001", -2_340_000_000L));
  }

  static Sum usage(String model, long amountNanoUsd) {
    return new Sum("debit_inference", model, true, "", amountNanoUsd);
  }

  static Map<String, Used> usualUse() {
    Map<String, Used> used = new HashMap<>();
    used.put("llama-3.3-70b", new Used(18_204, 12_480_221, 1_521_007));
    used.put("deepseek-r1-distill-70b", new Used(1_204_511, 3_480_120_221L, 921_331_007L));
    used.put("bge-large-en-v1.5", new Used(3, 432, 0));
    used.put("GET /api/premium/**", new Used(122, 0, 0));
    return used;
  }

  static Invoice of(
      Seller seller,
      Buyer buyer,
      Statement statement,
      @Nullable TaxRate rate,
      boolean isByInvoice) {
    Tax tax =
        rate == null
            ? null
            : new Tax(rate, statement.total().cents(), rate.cents(statement.total().cents()));
    long owed = Math.max(0, -statement.closing().cents() + (tax == null ? 0 : tax.addedCents()));
    long due = isByInvoice ? owed : 0;
    return new Invoice(
        "inv_0123456789abcdefghjk",
        "INV-000042",
        YearMonth.of(2026, 10),
        LocalDate.of(2026, 11, 1),
        seller,
        buyer,
        statement.charges(),
        statement.movements(),
        statement.opening(),
        statement.total(),
        statement.closing(),
        tax,
        new Due(isByInvoice, due, due == 0 ? null : LocalDate.of(2026, 11, 15), 0));
  }

  static Invoice usual(@Nullable TaxRate rate, boolean isByInvoice) {
    return of(
        SELLER,
        new Buyer("acct_7hq2n9t5s0c4v8xw1k3m", "Acme Robotics, Inc.", "ap@acme.example", List.of()),
        Statement.of(12_345_678_901L, usualSums(), usualUse()),
        rate,
        isByInvoice);
  }
}
