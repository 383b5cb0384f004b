package dev.tollgate.upstream;

import java.time.Duration;

/**
 * When a target is left alone, and how it gets its requests back.
 *
 * @param failuresPercent of the latest calls; from so many on it is left alone
 * @param callsMin before anything is concluded from them
 * @param windowCalls how many calls the latest are; at least {@code callsMin}
 * @param restMillis for which it is left alone at first; twice as long each time it fails again
 * @param restMillisMax the longest of these, and the most that a {@code Retry-After} counts for
 * @param trialCalls after which it is known whether it has recovered; no more at a time
 * @param trialMillisMax for all of them; it is left alone again when they have not ended by then
 * @param slowStartMillis in which its share of requests grows from a tenth to all, where other
 *     targets can take the rest
 */
public record BreakerSettings(
    int failuresPercent,
    int callsMin,
    int windowCalls,
    long restMillis,
    long restMillisMax,
    int trialCalls,
    long trialMillisMax,
    long slowStartMillis) {
  public static final BreakerSettings DEFAULT =
      new BreakerSettings(
          50,
          10,
          40,
          Duration.ofSeconds(5).toMillis(),
          Duration.ofMinutes(1).toMillis(),
          3,
          Duration.ofMinutes(1).toMillis(),
          Duration.ofSeconds(30).toMillis());

  public BreakerSettings {
    if (failuresPercent < 1 || failuresPercent > 100 || callsMin < 1 || trialCalls < 1) {
      throw new IllegalArgumentException("out of bounds: " + failuresPercent + "%, " + callsMin);
    }
    if (restMillisMax < restMillis || windowCalls < callsMin) {
      throw new IllegalArgumentException("a bound is below what it bounds");
    }
  }
}
