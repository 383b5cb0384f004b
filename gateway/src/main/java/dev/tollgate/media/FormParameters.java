package dev.tollgate.media;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands behind the semicolons of a header's value: {@code form-data; name="file"}. */
final class FormParameters {
  private FormParameters() {}

  /** What stands before the first semicolon, in lower case. */
  static String kind(String value) {
    int semicolon = value.indexOf(';');
    return (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
  }

  /**
   * By their names in lower case. Null where readers might not agree: one that comes twice, that
   * has no value, or whose quotes are odd. A backslash before a quote is odd, too: it escapes the
   * quote for some readers, and not for others.
   */
  static @Nullable Map<String, String> of(String value) {
    Map<String, String> parameters = new HashMap<>();
    int at = value.indexOf(';');
    while (at >= 0) {
      int equals = value.indexOf('=', at);
      if (equals < 0) {
        return null;
      }
      String name = value.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
      int from = equals + 1;
      boolean isQuoted = value.startsWith("\"", from);
      int closing = isQuoted ? value.indexOf('"', from + 1) : from;
      int semicolon = value.indexOf(';', Math.max(from, closing));
      int end = semicolon < 0 ? value.length() : semicolon;
      String text =
          isQuoted && closing > 0
              ? value.substring(from + 1, closing)
              : value.substring(from, end).strip();
      boolean isWhole = !isQuoted || (closing > 0 && value.substring(closing + 1, end).isBlank());
      if (!isWhole
          || !isToken(name)
          || text.indexOf('"') >= 0
          || text.endsWith("\\")
          || parameters.put(name, text) != null) {
        return null;
      }
      at = semicolon;
    }
    return parameters;
  }

  /** Whether it can be the name of a header or of a parameter. */
  static boolean isToken(String name) {
    return !name.isEmpty()
        && name.chars().allMatch(c -> c > ' ' && c < 0x7F && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0);
  }
}
