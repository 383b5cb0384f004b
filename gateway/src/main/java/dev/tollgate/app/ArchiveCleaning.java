package dev.tollgate.app;

import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveException;
import dev.tollgate.domain.Blocking;
import java.time.InstantSource;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drops the archive's oldest requests once a day, first an hour after the start. */
@Blocking
final class ArchiveCleaning implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveCleaning.class);
  private static final long CLOSE_SECONDS_MAX = 5;

  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("archive-cleaning").daemon().factory());

  private ArchiveCleaning() {}

  static ArchiveCleaning start(Archive archive, InstantSource clock) {
    ArchiveCleaning cleaning = new ArchiveCleaning();
    var unused =
        cleaning.thread.scheduleWithFixedDelay(
            () -> clean(archive, clock), 1, TimeUnit.DAYS.toHours(1), TimeUnit.HOURS);
    return cleaning;
  }

  private static void clean(Archive archive, InstantSource clock) {
    try {
      int dropped = archive.dropOldRequests(clock.millis());
      LOG.debug("dropped of old requests: {}", dropped);
    } catch (ArchiveException failed) {
      LOG.warn("{}; the next try is tomorrow", failed.getMessage());
    }
  }

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
