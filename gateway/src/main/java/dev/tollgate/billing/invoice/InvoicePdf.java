package dev.tollgate.billing.invoice;

import dev.tollgate.billing.invoice.Invoice.Line;
import dev.tollgate.billing.invoice.Invoice.Tax;
import dev.tollgate.billing.invoice.Paper.Style;
import dev.tollgate.domain.Blocking;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Locale;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.jspecify.annotations.Nullable;

/** An invoice on paper: A4, as many pages as it takes. Of one thread. */
@Blocking
public final class InvoicePdf {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH);

  private static final float LEFT = 56;
  private static final float RIGHT = Paper.WIDTH - 56;
  private static final float INNER = RIGHT - LEFT;
  private static final float TOP = 60;
  private static final float BOTTOM = Paper.HEIGHT - 74;
  private static final float FOOT = Paper.HEIGHT - 44;

  private static final float LINE = 12.5f;
  private static final float ROW = LINE + 6.5f;
  private static final float CELL = 8;

  /** Where the columns of numbers end, from the right edge. */
  private static final float AMOUNT = RIGHT - CELL;

  private static final float OUTPUT = AMOUNT - 82;
  private static final float INPUT = OUTPUT - 78;
  private static final float REQUESTS = INPUT - 78;
  private static final float DESCRIPTION_WIDTH = REQUESTS - LEFT - 58;

  /** Where labels of sums begin. */
  private static final float SUMS = RIGHT - 220;

  private final Invoice invoice;
  private final Paper paper;
  private float y = TOP;

  private InvoicePdf(Invoice invoice, Paper paper) {
    this.invoice = invoice;
    this.paper = paper;
  }

  /** The whole file. */
  public static byte[] render(Invoice invoice) {
    try (PDDocument document = new PDDocument()) {
      describe(document, invoice);
      try (Paper paper = new Paper(document, PaperFont.in(document))) {
        InvoicePdf pdf = new InvoicePdf(invoice, paper);
        pdf.draw();
        pdf.drawFeet();
      }
      ByteArrayOutputStream file = new ByteArrayOutputStream();
      document.save(file);
      return file.toByteArray();
    } catch (IOException impossible) {
      throw new UncheckedIOException("in memory", impossible);
    }
  }

  private static void describe(PDDocument document, Invoice invoice) {
    PDDocumentInformation about = new PDDocumentInformation();
    about.setTitle("Invoice " + invoice.number());
    about.setAuthor(invoice.seller().name());
    about.setCreator("Tollgate");
    about.setCreationDate(GregorianCalendar.from(invoice.issuedOn().atStartOfDay(ZoneOffset.UTC)));
    document.setDocumentInformation(about);
  }

  private void draw() throws IOException {
    drawHead();
    drawParties();
    drawCharges();
    drawTotals();
    drawAccount();
    drawDue();
  }

  // ---- who, whom and when

  private void drawHead() throws IOException {
    Seller seller = invoice.seller();
    paper.right("INVOICE", new Style(22, Paper.ACCENT, true), RIGHT, y + 6);
    paper.right(invoice.number(), new Style(11, Paper.INK, false), RIGHT, y + 24);
    Style name = new Style(14, Paper.INK, true);
    float width = INNER - 190;
    for (String line : few(wrap(seller.name(), name, width), 2)) {
      paper.left(line, name, LEFT, y);
      y += 17;
    }
    List<String> lines = new ArrayList<>(seller.address());
    lines.add(seller.email());
    lines.add(seller.taxId());
    for (String line : lines) {
      if (!line.isBlank()) {
        paper.left(fitted(line, Style.SMALL, width), Style.SMALL, LEFT, y);
        y += 11.5f;
      }
    }
    y = Math.max(y, TOP + 36) + 14;
    paper.rule(LEFT, y, INNER, 1.2f, Paper.ACCENT);
    y += 26;
  }

  private void drawParties() throws IOException {
    float top = y;
    Buyer buyer = invoice.buyer();
    paper.left("BILLED TO", Style.LABEL, LEFT, y);
    y += 15;
    Style name = new Style(10.5f, Paper.INK, true);
    float width = INNER / 2 - 20;
    for (String line : few(wrap(buyer.name(), name, width), 3)) {
      paper.left(line, name, LEFT, y);
      y += 14;
    }
    List<String> lines = new ArrayList<>(buyer.address());
    lines.add(buyer.email());
    lines.add("Account " + buyer.account());
    for (String line : lines) {
      if (!line.isBlank()) {
        paper.left(fitted(line, Style.BODY, width), Style.BODY.in(Paper.MUTED), LEFT, y);
        y += LINE;
      }
    }
    float left = y;
    y = top;
    drawFact("Invoice number", invoice.number());
    drawFact("Date of issue", DAY.format(invoice.issuedOn()));
    drawFact("Period", period());
    @Nullable LocalDate on = invoice.due().on();
    drawFact("Payment", on == null ? "Nothing due" : "Due " + DAY.format(on));
    y = Math.max(left, y) + 18;
  }

  private void drawFact(String label, String value) throws IOException {
    float x = LEFT + INNER / 2 + 10;
    paper.left(label, Style.BODY.in(Paper.MUTED), x, y);
    paper.right(fitted(value, Style.BODY, RIGHT - x - 80), Style.BODY, RIGHT, y);
    y += 15;
  }

  private String period() {
    return "1 – " + DAY.format(invoice.month().atEndOfMonth());
  }

  // ---- usage and fees

  private void drawCharges() throws IOException {
    drawChargesHead("USAGE AND FEES");
    for (Line line : invoice.charges()) {
      List<String> description = wrap(line.description(), Style.BODY, DESCRIPTION_WIDTH);
      if (y + description.size() * LINE + 10 > BOTTOM) {
        turnPage();
        drawChargesHead("USAGE AND FEES, CONTINUED");
      }
      drawNumber(line.requests(), REQUESTS);
      if (hasTokens(line)) {
        drawNumber(line.inputTokens(), INPUT);
        drawNumber(line.outputTokens(), OUTPUT);
      }
      paper.right(money(line.amount().cents()), Style.BODY, AMOUNT, y);
      for (String one : description) {
        paper.left(one, Style.BODY, LEFT + CELL, y);
        y += LINE;
      }
      paper.rule(LEFT, y - 5.5f, INNER, 0.4f, Paper.RULE);
      y += 6.5f;
    }
    if (invoice.charges().isEmpty()) {
      paper.left("Nothing was used.", Style.BODY.in(Paper.MUTED), LEFT + CELL, y);
      y += LINE + 6;
    }
  }

  private void drawChargesHead(String title) throws IOException {
    paper.box(LEFT, y - 14, INNER, 21, Paper.SHADE);
    paper.left(title, Style.LABEL, LEFT + CELL, y);
    paper.right("REQUESTS", Style.LABEL, REQUESTS, y);
    paper.right("INPUT TOKENS", Style.LABEL, INPUT, y);
    paper.right("OUTPUT TOKENS", Style.LABEL, OUTPUT, y);
    paper.right("AMOUNT (USD)", Style.LABEL, AMOUNT, y);
    y += 23;
  }

  private static boolean hasTokens(Line line) {
    return !Long.valueOf(0).equals(line.inputTokens())
        || !Long.valueOf(0).equals(line.outputTokens());
  }

  private void drawNumber(@Nullable Long number, float x) throws IOException {
    if (number != null) {
      paper.right(String.format(Locale.ROOT, "%,d", number), Style.BODY, x, y);
    }
  }

  private void drawTotals() throws IOException {
    @Nullable Tax tax = invoice.tax();
    requireRoom(70);
    y += 4;
    if (tax == null) {
      drawTotal("Total", invoice.total().cents());
    } else if (tax.rate().isIncluded()) {
      drawTotal("Total", invoice.total().cents());
      drawSum("of which net", tax.netCents(), Style.BODY.in(Paper.MUTED));
      drawSum("of which " + taxName(tax), tax.cents(), Style.BODY.in(Paper.MUTED));
    } else {
      drawSum("Net", tax.netCents(), Style.BODY);
      drawSum(taxName(tax), tax.cents(), Style.BODY);
      drawTotal("Total", tax.grossCents());
    }
    y += 20;
  }

  private static String taxName(Tax tax) {
    BigDecimal percent = BigDecimal.valueOf(tax.rate().ppm(), 4).stripTrailingZeros();
    return "%s %s %%".formatted(tax.rate().name(), percent.toPlainString());
  }

  private void drawSum(String label, long cents, Style style) throws IOException {
    paper.left(fitted(label, style, 130), style, SUMS, y);
    paper.right(money(cents), style, AMOUNT, y);
    y += 15;
  }

  private void drawTotal(String label, long cents) throws IOException {
    Style style = new Style(11, Paper.INK, true);
    paper.rule(SUMS, y - 8.5f, RIGHT - SUMS, 0.8f, Paper.INK);
    y += 7;
    paper.left(label, style, SUMS, y);
    paper.right("$" + money(cents), style, AMOUNT, y);
    y += 18;
  }

  // ---- the account

  private void drawAccount() throws IOException {
    // In one piece where it is short.
    int rows = invoice.movements().size() + 4;
    requireRoom(rows > 16 ? 60 : 23 + rows * ROW);
    drawAccountHead("ACCOUNT BALANCE");
    drawRow("Balance before", invoice.opening().cents(), Style.BODY);
    for (Line line : invoice.movements()) {
      drawRow(line.description(), line.amount().cents(), Style.BODY);
    }
    drawRow("Usage and fees of this invoice", -invoice.total().cents(), Style.BODY);
    @Nullable Tax tax = invoice.tax();
    if (tax != null && tax.addedCents() != 0) {
      drawRow(taxName(tax) + " of this invoice", -tax.addedCents(), Style.BODY);
    }
    drawRow("Balance after", invoice.balanceCents(), Style.STRONG);
    y += 16;
  }

  private void drawAccountHead(String title) throws IOException {
    paper.box(LEFT, y - 14, INNER, 21, Paper.SHADE);
    paper.left(title, Style.LABEL, LEFT + CELL, y);
    paper.right("AMOUNT (USD)", Style.LABEL, AMOUNT, y);
    y += 23;
  }

  private void drawRow(String label, long cents, Style style) throws IOException {
    if (y + 10 > BOTTOM) {
      turnPage();
      drawAccountHead("ACCOUNT BALANCE, CONTINUED");
    }
    paper.left(fitted(label, style, INNER - 120), style, LEFT + CELL, y);
    paper.right(money(cents), style, AMOUNT, y);
    y += LINE;
    paper.rule(LEFT, y - 5.5f, INNER, 0.4f, Paper.RULE);
    y += 6.5f;
  }

  // ---- what is due

  private void drawDue() throws IOException {
    Invoice.Due due = invoice.due();
    @Nullable LocalDate on = due.on();
    List<String> more = wrap(dueText(due), Style.BODY, INNER - 40);
    float height = 33 + more.size() * LINE;
    requireRoom(height);
    paper.box(LEFT, y - 14, INNER, height, Paper.SHADE);
    paper.box(LEFT, y - 14, 3, height, Paper.ACCENT);
    Style strong = new Style(11.5f, Paper.INK, true);
    if (on == null) {
      paper.left("Nothing due", strong, LEFT + 16, y + 6);
    } else {
      paper.left("Due by " + DAY.format(on), strong, LEFT + 16, y + 6);
      paper.right("$" + money(due.cents()), new Style(14, Paper.ACCENT, true), AMOUNT, y + 6);
    }
    y += 22;
    for (String line : more) {
      paper.left(line, Style.BODY.in(Paper.MUTED), LEFT + 16, y);
      y += LINE;
    }
  }

  private String dueText(Invoice.Due due) {
    String earlier =
        due.earlierCents() > 0
            ? " $"
                + money(due.earlierCents())
                + " of earlier invoices was open at the end of the month."
            : "";
    if (due.on() != null) {
      return "Please state " + invoice.number() + " with your payment." + earlier;
    }
    if (due.isByInvoice()) {
      return "The balance covers this invoice." + earlier;
    }
    return invoice.balanceCents() < 0
        ? "Paid from prepaid credit. The balance is below zero; the next top-up makes up for it."
        : "Paid from prepaid credit.";
  }

  // ---- pages

  private void requireRoom(float height) throws IOException {
    if (y + height > BOTTOM) {
      turnPage();
    }
  }

  private void turnPage() throws IOException {
    paper.nextPage();
    y = TOP;
  }

  private void drawFeet() throws IOException {
    Seller seller = invoice.seller();
    String who =
        String.join(
            "  ·  ",
            List.of(seller.name(), seller.taxId(), seller.email()).stream()
                .filter(text -> !text.isBlank())
                .toList());
    for (int number = 0; number < paper.pages(); number++) {
      paper.returnTo(number);
      paper.rule(LEFT, FOOT - 14, INNER, 0.4f, Paper.RULE);
      paper.left(fitted(who, Style.SMALL, INNER - 170), Style.SMALL, LEFT, FOOT);
      String page = "%s  ·  page %d of %d".formatted(invoice.number(), number + 1, paper.pages());
      paper.right(page, Style.SMALL, RIGHT, FOOT);
    }
  }

  // ---- text

  private List<String> wrap(String text, Style style, float width) throws IOException {
    return paper.font().wrap(text, style.size(), width);
  }

  private String fitted(String text, Style style, float width) throws IOException {
    return paper.font().fitted(text, style.size(), width);
  }

  private static List<String> few(List<String> lines, int max) {
    return lines.subList(0, Math.min(lines.size(), max));
  }

  /** {@code 1,234.50}, {@code -0.05}. */
  private static String money(long cents) {
    return String.format(Locale.ROOT, "%,.2f", BigDecimal.valueOf(cents, 2));
  }
}
