package dev.tollgate.upstream;

import java.util.Map;

/**
 * What it takes to reach a provider, beside its URL and its key.
 *
 * @param query of each request, in addition to its own; names and values as plain text, which may
 *     be secrets
 */
public record Reach(Map<String, String> query) {
  /** Nothing but the URL and the key. */
  public static final Reach PLAIN = new Reach(Map.of());

  public Reach {
    query = Map.copyOf(query);
  }

  /** Without values: they may be secrets. */
  @Override
  public String toString() {
    return "Reach[query=" + query.keySet() + "]";
  }
}
