package dev.tollgate.http;

import io.netty.handler.codec.http.HttpMethod;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request line asks for.
 *
 * @param path begins with a slash, or is {@code *} (all of the server)
 * @param query without the question mark; null when there is none
 */
record Target(String path, @Nullable String query) {

  /**
   * Reads the origin form, the absolute form (of which the authority is dropped) and, for {@code
   * OPTIONS}, the asterisk.
   *
   * @return null for anything else, for a fragment, and for a path with dot segments, which would
   *     be one path to our rules and another to a provider
   */
  static @Nullable Target of(HttpMethod method, String sent) {
    if (sent.equals("*")) {
      return method.equals(HttpMethod.OPTIONS) ? new Target(sent, null) : null;
    }
    String origin = sent.startsWith("/") ? sent : withoutAuthority(sent);
    if (origin == null || origin.indexOf('#') >= 0) {
      return null;
    }
    int question = origin.indexOf('?');
    String path = question < 0 ? origin : origin.substring(0, question);
    String query = question < 0 ? null : origin.substring(question + 1);
    return hasDotSegment(path) ? null : new Target(path, query);
  }

  private static @Nullable String withoutAuthority(String sent) {
    int scheme = sent.indexOf("://");
    if (scheme < 0) {
      return null;
    }
    String name = sent.substring(0, scheme).toLowerCase(Locale.ROOT);
    if (!name.equals("http") && !name.equals("https")) {
      return null;
    }
    int authority = scheme + 3;
    for (int at = authority; at < sent.length(); at++) {
      char character = sent.charAt(at);
      if (character == '/' || character == '?') {
        String rest = sent.substring(at);
        return at == authority ? null : character == '/' ? rest : "/" + rest;
      }
    }
    return authority == sent.length() ? null : "/";
  }

  private static boolean hasDotSegment(String path) {
    String plain = path;
    if (path.indexOf('%') >= 0 || path.indexOf('\\') >= 0) {
      plain =
          path.toLowerCase(Locale.ROOT)
              .replace("%2e", ".")
              .replace("%2f", "/")
              .replace("%5c", "/")
              .replace('\\', '/');
    }
    if (!plain.contains("/.")) {
      return false;
    }
    return plain.contains("/./")
        || plain.contains("/../")
        || plain.endsWith("/.")
        || plain.endsWith("/..");
  }
}
