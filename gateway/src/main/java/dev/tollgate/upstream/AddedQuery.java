package dev.tollgate.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.domain.PercentEncoding;
import java.net.URLDecoder;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * What each request's query has in addition. A parameter that the request has already stays as it
 * is, and is not repeated: who sends one means it. Immutable.
 */
final class AddedQuery {
  /** Each whole parameter, encoded, by its name. */
  private final Map<String, String> parameters = new TreeMap<>();

  private final String all;

  /**
   * @param values by their names; plain text
   */
  AddedQuery(Map<String, String> values) {
    values.forEach(
        (name, value) ->
            parameters.put(
                name, PercentEncoding.encode(name) + "=" + PercentEncoding.encode(value)));
    this.all = String.join("&", parameters.values());
  }

  /** The path with its query, and with what is added to it. */
  String to(String pathAndQuery) {
    if (parameters.isEmpty()) {
      return pathAndQuery;
    }
    int mark = pathAndQuery.indexOf('?');
    if (mark < 0) {
      return pathAndQuery + "?" + all;
    }
    String query = pathAndQuery.substring(mark + 1);
    Set<String> given = names(query);
    StringJoiner whole = new StringJoiner("&");
    if (!query.isEmpty()) {
      whole.add(query);
    }
    parameters.forEach(
        (name, parameter) -> {
          if (!given.contains(name)) {
            whole.add(parameter);
          }
        });
    return pathAndQuery.substring(0, mark + 1) + whole;
  }

  private static Set<String> names(String query) {
    Set<String> names = new HashSet<>();
    for (String parameter : query.split("&", -1)) {
      int equals = parameter.indexOf('=');
      String name = equals < 0 ? parameter : parameter.substring(0, equals);
      try {
        names.add(URLDecoder.decode(name, UTF_8));
      } catch (IllegalArgumentException notEncoded) {
        names.add(name);
      }
    }
    return names;
  }
}
