package dev.tollgate.app;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.archive.OncePerMinute;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.LedgerUnavailableException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that is done again and again, on a thread of its own, while the gateway runs. When the
 * archive or the ledger is away, or anything else goes wrong, the next time goes on.
 */
@Blocking
final class Chore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Chore.class);
  private static final long CLOSE_SECONDS_MAX = 5;

  private final String name;
  private final Runnable task;
  private final OncePerMinute awayLog = new OncePerMinute();
  private final ScheduledThreadPoolExecutor thread;

  private Chore(String name, Runnable task) {
    this.name = name;
    this.task = task;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("tollgate-" + name).daemon().factory());
  }

  /**
   * @param name for the thread and the log
   * @param firstMillis until it is done first
   * @param restMillis between the end of one time and the next
   */
  static Chore start(String name, long firstMillis, long restMillis, Runnable task) {
    Chore chore = new Chore(name, task);
    var unused =
        chore.thread.scheduleWithFixedDelay(
            chore::once, firstMillis, restMillis, TimeUnit.MILLISECONDS);
    return chore;
  }

  private void once() {
    try {
      task.run();
    } catch (ArchiveException | LedgerUnavailableException away) {
      if (awayLog.isDue()) {
        LOG.warn("{}: {}; it is tried again and again", name, away.getMessage());
      }
    } catch (RuntimeException failed) {
      LOG.error("{} failed; the next try is soon", name, failed);
    }
  }

  /** Interrupts what is being done, and waits for its end within a bound. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      var unused = thread.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
