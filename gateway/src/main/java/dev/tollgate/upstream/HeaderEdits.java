package dev.tollgate.upstream;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a provider's requests have in other headers than the gateway would send: first some are
 * removed, then some are renamed, all at once, then some are added. One that gets its values by a
 * new name, or is added, replaces whatever was there by that name.
 *
 * @param remove names
 * @param rename new names by the old ones
 * @param add values by their names; they may be secrets
 */
public record HeaderEdits(Set<String> remove, Map<String, String> rename, Map<String, String> add) {
  public static final HeaderEdits NONE = new HeaderEdits(Set.of(), Map.of(), Map.of());

  private static final Set<String> OF_THE_CONNECTION =
      Set.of(
          "connection",
          "http2-settings",
          "keep-alive",
          "proxy-authenticate",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final Set<String> OF_THE_MESSAGE =
      Set.of("accept-encoding", "content-encoding", "content-length", "expect", "host");

  static final Set<String> CREDENTIALS =
      Set.of(
          "api-key",
          "authorization",
          "cookie",
          "proxy-authorization",
          "x-api-key",
          "x-goog-api-key");

  public HeaderEdits {
    remove = Collections.unmodifiableSet(new LinkedHashSet<>(remove));
    rename = Collections.unmodifiableMap(new LinkedHashMap<>(rename));
    add = Collections.unmodifiableMap(new LinkedHashMap<>(add));
  }

  /** Why no rule may touch a header of that name, to follow it; empty where one may. */
  public static Optional<String> untouchable(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (OF_THE_CONNECTION.contains(lower)) {
      return Optional.of("is about the connection: no rule can touch it");
    }
    if (OF_THE_MESSAGE.contains(lower)) {
      return Optional.of("says how the message is sent: no rule can touch it");
    }
    return CREDENTIALS.contains(lower)
        ? Optional.of("carries credentials: no rule can touch it, `api_key` is what is sent")
        : Optional.empty();
  }

  void applyTo(HttpHeaders headers) {
    remove.forEach(headers::remove);
    Map<String, List<String>> renamed = new LinkedHashMap<>();
    rename.forEach(
        (from, to) -> {
          if (headers.contains(from)) {
            renamed.put(to, headers.getAll(from));
          }
        });
    rename.keySet().forEach(headers::remove);
    renamed.forEach(headers::set);
    add.forEach(headers::set);
  }

  /** Without values: they may be secrets. */
  @Override
  public String toString() {
    return "HeaderEdits[remove=" + remove + ", rename=" + rename + ", add=" + add.keySet() + "]";
  }
}
