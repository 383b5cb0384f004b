package dev.tollgate.domain;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Text as it stands in a URL (RFC 3986, 2.1): as part of one segment of a path, or of a query. */
public final class PercentEncoding {
  private static final String UNRESERVED = "-._~";

  private PercentEncoding() {}

  /** Its UTF-8, with all octets encoded but those that mean nothing but themselves anywhere. */
  public static String encode(String text) {
    StringBuilder encoded = new StringBuilder(text.length());
    for (byte octet : text.getBytes(UTF_8)) {
      char character = (char) (octet & 0xFF);
      if (isUnreserved(character)) {
        encoded.append(character);
      } else {
        encoded.append('%').append(hex(octet >> 4)).append(hex(octet));
      }
    }
    return encoded.toString();
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
