package dev.tollgate.billing.invoice;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDType0Font;

/**
 * The one font of a document, of which only what is used gets embedded. What it has no letter for
 * becomes a box: names come from anywhere, and an invoice is made all the same. Of one thread.
 */
@Blocking
final class PaperFont {
  private static final String FILE = "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";
  private static final String BOX = "\u25a1";

  private final PDType0Font font;
  private final Map<Integer, Boolean> known = new HashMap<>();

  private PaperFont(PDType0Font font) {
    this.font = font;
  }

  static PaperFont in(PDDocument document) throws IOException {
    try (InputStream file =
        Objects.requireNonNull(PDType0Font.class.getResourceAsStream(FILE), FILE)) {
      return new PaperFont(PDType0Font.load(document, file, true));
    }
  }

  PDType0Font font() {
    return font;
  }

  /** The same text in characters that can be drawn, in one line. */
  String drawable(String text) {
    StringBuilder drawable = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            point -> {
              if (Character.isWhitespace(point) || Character.isISOControl(point)) {
                drawable.append(' ');
              } else if (!isInvisible(point)) {
                drawable.append(isKnown(point) ? Character.toString(point) : BOX);
              }
            });
    return drawable.toString();
  }

  /** Joiners, variation selectors, marks of direction: they draw nothing. */
  private static boolean isInvisible(int point) {
    return Character.getType(point) == Character.FORMAT || (point >= 0xFE00 && point <= 0xFE0F);
  }

  private boolean isKnown(int point) {
    return known.computeIfAbsent(point, this::canEncode);
  }

  private boolean canEncode(int point) {
    if (Character.getType(point) == Character.SURROGATE) {
      return false;
    }
    try {
      return font.encode(Character.toString(point)).length > 0;
    } catch (IOException | IllegalArgumentException unknown) {
      return false;
    }
  }

  /**
   * @param drawable as {@link #drawable} makes it
   */
  float width(String drawable, float size) throws IOException {
    return font.getStringWidth(drawable) / 1000 * size;
  }

  /** In lines no wider than that; a word that is wider is broken. At least one line. */
  List<String> wrap(String text, float size, float width) throws IOException {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : drawable(text).strip().split(" +", -1)) {
      String longer = line.isEmpty() ? word : line + " " + word;
      if (width(longer, size) <= width) {
        line.setLength(0);
        line.append(longer);
        continue;
      }
      if (!line.isEmpty()) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(breakWord(word, size, width, lines));
    }
    lines.add(line.toString());
    return lines;
  }

  /** Its last piece; those before are lines. */
  private String breakWord(String word, float size, float width, List<String> lines)
      throws IOException {
    StringBuilder piece = new StringBuilder();
    for (int point : word.codePoints().toArray()) {
      String character = Character.toString(point);
      if (!piece.isEmpty() && width(piece + character, size) > width) {
        lines.add(piece.toString());
        piece.setLength(0);
      }
      piece.append(character);
    }
    return piece.toString();
  }

  /** In one line, its end left out where it is too wide. */
  String fitted(String text, float size, float width) throws IOException {
    List<String> lines = wrap(text, size, width);
    if (lines.size() == 1) {
      return lines.getFirst();
    }
    StringBuilder cut = new StringBuilder(lines.getFirst());
    while (!cut.isEmpty() && width(cut + "…", size) > width) {
      cut.setLength(cut.offsetByCodePoints(cut.length(), -1));
    }
    return cut + "…";
  }
}
