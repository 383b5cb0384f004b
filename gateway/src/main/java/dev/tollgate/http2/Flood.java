package dev.tollgate.http2;

import java.util.concurrent.TimeUnit;

/** How often something may happen within a time. For use on one event loop. */
public final class Flood {
  private final int max;
  private final long nanos;
  private long since;
  private long count;

  public Flood(int max, long millis) {
    this.max = max;
    this.nanos = TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /**
   * It has happened so many times more.
   *
   * @return whether that is too often
   */
  public boolean rises(int times) {
    if (times == 0) {
      return false;
    }
    long now = System.nanoTime();
    if (count == 0 || now - since >= nanos) {
      since = now;
      count = 0;
    }
    count += times;
    return count > max;
  }
}
