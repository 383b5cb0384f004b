package dev.tollgate.billing.invoice;

import dev.tollgate.billing.invoice.Invoice.Line;
import dev.tollgate.billing.invoice.Invoice.Tax;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Invoices as the doors answer them, as of a moment. */
public final class InvoiceFields {
  private InvoiceFields() {}

  /** What a list has of each. */
  public static Map<String, @Nullable Object> summary(StoredInvoice stored, long nowMillis) {
    Invoice invoice = stored.invoice();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", invoice.id());
    fields.put("number", invoice.number());
    fields.put("account_id", invoice.buyer().account());
    fields.put("month", invoice.month().toString());
    fields.put("issued_on", invoice.issuedOn().toString());
    fields.put("status", Spelling.of(stored.status(nowMillis)));
    fields.put("total_usd", Money.decimal(totalNanoUsd(invoice)));
    fields.put("total_cents", invoice.grossCents());
    fields.put("due_cents", invoice.due().cents());
    fields.put("due_on", text(invoice.due().on()));
    fields.put("paid_cents", stored.paidCents());
    fields.put("settled_cents", stored.settledCents());
    fields.put("open_cents", stored.openCents());
    fields.put("pdf_url", "/v1/billing/invoices/" + invoice.id() + ".pdf");
    return fields;
  }

  private static long totalNanoUsd(Invoice invoice) {
    return invoice.total().nanoUsd() + invoice.addedTaxCents() * Money.NANO_PER_CENT;
  }

  /** All of it. */
  public static Map<String, @Nullable Object> whole(StoredInvoice stored, long nowMillis) {
    Invoice invoice = stored.invoice();
    Map<String, @Nullable Object> fields = summary(stored, nowMillis);
    fields.put("period_start", invoice.month().atDay(1).toString());
    fields.put("period_end", invoice.month().atEndOfMonth().toString());
    fields.put("seller", seller(invoice.seller()));
    fields.put("buyer", buyer(invoice.buyer()));
    fields.put("lines", invoice.charges().stream().map(InvoiceFields::charge).toList());
    fields.put("subtotal_usd", Money.decimal(invoice.total().nanoUsd()));
    fields.put("subtotal_cents", invoice.total().cents());
    fields.put("tax", tax(invoice.tax()));
    fields.put("account", account(invoice));
    fields.put("pays_by_invoice", invoice.due().isByInvoice());
    fields.put("earlier_open_cents", invoice.due().earlierCents());
    return fields;
  }

  private static Map<String, ?> seller(Seller seller) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", seller.name());
    fields.put("address", seller.address());
    fields.put("tax_id", seller.taxId());
    fields.put("email", seller.email());
    return fields;
  }

  private static Map<String, ?> buyer(Buyer buyer) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("account_id", buyer.account());
    fields.put("name", buyer.name());
    fields.put("email", buyer.email());
    fields.put("address", buyer.address());
    return fields;
  }

  private static Map<String, @Nullable Object> charge(Line line) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("kind", line.kind());
    fields.put("description", line.description());
    fields.put("model", orNull(line.model()));
    fields.put("requests", line.requests());
    fields.put("input_tokens", line.inputTokens());
    fields.put("output_tokens", line.outputTokens());
    fields.put("amount_usd", Money.decimal(line.amount().nanoUsd()));
    fields.put("amount_cents", line.amount().cents());
    return fields;
  }

  private static @Nullable Map<String, ?> tax(@Nullable Tax tax) {
    if (tax == null) {
      return null;
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", tax.rate().name());
    fields.put("percent", percent(tax.rate()));
    fields.put("included", tax.rate().isIncluded());
    fields.put("net_cents", tax.netCents());
    fields.put("tax_cents", tax.cents());
    fields.put("gross_cents", tax.grossCents());
    return fields;
  }

  private static BigDecimal percent(TaxRate rate) {
    BigDecimal percent = BigDecimal.valueOf(rate.ppm(), 4).stripTrailingZeros();
    return percent.scale() < 0 ? percent.setScale(0) : percent;
  }

  private static Map<String, ?> account(Invoice invoice) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("opening_balance_usd", Money.decimal(invoice.opening().nanoUsd()));
    fields.put("opening_balance_cents", invoice.opening().cents());
    fields.put("movements", invoice.movements().stream().map(InvoiceFields::movement).toList());
    fields.put("closing_balance_usd", Money.decimal(invoice.closing().nanoUsd()));
    fields.put("closing_balance_cents", invoice.closing().cents());
    fields.put("balance_after_tax_cents", invoice.balanceCents());
    return fields;
  }

  private static Map<String, @Nullable Object> movement(Line line) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("kind", line.kind());
    fields.put("description", line.description());
    fields.put("reference", orNull(line.reference()));
    fields.put("amount_usd", Money.decimal(line.amount().nanoUsd()));
    fields.put("amount_cents", line.amount().cents());
    return fields;
  }

  /** What is known of a page. */
  public static Map<String, ?> page(
      List<Map<String, @Nullable Object>> data, int page, int perPage, long total) {
    Map<String, Object> meta = new LinkedHashMap<>();
    meta.put("page", page);
    meta.put("per_page", perPage);
    meta.put("total", total);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("data", data);
    document.put("meta", meta);
    return document;
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static @Nullable String text(@Nullable LocalDate day) {
    return day == null ? null : day.toString();
  }
}
