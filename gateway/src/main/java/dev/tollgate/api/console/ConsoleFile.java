package dev.tollgate.api.console;

import dev.tollgate.http.Reply;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One file of the console, in memory.
 *
 * @param bytes never changed
 * @param etag quoted; of its content
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never copied on the way out
record ConsoleFile(String contentType, byte[] bytes, String etag) {
  private static final String FOLDER = "/console/";
  private static final int ETAG_BYTES = 16;

  /**
   * The page may load its own files and ask its own origin, and nothing else: what it is given to
   * show can neither run nor be sent elsewhere.
   */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
          + "img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

  /** Reads it from the jar. */
  static ConsoleFile read(String name) {
    try (InputStream file = ConsoleFile.class.getResourceAsStream(FOLDER + name)) {
      if (file == null) {
        throw new IllegalStateException("not packed with it: " + FOLDER + name);
      }
      byte[] bytes = file.readAllBytes();
      return new ConsoleFile(contentType(name), bytes, etag(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String contentType(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalArgumentException("a file of no known type: " + name);
    };
  }

  private static String etag(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + HexFormat.of().formatHex(digest, 0, ETAG_BYTES) + '"';
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** Whole, or 304 for who has it already. */
  Reply answer(HttpHeaders request) {
    boolean isKnown =
        request.getAll(HttpHeaderNames.IF_NONE_MATCH).stream()
            .anyMatch(known -> names(known, etag));
    Reply reply = Reply.of(isKnown ? 304 : 200, contentType, isKnown ? new byte[0] : bytes);
    // Kept, but asked for each time: another version of the gateway has other files.
    return hardened(reply)
        .with(HttpHeaderNames.CACHE_CONTROL, "no-cache")
        .with(HttpHeaderNames.ETAG, etag);
  }

  /** Compared weakly, as RFC 9110 has it for GET. */
  private static boolean names(String known, String etag) {
    for (String tag : known.split(",", -1)) {
      String bare = tag.strip();
      if (bare.equals("*") || bare.equals(etag) || bare.equals("W/" + etag)) {
        return true;
      }
    }
    return false;
  }

  /** What browsers are told about every answer of the console. */
  static Reply hardened(Reply reply) {
    return reply
        .with("content-security-policy", POLICY)
        .with("x-content-type-options", "nosniff")
        .with("x-frame-options", "DENY")
        .with("referrer-policy", "no-referrer")
        .with("x-robots-tag", "noindex, nofollow");
  }
}
