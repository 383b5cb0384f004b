package dev.tollgate.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Percent-decoding. */
final class Percent {
  private Percent() {}

  /**
   * @param plusIsSpace as in a query
   * @return null when it is no UTF-8 in percent-encoding, or has control characters in it
   */
  static @Nullable String decode(String encoded, boolean plusIsSpace) {
    if (encoded.indexOf('%') < 0 && (!plusIsSpace || encoded.indexOf('+') < 0)) {
      return encoded;
    }
    ByteBuffer bytes = ByteBuffer.allocate(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char character = encoded.charAt(i);
      int octet = character;
      if (character == '%') {
        octet = octet(encoded, i + 1);
        i += 2;
      } else if (character == '+' && plusIsSpace) {
        octet = ' ';
      }
      if (octet < ' ' || octet == 0x7f || octet > 0xff) {
        return null;
      }
      bytes.put((byte) octet);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException notUtf8) {
      return null;
    }
  }

  /** Decodes letters, digits and {@code -._~}, and leaves all else as it is. */
  static String decodeUnreserved(String encoded) {
    StringBuilder decoded = new StringBuilder(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char character = encoded.charAt(i);
      int octet = character == '%' ? octet(encoded, i + 1) : -1;
      if (octet >= 0 && isUnreserved((char) octet)) {
        decoded.append((char) octet);
        i += 2;
      } else {
        decoded.append(character);
      }
    }
    return decoded.toString();
  }

  private static boolean isUnreserved(char character) {
    return character < 0x80
        && (Character.isLetterOrDigit(character) || "-._~".indexOf(character) >= 0);
  }

  /** The value of the two digits from there on; -1 where there are none. */
  private static int octet(String encoded, int at) {
    if (at + 1 >= encoded.length()) {
      return -1;
    }
    int high = digit(encoded.charAt(at));
    int low = digit(encoded.charAt(at + 1));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /** {@link Character#digit} would take digits of other scripts too. */
  private static int digit(char character) {
    return character < 0x80 ? Character.digit(character, 16) : -1;
  }
}
