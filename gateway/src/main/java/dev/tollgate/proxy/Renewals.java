package dev.tollgate.proxy;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the holds of a lane alive: each is renewed every few seconds until it is ended. What this
 * process no longer renews is reaped. A list in the order in which they are due, and one timer for
 * all of them, which runs while there is anything to renew. Most exchanges are over before they are
 * due; ending one takes it out at once. Confined to its event loop.
 */
final class Renewals {
  /** A hold that is to be kept alive. End it once. */
  final class Renewal {
    private final Runnable renew;
    private final long everyNanos;
    private long dueNanos;
    private @Nullable Renewal before;
    private @Nullable Renewal after;
    private boolean isListed;

    private Renewal(Runnable renew, long everyNanos) {
      this.renew = renew;
      this.everyNanos = everyNanos;
    }

    /** It is not to be renewed any more. Idempotent. */
    void end() {
      if (isListed) {
        unlink(this);
      }
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Renewals.class);

  private final EventLoop eventLoop;
  private final LongSupplier nanoTime;
  private @Nullable Renewal first;
  private @Nullable Renewal last;
  private boolean isTimed;

  Renewals(EventLoop eventLoop, LongSupplier nanoTime) {
    this.eventLoop = eventLoop;
    this.nanoTime = nanoTime;
  }

  /** Runs something every so often from now on, until that is ended. */
  Renewal add(Runnable renew, long everyMillis) {
    Renewal added = new Renewal(renew, TimeUnit.MILLISECONDS.toNanos(everyMillis));
    append(added, nanoTime.getAsLong());
    time(added.everyNanos);
    return added;
  }

  private void time(long waitNanos) {
    if (!isTimed) {
      isTimed = true;
      var unused = eventLoop.schedule(this::run, waitNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void run() {
    isTimed = false;
    long now = nanoTime.getAsLong();
    Renewal due = first;
    while (due != null && due.dueNanos - now <= 0) {
      unlink(due);
      append(due, now);
      renew(due);
      due = first;
    }
    if (due != null) {
      time(due.dueNanos - now);
    }
  }

  private static void renew(Renewal due) {
    try {
      due.renew.run();
    } catch (RuntimeException bug) {
      // The others are renewed all the same.
      LOG.error("a hold could not be renewed", bug);
    }
  }

  /**
   * Last in the list, which is in order as long as all have the same pace. After a change of it,
   * some are late by at most what it was before.
   */
  private void append(Renewal added, long now) {
    added.dueNanos = now + added.everyNanos;
    added.isListed = true;
    added.before = last;
    if (last == null) {
      first = added;
    } else {
      last.after = added;
    }
    last = added;
  }

  private void unlink(Renewal gone) {
    if (gone.before == null) {
      first = gone.after;
    } else {
      gone.before.after = gone.after;
    }
    if (gone.after == null) {
      last = gone.before;
    } else {
      gone.after.before = gone.before;
    }
    gone.before = null;
    gone.after = null;
    gone.isListed = false;
  }
}
