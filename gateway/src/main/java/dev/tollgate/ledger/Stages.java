package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

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
}
