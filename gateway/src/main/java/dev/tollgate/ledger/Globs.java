package dev.tollgate.ledger;

import java.util.List;

/** Lists of globs, and of scopes, as one text in a field. */
final class Globs {
  private Globs() {}

  /**
   * @throws IllegalArgumentException when an element is empty or holds a character that separates
   */
  static String joined(List<String> elements, String separator) {
    for (String element : elements) {
      if (element.isBlank() || element.chars().anyMatch(c -> c < ' ' || c == ',' || c == '|')) {
        throw new IllegalArgumentException("not a glob of models, nor a scope: " + element);
      }
    }
    return String.join(separator, elements);
  }

  static List<String> ofLines(String lines) {
    return lines.lines().toList();
  }
}
