package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.domain.Refusal;
import java.net.URLDecoder;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The query of a request to the Gemini API. It may ask for answers in another form, or without
 * their usage ({@code fields}), or carry credentials: what could not be counted is refused, and the
 * key goes no further than here.
 *
 * @param key the client's; null when it is not here
 * @param upstream what the provider is asked; null when that is nothing
 * @param fault why the request cannot be served; null when it can
 */
record GeminiQuery(
    @Nullable String key, @Nullable String upstream, Refusal.@Nullable InvalidRequest fault) {
  private static final String KEY = "key";
  private static final String ALT = "alt";
  private static final Set<String> FORMS = Set.of("sse", "json");

  /**
   * @param query as sent, without the question mark; null when there is none
   */
  static GeminiQuery parse(@Nullable String query) {
    String key = null;
    Refusal.InvalidRequest fault = null;
    StringBuilder upstream = new StringBuilder();
    Set<String> seen = new HashSet<>();
    for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      if (name.equals(KEY) && key == null) {
        key = value;
      } else if (fault == null && !isKnown(name, value)) {
        fault = new Refusal.InvalidRequest("The query may hold `key` and `alt=sse` alone.", name);
      } else if (fault == null && !seen.add(name)) {
        fault = new Refusal.InvalidRequest("`" + name + "` is given twice.", name);
      } else {
        upstream.append(upstream.isEmpty() ? "" : "&").append(name).append('=').append(value);
      }
    }
    return new GeminiQuery(key, upstream.isEmpty() ? null : upstream.toString(), fault);
  }

  private static boolean isKnown(String name, String value) {
    return name.equals(ALT) && FORMS.contains(value);
  }

  /** What cannot be decoded is no name and no value that is known. */
  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException malformed) {
      return text;
    }
  }
}
