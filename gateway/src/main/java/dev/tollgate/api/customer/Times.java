package dev.tollgate.api.customer;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Times as answers have them, in UTC. */
final class Times {
  private Times() {}

  /** {@code 2026-04-27T15:00:00Z}; null for null. */
  static @Nullable String seconds(@Nullable Long epochMillis) {
    return epochMillis == null
        ? null
        : Instant.ofEpochMilli(epochMillis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** {@code 2026-04-27T15:00:00.123Z}; null for 0, which is not known. */
  static @Nullable String millis(long epochMillis) {
    return epochMillis == 0 ? null : Instant.ofEpochMilli(epochMillis).toString();
  }
}
