package dev.tollgate.app;

import dev.tollgate.domain.Blocking;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which something is done that blocks, such as reading the books. What finds all of
 * them at work waits in a line; what finds that full is rejected.
 */
@Blocking
final class Workers implements Executor, AutoCloseable {
  private static final long IDLE_SECONDS_MAX = 60;
  private static final long CLOSE_SECONDS_MAX = 5;

  private final ThreadPoolExecutor threads;

  /**
   * @param name of the threads
   * @param threadsMax that work at a time
   * @param waitingMax tasks in the line
   */
  Workers(String name, int threadsMax, int waitingMax) {
    threads =
        new ThreadPoolExecutor(
            threadsMax,
            threadsMax,
            IDLE_SECONDS_MAX,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waitingMax),
            new DefaultThreadFactory("tollgate-" + name, true));
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * @throws java.util.concurrent.RejectedExecutionException when too much waits
   */
  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  /** Lets what has been begun come to its end, within a bound. */
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
