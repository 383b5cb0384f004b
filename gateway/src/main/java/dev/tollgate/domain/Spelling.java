package dev.tollgate.domain;

import java.util.Locale;

/** How a constant is written outside of Java, in JSON, in Redis and in SQL: in lower case. */
public final class Spelling {
  private Spelling() {}

  /** {@code past_due} for {@code PAST_DUE}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The other way round.
   *
   * @throws IllegalArgumentException when no constant of that type is written like this
   */
  public static <E extends Enum<E>> E read(Class<E> type, String text) {
    return Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
  }
}
