package dev.tollgate.upstream;

/** A mean of what was observed, the latest counting most. */
final class Latency {
  /** One answer counts for so much of the mean, in its reciprocal. */
  private static final int WEIGHT = 8;

  private Latency() {}

  /**
   * @param mean of those before; 0 for none
   */
  static long mean(long mean, long latest) {
    return mean == 0 ? latest : mean + (latest - mean) / WEIGHT;
  }
}
