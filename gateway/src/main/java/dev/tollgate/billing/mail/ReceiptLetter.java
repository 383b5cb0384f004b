package dev.tollgate.billing.mail;

import dev.tollgate.billing.mail.Receipt.Bonus;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A receipt as people read it: subject, plain text and HTML that say the same. */
record ReceiptLetter(String subject, String text, String html) {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final int LABEL_CHARACTERS = 15;

  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>#subject</title></head>
      <body style="margin:0;padding:24px 12px;background:#f4f5f7;color:#1f2933;font:15px/1.5 -apple-system,'Segoe UI',Helvetica,Arial,sans-serif">
      <table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;max-width:520px;margin:0 auto;background:#ffffff;border:1px solid #e1e5ea;border-radius:8px">
      <tr><td style="padding:28px 32px 8px">
      <div style="font-size:13px;color:#66727f">#seller</div>
      <div style="font-size:20px;font-weight:600;margin:4px 0 16px">#title</div>
      <div style="font-size:34px;font-weight:700;letter-spacing:-0.5px">#amount</div>
      <p style="margin:12px 0 20px">#thanks</p>
      </td></tr>
      <tr><td style="padding:0 32px 24px">
      <table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse">
      #rows
      </table>
      </td></tr>
      <tr><td style="padding:16px 32px 24px;border-top:1px solid #e1e5ea;font-size:13px;color:#66727f">#foot</td></tr>
      </table>
      </body>
      </html>
      """;

  private static final Pattern PLACE = Pattern.compile("#[a-z]+");

  private static final String FOOT =
      "This is a receipt, not an invoice: what was used is on the invoice of the month.";

  private record Row(String label, String value) {}

  /**
   * @param seller may be empty
   * @param buyer the name of the account
   * @param bonus null where there is none
   */
  static ReceiptLetter of(Receipt receipt, @Nullable Bonus bonus, String seller, String buyer) {
    String amount = usd(Math.abs(receipt.amountNanoUsd()));
    String title = receipt.isTopUp() ? "Top-up receipt" : "Plan payment receipt";
    String subject = title + ": " + amount + (seller.isEmpty() ? "" : " – " + oneLine(seller));
    String thanks =
        receipt.isTopUp()
            ? "Thank you. Your payment has been added to your balance."
            : "Thank you. The fee of your plan has been taken from your balance.";
    List<Row> rows = rows(receipt, bonus, amount, buyer);
    return new ReceiptLetter(
        subject,
        text(seller, title, thanks, rows),
        html(subject, seller, title, amount, thanks, rows));
  }

  private static List<Row> rows(
      Receipt receipt, @Nullable Bonus bonus, String amount, String buyer) {
    List<Row> rows = new ArrayList<>();
    rows.add(new Row(receipt.isTopUp() ? "Top-up" : "Plan fee", amount));
    long after = receipt.balanceAfterNanoUsd();
    if (bonus != null) {
      rows.add(new Row("Bonus", usd(bonus.amountNanoUsd())));
      after = bonus.balanceAfterNanoUsd();
    }
    rows.add(new Row("Balance after", usd(after)));
    rows.add(new Row("Date", DATE.format(Instant.ofEpochMilli(receipt.atMillis()))));
    if (!receipt.reference().isBlank()) {
      rows.add(new Row("Reference", oneLine(receipt.reference())));
    }
    rows.add(new Row("Account", oneLine(buyer.isBlank() ? receipt.account() : buyer)));
    rows.add(new Row("Receipt", receipt.number()));
    return rows;
  }

  private static String text(String seller, String title, String thanks, List<Row> rows) {
    String table =
        rows.stream()
            .map(row -> row.label() + ":" + " ".repeat(spaces(row.label())) + row.value())
            .collect(Collectors.joining("\n"));
    String head = seller.isEmpty() ? title : oneLine(seller) + "\n" + title;
    return head + "\n\n" + thanks + "\n\n" + table + "\n\n" + FOOT + "\n";
  }

  private static int spaces(String label) {
    return Math.max(1, LABEL_CHARACTERS - label.length());
  }

  private static String html(
      String subject, String seller, String title, String amount, String thanks, List<Row> rows) {
    String table =
        rows.stream().map(ReceiptLetter::htmlRow).collect(Collectors.joining()).stripTrailing();
    Map<String, String> values =
        Map.of(
            "#subject", escaped(subject),
            "#seller", escaped(seller),
            "#title", escaped(title),
            "#amount", escaped(amount),
            "#thanks", escaped(thanks),
            "#rows", table,
            "#foot", escaped(FOOT));
    StringBuilder page = new StringBuilder();
    // One pass: what a value says is never taken for a place.
    Matcher places = PLACE.matcher(PAGE);
    int done = 0;
    while (places.find()) {
      String value = values.get(places.group());
      if (value != null) {
        page.append(PAGE, done, places.start()).append(value);
        done = places.end();
      }
    }
    return page.append(PAGE.substring(done)).toString();
  }

  private static String htmlRow(Row row) {
    return """
    <tr><td style="padding:8px 0;border-top:1px solid #eef0f3;color:#66727f">%s</td>\
    <td style="padding:8px 0;border-top:1px solid #eef0f3;text-align:right">%s</td></tr>
    """
        .formatted(escaped(row.label()), escaped(row.value()));
  }

  /** To the cent, or as exactly as it is. */
  private static String usd(long nanoUsd) {
    BigDecimal exact = BigDecimal.valueOf(Math.abs(nanoUsd), 9).stripTrailingZeros();
    BigDecimal shown = exact.scale() < 2 ? exact.setScale(2) : exact;
    return (nanoUsd < 0 ? "-$" : "$") + shown.toPlainString();
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cntrl}\\p{Cs}]+", " ").strip();
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    oneLine(text)
        .codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(point);
              }
            });
    return escaped.toString();
  }
}
