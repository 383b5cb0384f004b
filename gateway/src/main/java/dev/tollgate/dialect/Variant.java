package dev.tollgate.dialect;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * In what a provider differs from those who otherwise speak its dialect. Which figures contain
 * which is told by {@link dev.tollgate.metering.Surface}; here is who has which of its rows.
 */
public enum Variant {
  /** As the dialect has it. */
  STANDARD,
  /** Counts reasoning beside the output. */
  XAI;

  /** As in {@code gateway.yaml}: {@code xai}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Variant> named(String key) {
    return Stream.of(values()).filter(variant -> variant.key().equals(key)).findFirst();
  }
}
