package dev.tollgate.upstream;

/** How much of what could go to somebody goes there after it has come back. */
final class SlowStart {
  private static final int PERCENT_MIN = 10;

  private SlowStart() {}

  /**
   * @param backNanos since it came back
   * @param slowStartNanos after which it gets all
   */
  static int percent(long backNanos, long slowStartNanos) {
    return backNanos >= slowStartNanos
        ? 100
        : (int) (PERCENT_MIN + (100 - PERCENT_MIN) * backNanos / slowStartNanos);
  }
}
