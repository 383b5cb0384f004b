package dev.tollgate.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters of a query, decoded. Immutable. */
public final class Query {
  /** More is nonsense. */
  public static final int PARAMETERS_MAX = 256;

  public static final Query NONE = new Query(Map.of());

  private final Map<String, List<String>> values;

  private Query(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * @param raw as in {@link ServerRequest#query()}
   * @return null when it is not UTF-8 in percent-encoding, has control characters or more than
   *     {@link #PARAMETERS_MAX} parameters
   */
  public static @Nullable Query parse(@Nullable String raw) {
    if (raw == null || raw.isEmpty()) {
      return NONE;
    }
    String[] pairs = raw.split("&", PARAMETERS_MAX + 2);
    if (pairs.length > PARAMETERS_MAX) {
      return null;
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String pair : pairs) {
      if (!pair.isEmpty() && !add(values, pair)) {
        return null;
      }
    }
    return new Query(values);
  }

  private static boolean add(Map<String, List<String>> values, String pair) {
    int equals = pair.indexOf('=');
    String name = Percent.decode(equals < 0 ? pair : pair.substring(0, equals), true);
    String value = Percent.decode(equals < 0 ? "" : pair.substring(equals + 1), true);
    if (name == null || value == null) {
      return false;
    }
    values.computeIfAbsent(name, absent -> new ArrayList<>(1)).add(value);
    return true;
  }

  /** The names that were sent, in their order. */
  public Set<String> names() {
    return values.keySet();
  }

  /** The first value under a name; empty for a name without a value, null when it was not sent. */
  public @Nullable String first(String name) {
    List<String> all = values.get(name);
    return all == null ? null : all.getFirst();
  }

  /** All values under a name, in their order. */
  public List<String> all(String name) {
    return List.copyOf(values.getOrDefault(name, List.of()));
  }
}
