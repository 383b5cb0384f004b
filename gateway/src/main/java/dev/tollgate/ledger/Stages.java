package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is needed of stages that are made of several commands. */
final class Stages {
  private Stages() {}

  static <T> CompletionStage<T> of(T value) {
    return CompletableFuture.completedFuture(value);
  }

  /** Fails with what went wrong itself, as a single command does, and not with a wrapping of it. */
  static <T> CompletionStage<T> unwrapped(CompletionStage<T> stage) {
    CompletableFuture<T> unwrapped = new CompletableFuture<>();
    stage.whenComplete(
        (value, error) -> {
          if (error == null) {
            unwrapped.complete(value);
          } else {
            unwrapped.completeExceptionally(
                error instanceof CompletionException && error.getCause() != null
                    ? error.getCause()
                    : error);
          }
        });
    return unwrapped;
  }

  /** All values in order, once all are there; fails with one of the failures. */
  static <T> CompletionStage<List<T>> all(List<? extends CompletionStage<T>> stages) {
    CompletionStage<List<T>> all = of(new ArrayList<>(stages.size()));
    for (CompletionStage<T> stage : stages) {
      all =
          all.thenCombine(
              stage,
              (values, value) -> {
                values.add(value);
                return values;
              });
    }
    return all;
  }

  /**
   * Takes one step after the other until one says that it was the last, by false. Neither the stack
   * nor a chain of stages grows with the steps. Completes with false, too.
   */
  static CompletionStage<Boolean> repeat(Supplier<? extends CompletionStage<Boolean>> step) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    repeat(step, done);
    return done;
  }

  @SuppressWarnings("CatchingUnchecked") // what a step throws is what came of all of them
  private static void repeat(
      Supplier<? extends CompletionStage<Boolean>> step, CompletableFuture<Boolean> done) {
    try {
      CompletableFuture<Boolean> taken = step.get().toCompletableFuture();
      while (taken.isDone() && !taken.isCompletedExceptionally() && taken.resultNow()) {
        taken = step.get().toCompletableFuture();
      }
      var unused = taken.whenComplete((goesOn, error) -> after(step, done, goesOn, error));
    } catch (RuntimeException bug) {
      done.completeExceptionally(bug);
    }
  }

  private static void after(
      Supplier<? extends CompletionStage<Boolean>> step,
      CompletableFuture<Boolean> done,
      Boolean goesOn,
      @Nullable Throwable error) {
    if (error != null) {
      done.completeExceptionally(error);
    } else if (goesOn) {
      repeat(step, done);
    } else {
      done.complete(false);
    }
  }
}
