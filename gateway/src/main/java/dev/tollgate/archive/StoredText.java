package dev.tollgate.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Text as both databases can keep it. Some of it comes from customers, and what a database refuses
 * would come again for ever: a NUL, half of a surrogate pair, more than an index takes.
 */
final class StoredText {
  /** Of names that are shown: models, endpoints, providers. */
  static final int NAME_CHARACTERS_MAX = 200;

  /** Of ids; a longer one is cut, and told apart by its hash. */
  static final int ID_CHARACTERS_MAX = 400;

  private StoredText() {}

  static String name(String text) {
    return text(
        text.length() > NAME_CHARACTERS_MAX ? text.substring(0, NAME_CHARACTERS_MAX) : text);
  }

  static String id(String text) {
    if (text.length() <= ID_CHARACTERS_MAX) {
      return text(text);
    }
    return text(text.substring(0, ID_CHARACTERS_MAX - 65)) + "~" + sha256(text);
  }

  /** The same text where it can be kept, else with U+FFFD for each character that cannot. */
  static String text(String text) {
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character == 0 || Character.isSurrogate(character)) {
        return replaced(text);
      }
    }
    return text;
  }

  private static String replaced(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints()
        .map(point -> point == 0 || (point >= 0xD800 && point <= 0xDFFF) ? 0xFFFD : point)
        .forEach(kept::appendCodePoint);
    return kept.toString();
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
