package dev.tollgate.upstream;

import java.util.concurrent.TimeUnit;

/**
 * How many connections of a pool are to be open though no call needs them, and when the next may be
 * opened: after one that failed, or that the provider closed at once, not before a pause that
 * doubles each time. Confined to the lane's event loop.
 */
final class Warmth {
  private static final long PAUSE_NANOS_MIN = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);

  private final int wanted;
  private boolean isKept;
  private boolean isPausing;
  private long pausedSinceNanos;
  private long pauseNanos = PAUSE_NANOS_MIN;

  Warmth(int wanted) {
    this.wanted = wanted;
  }

  void keep() {
    isKept = true;
  }

  void letGo() {
    isKept = false;
  }

  boolean isKept() {
    return isKept && wanted > 0;
  }

  /** How many; 0 while none are. */
  int kept() {
    return isKept ? wanted : 0;
  }

  boolean mayOpen(long now) {
    if (isPausing && now - pausedSinceNanos >= pauseNanos) {
      isPausing = false;
      pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
    }
    return isKept() && !isPausing;
  }

  void failed(long now) {
    if (!isPausing) {
      isPausing = true;
      pausedSinceNanos = now;
    }
  }

  /** One is gone that had been there, if perhaps not for long. */
  void lost(long sinceNanos, long now) {
    if (now - sinceNanos < pauseNanos) {
      failed(now);
    } else if (!isPausing) {
      pauseNanos = PAUSE_NANOS_MIN;
    }
  }
}
