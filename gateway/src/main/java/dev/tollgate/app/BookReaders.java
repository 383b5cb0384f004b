package dev.tollgate.app;

import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.domain.Blocking;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which the books are read, which blocks. What finds all of them at work waits in a
 * line; what finds that full is rejected.
 */
@Blocking
final class BookReaders implements Executor, AutoCloseable {
  private static final long IDLE_SECONDS_MAX = 60;
  private static final long CLOSE_SECONDS_MAX = 5;

  private final ThreadPoolExecutor threads;

  BookReaders(ArchiveSettings settings) {
    threads =
        new ThreadPoolExecutor(
            settings.readersMax(),
            settings.readersMax(),
            IDLE_SECONDS_MAX,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(settings.readsWaitingMax()),
            new DefaultThreadFactory("tollgate-books", true));
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * @throws java.util.concurrent.RejectedExecutionException when too much waits
   */
  @Override
  public void execute(Runnable question) {
    threads.execute(question);
  }

  /** Lets what has been asked come to its end, within a bound. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
