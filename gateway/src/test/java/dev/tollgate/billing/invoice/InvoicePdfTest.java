package dev.tollgate.billing.invoice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.invoice.Statement.Sum;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.rendering.PDFRenderer;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is on the paper, read back from the file. With {@code -Dtollgate.test.paper=<folder>} the
 * pages are left there as pictures, to be looked at.
 */
class InvoicePdfTest {
  private record Pages(List<String> texts) {
    String all() {
      return String.join("\n", texts);
    }
  }

  private static Pages read(String name, Invoice invoice) throws IOException {
    byte[] file = InvoicePdf.render(invoice);
    try (PDDocument document = Loader.loadPDF(file)) {
      List<String> texts = new ArrayList<>();
      PDFTextStripper stripper = new PDFTextStripper();
      stripper.setSortByPosition(true);
      for (int page = 1; page <= document.getNumberOfPages(); page++) {
        stripper.setStartPage(page);
        stripper.setEndPage(page);
        texts.add(stripper.getText(document));
      }
      leavePictures(name, document);
      return new Pages(texts);
    }
  }

  private static void leavePictures(String name, PDDocument document) throws IOException {
    String folder = System.getProperty("tollgate.test.paper");
    if (folder != null) {
      for (int page = 0; page < document.getNumberOfPages(); page++) {
        BufferedImage picture = new PDFRenderer(document).renderImageWithDPI(page, 110);
        ImageIO.write(picture, "png", new File(folder, name + "-" + (page + 1) + ".png"));
      }
    }
  }

  @Test
  void invoice_paidFromCredit_saysAllThatItIs() throws IOException {
    String text = read("prepaid", InvoicesForTests.usual(InvoicesForTests.WITHIN, false)).all();

    assertThat(text)
        .contains("INVOICE", "INV-000042", "Tollgate Inference GmbH", "Am Treptower Park 28–30")
        .contains("VAT ID DE123456789", "Acme Robotics, Inc.", "ap@acme.example")
        .contains("1 November 2026", "1 – 31 October 2026")
        .contains("Inference: llama-3.3-70b", "18,204", "12,480,221", "1,521,007")
        .contains("Training runs: Qwen/Qwen3.5-2B", "13.54", "Plan fees", "49.00")
        .contains("Balance before 12.34", "Payments received 100.00", "Bonus credit 10.00")
        .contains("Tax of invoice INV-000001 -2.34")
        .contains("of which VAT 19 %", "Paid from prepaid credit.", "page 1 of 1");
  }

  @Test
  void invoice_notPaid_saysWhatIsDueAndWhen() throws IOException {
    Invoice invoice = InvoicesForTests.usual(InvoicesForTests.ON_TOP, true);
    String text = read("due", invoice).all();
    long net = invoice.total().cents();
    long tax = (net * 19 + 50) / 100;

    assertThat(invoice.grossCents()).isEqualTo(net + tax);
    assertThat(text)
        .contains("Due by 15 November 2026", "Please state INV-000042 with your payment.")
        .contains("Net " + cents(net), "VAT 19 % " + cents(tax), "Total $" + cents(net + tax))
        .contains("Balance after " + cents(invoice.balanceCents()))
        .contains("$" + cents(-invoice.balanceCents()));
  }

  private static String cents(long cents) {
    return (cents < 0 ? "-" : "")
        + Math.abs(cents) / 100
        + "."
        + (Math.abs(cents) % 100 + 100 + "").substring(1);
  }

  @Test
  void invoice_ofManyLines_repeatsHeadsAndNumbersPages() throws IOException {
    List<Sum> sums = new ArrayList<>(InvoicesForTests.usualSums());
    for (int i = 0; i < 150; i++) {
      sums.add(InvoicesForTests.usage("model-%03d".formatted(i), -1_000_000_000L - i));
    }
    Pages pages =
        read(
            "long",
            InvoicesForTests.of(
                InvoicesForTests.SELLER,
                new Buyer("acct_1", "Many Models", "", List.of()),
                Statement.of(0, sums, InvoicesForTests.usualUse()),
                InvoicesForTests.ON_TOP,
                true));

    assertThat(pages.texts()).hasSizeGreaterThan(3);
    for (int page = 0; page < pages.texts().size(); page++) {
      assertThat(pages.texts().get(page))
          .contains("page %d of %d".formatted(page + 1, pages.texts().size()))
          .contains("INV-000042", "AMOUNT (USD)");
    }
    for (int i = 0; i < 150; i++) {
      assertThat(pages.all()).containsOnlyOnce("Inference: model-%03d".formatted(i));
    }
    assertThat(pages.texts().get(1)).contains("USAGE AND FEES, CONTINUED");
  }

  @Test
  void invoice_ofNothing_isOnePage() throws IOException {
    Invoice empty =
        InvoicesForTests.of(
            Seller.NOBODY,
            new Buyer("acct_1", "", "", List.of()),
            Statement.of(0, List.of(), Map.of()),
            null,
            false);

    assertThat(read("empty", empty).all())
        .contains("Nothing was used.", "Balance before 0.00", "Balance after 0.00", "page 1 of 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ООО «Яндекс Облако»",
        "株式会社トールゲート",
        "🚀 Rocket 👩‍👩‍👧‍👦 \uD83D",
        "a\u0000b\tc\nd\u0007e\u202Ef\u200B",
        "\u202Eقانون العملاء\u202C ובעברית",
        "Wörld-Wide-Ẅiⱦh-e\u0301-\uFFFF-\uDBFF\uDFFF",
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesbeauftragtenverein"
            + "undwasnochallessoindiesemeinenwortstehtundimmerweitergeht",
        "",
      })
  void names_ofAnyScript_areDrawnAsFarAsTheFontGoes(String name) throws IOException {
    Seller seller = new Seller(name, List.of(name, name), name, name);
    List<Sum> sums =
        List.of(InvoicesForTests.usage(name, -5), new Sum("kind " + name, name, false, "", 7));
    Invoice invoice =
        InvoicesForTests.of(
            seller,
            new Buyer(name, name, name, List.of(name)),
            Statement.of(-1, sums, Map.of()),
            new TaxRate(name, 1_000_000, false),
            true);

    String text = read("name-" + Integer.toHexString(name.hashCode()), invoice).all();

    assertThat(text).contains("INV-000042", "page 1 of 1");
    if (name.startsWith("ООО")) {
      assertThat(text).contains(name);
    }
  }

  @Test
  void font_isEmbedded_asTheLettersThatAreUsed() throws IOException {
    byte[] file = InvoicePdf.render(InvoicesForTests.usual(InvoicesForTests.WITHIN, false));

    assertThat(file.length).as("bytes").isLessThan(80_000);
    try (PDDocument document = Loader.loadPDF(file)) {
      var resources = document.getPage(0).getResources();
      for (var name : resources.getFontNames()) {
        PDFont font = resources.getFont(name);
        assertThat(font.isEmbedded()).isTrue();
        assertThat(font.getName()).matches("[A-Z]{6}\\+LiberationSans");
      }
    }
  }

  @Test
  void invoice_readBackFromItsDocument_isTheSame() {
    for (TaxRate rate : new TaxRate[] {null, InvoicesForTests.WITHIN, InvoicesForTests.ON_TOP}) {
      Invoice invoice = InvoicesForTests.usual(rate, true);
      String document = InvoiceDocument.write(invoice);

      assertThat(InvoiceDocument.read(document)).isEqualTo(invoice);
      assertThat(InvoiceDocument.read(document.replaceFirst("\\{", "{\"later\":[1],")))
          .isEqualTo(invoice);
    }
  }
}
