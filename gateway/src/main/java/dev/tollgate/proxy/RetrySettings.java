package dev.tollgate.proxy;

import java.time.Duration;

/**
 * How often a request is tried, and for how long.
 *
 * @param triesMax of one request, at all targets
 * @param triesPerTargetMax at one of them
 * @param retryMillisMax after which no further try begins
 * @param backoffMillis between two tries at one target, at most; doubled from try to try. What is
 *     waited is drawn between half of it and all
 * @param backoffMillisMax the most that it grows to
 */
public record RetrySettings(
    int triesMax,
    int triesPerTargetMax,
    long retryMillisMax,
    long backoffMillis,
    long backoffMillisMax) {
  public static final RetrySettings DEFAULT =
      new RetrySettings(
          4, 2, Duration.ofSeconds(30).toMillis(), 250, Duration.ofSeconds(5).toMillis());

  /** Before the try of that number at the same target, counted from 1. */
  long backoffMillis(int tryNumber) {
    int doublings = Math.min(tryNumber - 2, 30);
    return Math.min(backoffMillis << doublings, backoffMillisMax);
  }
}
