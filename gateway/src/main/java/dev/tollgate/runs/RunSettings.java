package dev.tollgate.runs;

import java.time.Duration;

/**
 * Bounds of runs.
 *
 * @param leaseMillis for which a hold lives without a word of its run, where that asks for no other
 *     time
 * @param leaseMillisMax the most that it may ask for
 * @param runsMax that an account may have, ended ones among them
 * @param charsPerToken by which characters of training data are taken for tokens: on the high side,
 *     since what is held bounds what can be spent
 */
public record RunSettings(long leaseMillis, long leaseMillisMax, int runsMax, int charsPerToken) {
  public static final RunSettings DEFAULT =
      new RunSettings(Duration.ofDays(7).toMillis(), Duration.ofDays(31).toMillis(), 100_000, 3);
}
