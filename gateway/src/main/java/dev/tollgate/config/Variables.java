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

  /** The text with its variables filled in; null where that is not possible, which is a fault. */
  @Nullable String fill(String source, Place place, String key, Findings findings) {
    Matcher reference = REFERENCE.matcher(source);
    StringBuilder filled = new StringBuilder();
    boolean isWhole = true;
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
        isWhole = false;
        continue;
      }
      String value = value(name, reference.group(2));
      if (value == null) {
        findings.fault(place, key, "the environment variable " + name + " is not set");
        isWhole = false;
        continue;
      }
      filled.append(value);
    }
    return isWhole ? filled.append(source, from, source.length()).toString() : null;
  }

  private @Nullable String value(String name, @Nullable String fallback) {
    String value = environment.get(name);
    return fallback != null && (value == null || value.isEmpty()) ? fallback : value;
  }
}
