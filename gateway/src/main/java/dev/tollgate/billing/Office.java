package dev.tollgate.billing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Where event loops leave what blocks: the database's records, the payment provider, paper. The
 * answer comes back on the event loop. One per event loop.
 */
public final class Office {
  private final Executor workers;
  private final Executor loop;

  /**
   * @param workers run what blocks, and reject what is too much; shared by all event loops
   * @param loop where answers are given
   */
  public Office(Executor workers, Executor loop) {
    this.workers = workers;
    this.loop = loop;
  }

  /**
   * Has it done. The stage fails as the task does, and with {@link RejectedExecutionException} when
   * too much waits already.
   */
  public <T> CompletionStage<T> handle(Supplier<T> task) {
    CompletableFuture<T> answer;
    try {
      answer = CompletableFuture.supplyAsync(task, workers);
    } catch (RejectedExecutionException tooMany) {
      answer = CompletableFuture.failedFuture(tooMany);
    }
    return answer.whenCompleteAsync((done, failure) -> {}, loop);
  }
}
