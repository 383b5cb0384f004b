package dev.tollgate.cli;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what must come true, and fails when it does not within a bound. */
final class Within {
  private static final long POLL_MILLIS = 10;

  private Within() {}

  /**
   * @param what must come true, for the error message
   */
  static void seconds(int seconds, String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within " + seconds + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }
}
