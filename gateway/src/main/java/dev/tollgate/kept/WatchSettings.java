package dev.tollgate.kept;

import java.time.Duration;

/**
 * How closely what is paid for later is watched until it is done.
 *
 * @param watchMillis the shortest time between two looks at the same; a provider that does not
 *     answer is left alone for that long, and for longer the longer it does not
 * @param watchMillisMax the longest; between them, looks are a twentieth of its age apart
 * @param watchedMax looks of one gateway within {@code watchMillis}
 * @param watchCallsMax of providers at a time
 * @param watchMissesMax looks in a row at which the provider does not know it, after which it is
 *     taken for gone
 */
public record WatchSettings(
    long watchMillis, long watchMillisMax, int watchedMax, int watchCallsMax, int watchMissesMax) {
  public static final WatchSettings DEFAULT =
      new WatchSettings(
          Duration.ofSeconds(15).toMillis(), Duration.ofMinutes(10).toMillis(), 1_000, 16, 20);
}
