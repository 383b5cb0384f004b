package dev.tollgate.config;

import dev.tollgate.billing.invoice.InvoiceLimits;
import dev.tollgate.billing.invoice.InvoiceSettings;
import dev.tollgate.billing.invoice.Seller;
import dev.tollgate.billing.invoice.TaxRate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what stands on invoices, and when they are made. */
final class InvoicesReader {
  private static final Pattern NUMBER_PREFIX = Pattern.compile("[A-Za-z0-9/._-]{0,32}");
  private static final int TEXT_CHARACTERS_MAX = 200;
  private static final int ADDRESS_LINES_MAX = 6;
  private static final long PERCENT_PPM = 10_000;

  private InvoicesReader() {}

  static InvoiceSettings read(Section invoices) {
    InvoiceSettings fallback = InvoiceSettings.DEFAULT;
    return new InvoiceSettings(
        invoices.section("seller", InvoicesReader::seller),
        invoices.read("number_prefix", fallback.numberPrefix(), InvoicesReader::numberPrefix),
        invoices.integer("payment_days", fallback.paymentDays(), 0, 365),
        tax(invoices),
        invoices.flag("empty", fallback.isEmptyMade()));
  }

  private static Seller seller(Section seller) {
    List<String> address = new ArrayList<>();
    for (Value line : seller.items("address")) {
      if (address.size() == ADDRESS_LINES_MAX) {
        line.fault("expected no more than " + ADDRESS_LINES_MAX + " lines");
      }
      address.add(text(line));
    }
    return new Seller(
        seller.read("name", "", InvoicesReader::text),
        address,
        seller.read("tax_id", "", InvoicesReader::text),
        seller.read("email", "", InvoicesReader::text));
  }

  /** Text of one line that is printed; may be empty. */
  private static String text(Value value) {
    if (value.node() instanceof Node.Scalar scalar
        && scalar.value().length() <= TEXT_CHARACTERS_MAX
        && scalar.value().codePoints().noneMatch(Character::isISOControl)) {
      return scalar.value();
    }
    value.expected("a line of text of at most " + TEXT_CHARACTERS_MAX + " characters");
    return "";
  }

  private static String numberPrefix(Value value) {
    return value.matching(
        NUMBER_PREFIX, "at most 32 of A-Z a-z 0-9 / . _ -", InvoiceSettings.DEFAULT.numberPrefix());
  }

  private static @Nullable TaxRate tax(Section invoices) {
    return invoices.has("tax") ? invoices.section("tax", InvoicesReader::rate) : null;
  }

  private static TaxRate rate(Section tax) {
    tax.require("percent");
    return new TaxRate(
        tax.read("name", "VAT", InvoicesReader::text),
        tax.read("percent", 0L, value -> value.ppm(0, PERCENT_PPM, 100 * PERCENT_PPM)),
        tax.flag("included", true));
  }

  static InvoiceLimits limits(Section invoices) {
    InvoiceLimits fallback = InvoiceLimits.DEFAULT;
    return new InvoiceLimits(
        invoices.millis("look_millis", fallback.lookMillis()),
        invoices.read(
            "settle_millis",
            fallback.settleMillis(),
            value -> value.millis(fallback.settleMillis(), 0, 864_000_000)),
        invoices.millis("ledger_millis_max", fallback.ledgerMillisMax()));
  }
}
