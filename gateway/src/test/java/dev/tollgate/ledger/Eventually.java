package dev.tollgate.ledger;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what must come true, without a guess of when. */
public final class Eventually {
  private static final long MILLIS_MAX = 30_000;

  private Eventually() {}

  public static void until(String what, BooleanSupplier condition) {
    until(what, MILLIS_MAX, condition);
  }

  /**
   * @param millisMax where what is awaited has waits of its own that are longer than the usual
   */
  public static void until(String what, long millisMax, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millisMax);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within " + millisMax + " ms: " + what);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(5);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new AssertionError(interrupted);
      }
    }
  }
}
