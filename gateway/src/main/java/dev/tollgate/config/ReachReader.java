package dev.tollgate.config;

import dev.tollgate.upstream.Reach;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads what it takes to reach a provider, beside its URL and its key. */
final class ReachReader {
  Reach read(Section provider) {
    return new Reach(
        provider.section("query", ReachReader::query),
        provider.section("headers", HeaderEditsReader::read));
  }

  private static Map<String, String> query(Section query) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Section.Named named : query.named()) {
      if (named.name().isEmpty()) {
        named.fault("expected the name of a parameter");
      }
      values.put(named.name(), named.value().text(""));
    }
    return values;
  }
}
