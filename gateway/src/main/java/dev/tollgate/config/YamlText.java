package dev.tollgate.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes YAML that {@link YamlReader} reads back as it was: block mappings, one line for each key,
 * comments in a column of their own. Not for use by two threads.
 */
final class YamlText {
  private static final String INDENT = "  ";
  private static final int COMMENT_COLUMN_MAX = 60;

  /** What needs no quotes, wherever it stands. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9._/+-]*");

  private static final Set<String> WORDS =
      Set.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

  private final List<Line> lines = new ArrayList<>();
  private int depth;

  /**
   * @param isHeading whether lines below belong to it: its comment stands by itself
   */
  private record Line(int depth, String text, @Nullable String comment, boolean isHeading) {}

  /** A key whose value stands in the lines below it, one level deeper. */
  YamlText open(String key, @Nullable String comment) {
    add(scalar(key) + ":", comment, true);
    depth++;
    return this;
  }

  /** An item of a list that is a mapping: its first key stands beside the dash. */
  YamlText openItem(String key, String value) {
    add("- " + scalar(key) + ": " + value, null, false);
    depth++;
    return this;
  }

  YamlText close() {
    depth--;
    return this;
  }

  /**
   * @param value as YAML: a number, a {@link #scalar}, or something in brackets
   */
  YamlText put(String key, String value, @Nullable String comment) {
    add(scalar(key) + ": " + value, comment, false);
    return this;
  }

  /** A line of the comment's own. */
  YamlText comment(String text) {
    add("# " + harmless(text), null, true);
    return this;
  }

  private void add(String text, @Nullable String comment, boolean isHeading) {
    lines.add(new Line(depth, INDENT.repeat(depth) + text, comment, isHeading));
  }

  /** The document. Comments next to each other begin in the same column. */
  String document() {
    StringBuilder document = new StringBuilder();
    int column = 0;
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      column = i > 0 && isBeside(lines.get(i - 1), line) ? column : column(i);
      append(document, line, line.isHeading() ? 0 : column);
    }
    return document.toString();
  }

  private static boolean isBeside(Line before, Line line) {
    return before.comment() != null
        && before.depth() == line.depth()
        && !before.isHeading()
        && !line.isHeading();
  }

  /** Behind the longest of the lines that have their comments next to this one's. */
  private int column(int from) {
    int column = 0;
    for (int i = from; i < lines.size() && lines.get(i).comment() != null; i++) {
      if (i > from && !isBeside(lines.get(i - 1), lines.get(i))) {
        break;
      }
      column = Math.max(column, Math.min(lines.get(i).text().length(), COMMENT_COLUMN_MAX));
    }
    return column;
  }

  private static void append(StringBuilder document, Line line, int column) {
    document.append(line.text());
    String comment = line.comment();
    if (comment != null) {
      document.append(" ".repeat(Math.max(0, column - line.text().length()))).append("  # ");
      document.append(harmless(comment));
    }
    document.append('\n');
  }

  /** A comment ends with its line, and has nothing in it that a file may not have. */
  private static String harmless(String comment) {
    StringBuilder harmless = new StringBuilder();
    comment.codePoints().forEach(code -> harmless.appendCodePoint(isPlain(code) ? code : '?'));
    return harmless.toString();
  }

  /** Text as YAML, in quotes where it could be taken for something else, or for a variable. */
  static String scalar(String text) {
    if (PLAIN.matcher(text).matches() && !WORDS.contains(text.toLowerCase(Locale.ROOT))) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            code -> {
              if (code == '"' || code == '\\') {
                quoted.append('\\').appendCodePoint(code);
              } else if (isPlain(code)) {
                quoted.appendCodePoint(code);
              } else {
                quoted.append(String.format(Locale.ROOT, "\\U%08X", code));
              }
            });
    return quoted.append('"').toString();
  }

  /** The same for a value, in which a dollar sign and a brace begin a variable. */
  static String value(String text) {
    return scalar(text.replace("${", "$${"));
  }

  private static boolean isPlain(int code) {
    return (code >= 0x20 && code < 0x7F) || Character.isLetterOrDigit(code);
  }
}
