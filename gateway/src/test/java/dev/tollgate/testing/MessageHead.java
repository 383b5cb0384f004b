package dev.tollgate.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of an HTTP/1.1 message as it came over the wire.
 *
 * @param raw every byte, the empty line included
 * @param startLine the request or status line, without its end
 * @param fields in the order in which they came
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record MessageHead(byte[] raw, String startLine, List<Field> fields) {
  /** A header or trailer field; its value is stripped of white space around it. */
  public record Field(String name, String value) {}

  /** Reads a head that ends with its empty line. */
  public static MessageHead parse(byte[] raw) {
    String text = new String(raw, StandardCharsets.ISO_8859_1);
    List<String> lines = text.lines().toList();
    List<Field> fields = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      if (!line.isEmpty()) {
        fields.add(parseField(line));
      }
    }
    return new MessageHead(raw, lines.getFirst(), List.copyOf(fields));
  }

  static Field parseField(String line) {
    int colon = line.indexOf(':');
    return colon < 0
        ? new Field(line, "")
        : new Field(line.substring(0, colon), line.substring(colon + 1).strip());
  }

  /** The first field of that name, in any case; null when there is none. */
  public @Nullable String field(String name) {
    List<String> values = all(name);
    return values.isEmpty() ? null : values.getFirst();
  }

  /** Every value of the fields of that name. */
  public List<String> all(String name) {
    return fields.stream()
        .filter(field -> field.name().equalsIgnoreCase(name))
        .map(Field::value)
        .toList();
  }

  /** The status of an answer; 0 where the start line carries none. */
  public int status() {
    return startLine.matches("HTTP/1\\.[01] \\d{3}( .*)?")
        ? Integer.parseInt(startLine.substring(9, 12))
        : 0;
  }

  /** The method of a request. */
  public String method() {
    return startLine.substring(0, Math.max(0, startLine.indexOf(' ')));
  }

  /** The target of a request, as sent. */
  public String target() {
    int from = startLine.indexOf(' ') + 1;
    int to = startLine.indexOf(' ', from);
    return startLine.substring(from, to < 0 ? startLine.length() : to);
  }

  @Override
  public String toString() {
    return new String(raw, StandardCharsets.ISO_8859_1);
  }
}
