package dev.tollgate.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From what was typed to what is sent. */
final class Arguments {
  private Arguments() {}

  /** Leaves out what was not typed. */
  static void put(Map<String, @Nullable Object> body, String field, @Nullable Object value) {
    if (value != null) {
      body.put(field, value);
    }
  }

  /** A limit of null lifts; one that was not typed is left out. */
  static void put(Map<String, @Nullable Object> body, String field, @Nullable Limit limit) {
    if (limit != null) {
      body.put(field, limit.value());
    }
  }

  static String encode(String pathPart) {
    return URLEncoder.encode(pathPart, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
