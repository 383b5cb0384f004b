package dev.tollgate.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A bar on a terminal, for what takes longer than a second; elsewhere nothing is to be seen. */
final class ProgressBar {
  private static final long PATIENCE_MILLIS = 1_000;
  private static final long BETWEEN_MILLIS = 250;
  private static final int CHARACTERS = 40;

  /** So much of the whole. */
  record Share(int done, int whole) {
    /** As a bar with a number. */
    String text() {
      int filled = whole <= 0 ? 0 : (int) ((long) CHARACTERS * Math.min(done, whole) / whole);
      return "[%s%s] %d/%d"
          .formatted("#".repeat(filled), " ".repeat(CHARACTERS - filled), done, whole);
    }
  }

  private ProgressBar() {}

  /**
   * Does the work on another thread, and waits for it.
   *
   * @param share asked now and then; if it fails, the bar stays as it was
   */
  static <T> T await(Output output, Supplier<T> work, Supplier<Share> share)
      throws InterruptedException {
    CompletableFuture<T> done = CompletableFuture.supplyAsync(work);
    long patienceMillis = PATIENCE_MILLIS;
    boolean isDrawn = false;
    while (true) {
      try {
        return done.get(patienceMillis, TimeUnit.MILLISECONDS);
      } catch (TimeoutException notYet) {
        patienceMillis = BETWEEN_MILLIS;
        isDrawn |= draw(output, share);
      } catch (ExecutionException failed) {
        throw failed.getCause() instanceof RuntimeException why
            ? why
            : new CommandFailure("it failed", failed);
      } finally {
        if (isDrawn && done.isDone()) {
          output.erase();
        }
      }
    }
  }

  private static boolean draw(Output output, Supplier<Share> share) {
    @Nullable Share now = null;
    if (output.isTerminal()) {
      try {
        now = share.get();
        output.redraw(now.text());
      } catch (CommandFailure unknown) {
        return false;
      }
    }
    return now != null;
  }
}
