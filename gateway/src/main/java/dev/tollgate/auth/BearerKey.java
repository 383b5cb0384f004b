package dev.tollgate.auth;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The secret that a request carries. Nothing prints it; it is looked up by its SHA-256. */
public final class BearerKey {
  private static final String SCHEME = "bearer ";
  private static final int HINT_FIRST_CHARACTERS = 10;
  private static final int HINT_LAST_CHARACTERS = 4;

  private final String secret;

  private BearerKey(String secret) {
    this.secret = secret;
  }

  public static BearerKey of(String secret) {
    return new BearerKey(secret);
  }

  /**
   * The key of {@code Authorization: Bearer}, else of {@code x-api-key}, else of {@code
   * x-goog-api-key}; null when none of them is there.
   */
  public static @Nullable BearerKey find(HttpHeaders headers) {
    String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
    if (authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      String secret = authorization.substring(SCHEME.length()).strip();
      if (!secret.isEmpty()) {
        return new BearerKey(secret);
      }
    }
    BearerKey key = named(headers, "x-api-key");
    return key == null ? named(headers, "x-goog-api-key") : key;
  }

  private static @Nullable BearerKey named(HttpHeaders headers, String header) {
    String secret = headers.get(header);
    return secret == null || secret.isBlank() ? null : new BearerKey(secret.strip());
  }

  int characters() {
    return secret.length();
  }

  /** 64 lower-case hex digits: how the key is known to the ledger. */
  public String sha256Hex() {
    return sha256Hex(sha256());
  }

  /**
   * @param sha256 reset, and reset again afterwards; not for use by two threads
   */
  String sha256Hex(MessageDigest sha256) {
    return HexFormat.of().formatHex(sha256.digest(secret.getBytes(StandardCharsets.UTF_8)));
  }

  /** Its first characters and its last four, to tell keys apart; too little of it to be used. */
  public String hint() {
    if (secret.length() < 2 * (HINT_FIRST_CHARACTERS + HINT_LAST_CHARACTERS)) {
      return "…";
    }
    return secret.substring(0, HINT_FIRST_CHARACTERS)
        + "…"
        + secret.substring(secret.length() - HINT_LAST_CHARACTERS);
  }

  @Override
  public String toString() {
    return "BearerKey[hidden]";
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
