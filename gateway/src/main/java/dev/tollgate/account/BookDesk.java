package dev.tollgate.account;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.archive.Books;
import dev.tollgate.archive.CatchUp;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Refusal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where event loops ask the books, which block. A question goes to threads of its own, and the
 * answer comes back on the event loop. One per event loop; called on it.
 */
public final class BookDesk {
  /**
   * What the books said.
   *
   * @param isCurrent whether all that had happened to the account before the question is in it
   */
  public record Read<T>(T value, boolean isCurrent) {}

  private final Books books;
  private final CatchUp catchUp;
  private final Executor readers;
  private final Executor loop;

  /**
   * @param readers run what blocks, and reject what is too much; shared by all event loops
   * @param loop where answers are given
   */
  public BookDesk(Books books, CatchUp catchUp, Executor readers, Executor loop) {
    this.books = books;
    this.catchUp = catchUp;
    this.readers = readers;
    this.loop = loop;
  }

  /**
   * Asks about one account, once the books have caught up with it as far as their bound allows.
   * Fails with what {@link #refusalFor} knows.
   *
   * @param question blocks; its questions to the books are asked one after the other
   */
  public <T> CompletionStage<Read<T>> read(AccountId account, Function<Books, T> question) {
    return onLoop(
        catchUp
            .upToNow(account)
            .thenCompose(
                isCurrent -> ask(question).thenApply(answer -> new Read<>(answer, isCurrent))));
  }

  /** Asks without waiting: as far as the books have come. */
  public <T> CompletionStage<T> readAsTheyAre(Function<Books, T> question) {
    return onLoop(ask(question));
  }

  private <T> CompletionStage<T> ask(Function<Books, T> question) {
    try {
      return CompletableFuture.supplyAsync(() -> question.apply(books), readers);
    } catch (RejectedExecutionException tooMany) {
      return CompletableFuture.failedStage(tooMany);
    }
  }

  private <T> CompletionStage<T> onLoop(CompletionStage<T> stage) {
    return stage.whenCompleteAsync((answer, failure) -> {}, loop);
  }

  /** Why the books gave no answer; null where that is a bug. */
  public static @Nullable Refusal refusalFor(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return switch (cause) {
      case ArchiveException away -> new Refusal.ArchiveUnavailable();
      case RejectedExecutionException tooMany ->
          new Refusal.Overloaded("Too many read in the books at the moment.");
      case null, default -> null;
    };
  }
}
