package dev.tollgate.cli;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps a process running until a signal ends it, and then closes what ran in good order. */
final class Foreground {
  /** Starts what is to run, or cleans up after itself. */
  @FunctionalInterface
  interface Start<T extends AutoCloseable> {
    T start() throws IOException;
  }

  private Foreground() {}

  /**
   * Never returns in practice: the signal ends the process once what runs is closed. A signal that
   * comes during the start waits for its end.
   *
   * @param whenUp what is left to do then; if it fails, what runs is closed at the process's exit
   * @throws CommandFailure when it cannot be started
   */
  static <T extends AutoCloseable> int run(Start<T> start, Consumer<T> whenUp)
      throws InterruptedException {
    CompletableFuture<@Nullable T> running = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform().name("tollgate-stop").unstarted(() -> close(running.join())));
    T started;
    try {
      started = start.start();
    } catch (IOException | RuntimeException failure) {
      running.complete(null);
      throw CommandFailure.of("cannot start", failure);
    }
    running.complete(started);
    whenUp.accept(started);
    Thread.currentThread().join();
    return 0;
  }

  private static void close(@Nullable AutoCloseable running) {
    if (running == null) {
      return;
    }
    try {
      running.close();
    } catch (Exception broken) {
      System.err.println("tollgate: did not stop in good order: " + broken);
    }
  }
}
