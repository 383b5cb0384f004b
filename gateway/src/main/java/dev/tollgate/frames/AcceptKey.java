package dev.tollgate.frames;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/** The keys of a WebSocket's opening handshake (RFC 6455, 4.1 and 4.2.2): they are no secrets. */
public final class AcceptKey {
  private static final String OF_THE_PROTOCOL = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;

  private AcceptKey() {}

  /** A {@code Sec-WebSocket-Key}. */
  public static String newKey() {
    byte[] key = new byte[KEY_BYTES];
    ThreadLocalRandom.current().nextBytes(key);
    return Base64.getEncoder().encodeToString(key);
  }

  /** Whether it is 16 bytes in base64. */
  public static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** The {@code Sec-WebSocket-Accept} that answers a key. */
  public static String answerTo(String key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      byte[] digest = sha1.digest((key + OF_THE_PROTOCOL).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
