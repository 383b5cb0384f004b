package dev.tollgate.account;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Times as answers have them, in UTC. */
public final class Times {
  private Times() {}

  /** {@code 2026-04-27T15:00:00Z}; null for null. */
  public static @Nullable String seconds(@Nullable Long epochMillis) {
    return epochMillis == null
        ? null
        : Instant.ofEpochMilli(epochMillis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** {@code 2026-04-27T15:00:00.123Z}; null for 0, which is not known. */
  public static @Nullable String millis(long epochMillis) {
    return epochMillis == 0 ? null : Instant.ofEpochMilli(epochMillis).toString();
  }
}
