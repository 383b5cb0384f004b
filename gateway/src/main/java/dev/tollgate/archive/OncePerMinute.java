package dev.tollgate.archive;

import java.util.concurrent.TimeUnit;

/** Keeps what lasts out of the log but for once a minute. Thread-safe. */
public final class OncePerMinute {
  private static final long NANOS = TimeUnit.MINUTES.toNanos(1);

  private long lastNanos = System.nanoTime() - NANOS;

  /** Whether it is to be said now: not within a minute after it was. */
  public synchronized boolean isDue() {
    long now = System.nanoTime();
    if (now - lastNanos < NANOS) {
      return false;
    }
    lastNanos = now;
    return true;
  }
}
