package dev.tollgate.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fills <code>${NAME}</code> and <code>${NAME:-default}</code> from the environment. The default
 * also stands in for a variable that is set but empty, as in a shell; a doubled dollar sign makes
 * the braces plain text.
 */
final class Variables {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\$\\{|\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\\}|\\$\\{");

  private final Map<String, String> environment;

  Variables(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  static boolean occurIn(String source) {
    return source.contains("${");
  }

  /** The text with its variables filled in; what cannot be filled in is a fault. */
  String fill(String source, Place place, String key, Findings findings) {
    Matcher reference = REFERENCE.matcher(source);
    StringBuilder filled = new StringBuilder();
    int from = 0;
    while (reference.find()) {
      filled.append(source, from, reference.start());
      from = reference.end();
      if (reference.group().equals("$${")) {
        filled.append("${");
        continue;
      }
      String name = reference.group(1);
      if (name == null) {
        findings.fault(place, key, "expected ${NAME} or ${NAME:-default} where it says ${");
        continue;
      }
      String value = value(name, reference.group(2));
      if (value == null) {
        findings.fault(place, key, "the environment variable " + name + " is not set");
        continue;
      }
      filled.append(value);
    }
    return filled.append(source, from, source.length()).toString();
  }

  private @Nullable String value(String name, @Nullable String fallback) {
    String value = environment.get(name);
    return fallback != null && (value == null || value.isEmpty()) ? fallback : value;
  }
}
