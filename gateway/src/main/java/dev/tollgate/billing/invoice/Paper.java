package dev.tollgate.billing.invoice;

import dev.tollgate.domain.Blocking;
import java.awt.Color;
import java.io.IOException;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.PDPageContentStream.AppendMode;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.graphics.state.RenderingMode;

/**
 * Pages of A4 that are drawn on from the top down: y is the distance from the upper edge, in
 * points. Of one thread; to be closed before the document is saved.
 */
@Blocking
final class Paper implements AutoCloseable {
  static final float WIDTH = PDRectangle.A4.getWidth();
  static final float HEIGHT = PDRectangle.A4.getHeight();

  static final Color INK = new Color(0x1f2933);
  static final Color MUTED = new Color(0x66727f);
  static final Color RULE = new Color(0xd5dbe1);
  static final Color SHADE = new Color(0xf3f5f7);
  static final Color ACCENT = new Color(0x1f4e79);

  /** How thick a bold letter's outline is drawn, for its size: the font has one weight. */
  private static final float BOLD = 0.03f;

  private final PDDocument document;
  private final PaperFont font;
  private PDPageContentStream page;

  Paper(PDDocument document, PaperFont font) throws IOException {
    this.document = document;
    this.font = font;
    this.page = begin();
  }

  PaperFont font() {
    return font;
  }

  /** How text is drawn. */
  record Style(float size, Color color, boolean isBold) {
    static final Style BODY = new Style(9, INK, false);
    static final Style STRONG = new Style(9, INK, true);
    static final Style SMALL = new Style(8, MUTED, false);
    static final Style LABEL = new Style(7, MUTED, true);

    Style in(Color other) {
      return new Style(size, other, isBold);
    }
  }

  private PDPageContentStream begin() throws IOException {
    PDPage added = new PDPage(PDRectangle.A4);
    document.addPage(added);
    return new PDPageContentStream(document, added);
  }

  void nextPage() throws IOException {
    page.close();
    page = begin();
  }

  int pages() {
    return document.getNumberOfPages();
  }

  /** Goes on drawing on a page that there is, from 0. */
  void returnTo(int number) throws IOException {
    page.close();
    page =
        new PDPageContentStream(document, document.getPage(number), AppendMode.APPEND, true, true);
  }

  void left(String text, Style style, float x, float y) throws IOException {
    draw(font.drawable(text), style, x, y);
  }

  void right(String text, Style style, float x, float y) throws IOException {
    String drawable = font.drawable(text);
    draw(drawable, style, x - font.width(drawable, style.size()), y);
  }

  private void draw(String drawable, Style style, float x, float y) throws IOException {
    if (drawable.isEmpty()) {
      return;
    }
    page.beginText();
    page.setFont(font.font(), style.size());
    page.setNonStrokingColor(style.color());
    if (style.isBold()) {
      page.setStrokingColor(style.color());
      page.setLineWidth(style.size() * BOLD);
      page.setRenderingMode(RenderingMode.FILL_STROKE);
    } else {
      page.setRenderingMode(RenderingMode.FILL);
    }
    page.newLineAtOffset(x, HEIGHT - y);
    page.showText(drawable);
    page.endText();
  }

  void rule(float x, float y, float width, float thickness, Color color) throws IOException {
    page.setStrokingColor(color);
    page.setLineWidth(thickness);
    page.moveTo(x, HEIGHT - y);
    page.lineTo(x + width, HEIGHT - y);
    page.stroke();
  }

  /** Filled, from y down. */
  void box(float x, float y, float width, float height, Color color) throws IOException {
    page.setNonStrokingColor(color);
    page.addRect(x, HEIGHT - y - height, width, height);
    page.fill();
  }

  @Override
  public void close() throws IOException {
    page.close();
  }
}
