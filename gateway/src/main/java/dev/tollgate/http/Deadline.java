package dev.tollgate.http;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One point in time by which something must have happened. Moving it later or clearing it costs
 * nothing: the timer finds out when it fires. For use on its event loop only.
 */
final class Deadline {
  private final EventLoop loop;
  private final Runnable expired;
  private boolean set;
  private long atNanos;
  private long timerNanos;
  private java.util.concurrent.@Nullable Future<?> timer;

  Deadline(EventLoop loop, Runnable expired) {
    this.loop = loop;
    this.expired = expired;
  }

  /** Replaces the one that was set before. */
  void in(long millis) {
    set = true;
    atNanos = now() + TimeUnit.MILLISECONDS.toNanos(millis);
    if (timer != null && timerNanos - atNanos > 0) {
      timer.cancel(false);
      timer = null;
    }
    if (timer == null) {
      schedule();
    }
  }

  void clear() {
    set = false;
  }

  /** Clears it for good. */
  void cancel() {
    set = false;
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void schedule() {
    timerNanos = atNanos;
    timer = loop.schedule(this::fire, Math.max(1, atNanos - now()), TimeUnit.NANOSECONDS);
  }

  private void fire() {
    timer = null;
    if (set && atNanos - now() > 0) {
      schedule();
    } else if (set) {
      set = false;
      expired.run();
    }
  }

  private long now() {
    return loop.ticker().nanoTime();
  }
}
