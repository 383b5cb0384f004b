package dev.tollgate.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The providers that a rate card may name.
 *
 * @param names null when they are not known, because the card is checked alone
 */
record Providers(@Nullable Collection<String> names) {
  /** Reads the name of a provider; one that nobody has defined is a fault. */
  String known(Value value) {
    String name = value.text("");
    if (!name.isEmpty() && names != null && !names.contains(name)) {
      value.fault(
          "there is no provider `"
              + name
              + "` in the gateway's file"
              + Suggestion.phrase(name, names));
    }
    return name;
  }
}
