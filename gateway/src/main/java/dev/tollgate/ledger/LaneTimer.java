package dev.tollgate.ledger;

import io.netty.channel.EventLoop;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.netty.util.TimerTask;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timer that Lettuce wants, on the lane's event loop instead of a thread of its own. Lettuce
 * uses it to reconnect and to bound a handshake, so it is rarely asked.
 */
final class LaneTimer implements Timer {
  private static final Logger log = LoggerFactory.getLogger(LaneTimer.class);

  private final EventLoop loop;

  LaneTimer(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
    LaneTimeout timeout = new LaneTimeout(task);
    timeout.scheduled = loop.schedule(timeout, Math.max(0, delay), unit);
    return timeout;
  }

  @Override
  public Set<Timeout> stop() {
    return Set.of();
  }

  private final class LaneTimeout implements Timeout, Runnable {
    private final TimerTask task;
    private volatile boolean isRun;
    private volatile @Nullable ScheduledFuture<?> scheduled;

    LaneTimeout(TimerTask task) {
      this.task = task;
    }

    @Override
    public void run() {
      isRun = true;
      try {
        task.run(this);
      } catch (Exception failure) {
        log.warn("a timer task of the Redis client failed", failure);
      }
    }

    @Override
    public Timer timer() {
      return LaneTimer.this;
    }

    @Override
    public TimerTask task() {
      return task;
    }

    @Override
    public boolean isExpired() {
      return isRun;
    }

    @Override
    public boolean isCancelled() {
      ScheduledFuture<?> current = scheduled;
      return current != null && current.isCancelled();
    }

    @Override
    public boolean cancel() {
      ScheduledFuture<?> current = scheduled;
      return current != null && current.cancel(false);
    }
  }
}
