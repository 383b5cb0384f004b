package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The path of a request to a provider, with places for the model and for what the client's path
 * has: {@code /models/{model}:generateContent}. Immutable.
 */
final class PathTemplate {
  private static final String MODEL = "model";
  private static final String UNRESERVED = "-._~";

  /** Literals and names in turn, beginning and ending with a literal. */
  private final List<String> parts;

  private PathTemplate(List<String> parts) {
    this.parts = parts;
  }

  static PathTemplate of(String template) {
    List<String> parts = new ArrayList<>();
    int at = 0;
    for (int open = template.indexOf('{'); open >= 0; open = template.indexOf('{', at)) {
      int close = template.indexOf('}', open);
      parts.add(template.substring(at, open));
      parts.add(template.substring(open + 1, close));
      at = close + 1;
    }
    parts.add(template.substring(at));
    return new PathTemplate(List.copyOf(parts));
  }

  /**
   * @param model for the place of that name, whatever the client's path says
   */
  String fill(String model, Map<String, String> pathParameters) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    StringBuilder path = new StringBuilder(parts.getFirst());
    for (int i = 1; i < parts.size(); i += 2) {
      String name = parts.get(i);
      encode(name.equals(MODEL) ? model : pathParameters.getOrDefault(name, ""), path);
      path.append(parts.get(i + 1));
    }
    return path.toString();
  }

  /** As one segment (RFC 3986, 3.3), so that no value can leave its place. */
  private static void encode(String value, StringBuilder path) {
    for (byte octet : value.getBytes(UTF_8)) {
      char character = (char) (octet & 0xFF);
      if (isUnreserved(character)) {
        path.append(character);
      } else {
        path.append('%').append(hex(octet >> 4)).append(hex(octet));
      }
    }
  }

  private static boolean isUnreserved(char character) {
    return (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || (character >= '0' && character <= '9')
        || UNRESERVED.indexOf(character) >= 0;
  }

  private static char hex(int nibble) {
    return Character.toUpperCase(Character.forDigit(nibble & 0xF, 16));
  }
}
