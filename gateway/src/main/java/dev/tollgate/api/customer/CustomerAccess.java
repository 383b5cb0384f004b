package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess;
import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.BookDesk;
import dev.tollgate.account.BookDesk.Read;
import dev.tollgate.account.Fields;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.LedgerUnavailableException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Stands before every customer door: lets the holder of a key in, or says why not, and turns what a
 * door throws at bad input into a refusal. One per lane.
 */
public final class CustomerAccess {
  /** Says that the books had not caught up: what happened lately may not be in the answer. */
  static final String BOOKS = "x-tollgate-books";

  private final AccountAccess access;
  private final RefusalRenderer refusals;

  public CustomerAccess(AccountAccess access, RefusalRenderer refusals) {
    this.access = access;
    this.refusals = refusals;
  }

  /** The document for who may see it, as JSON. */
  CompletionStage<Reply> answer(
      ServerRequest request, Function<Access.Granted, Map<String, ?>> document) {
    return serve(
        request,
        granted -> CompletableFuture.completedFuture(Json.reply(200, document.apply(granted))));
  }

  /**
   * The answer of a door.
   *
   * @param door may throw a {@link Fields.Fault}, and may fail as the ledger and the books do
   */
  CompletionStage<Reply> serve(
      ServerRequest request, Function<Access.Granted, CompletionStage<Reply>> door) {
    return access
        .open(request.headers())
        .thenCompose(
            opened ->
                switch (opened) {
                  case Access.Denied(Refusal refusal) ->
                      CompletableFuture.completedFuture(refuse(request, refusal));
                  case Access.Granted granted -> door.apply(granted);
                })
        .exceptionally(failure -> refuseFailure(request, failure));
  }

  /** A document of what the books said. */
  static <T> Reply reply(Read<T> read, Function<T, Map<String, ?>> document) {
    return marked(read, Json.reply(200, document.apply(read.value())));
  }

  static Reply marked(Read<?> read, Reply reply) {
    return read.isCurrent() ? reply : reply.with(BOOKS, "behind");
  }

  private Reply refuseFailure(ServerRequest request, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return switch (cause) {
      case Fields.Fault fault ->
          refuse(
              request,
              new Refusal.InvalidRequest(String.valueOf(fault.getMessage()), fault.param()));
      case LedgerUnavailableException away -> refuse(request, new Refusal.LedgerUnavailable());
      case null -> throw new CompletionException(failure);
      default -> {
        Refusal ofBooks = BookDesk.refusalFor(cause);
        if (ofBooks == null) {
          throw new CompletionException(cause);
        }
        yield refuse(request, ofBooks);
      }
    };
  }

  Reply refuse(ServerRequest request, Refusal refusal) {
    boolean isUnknownToken =
        refusal.equals(Refusal.InvalidApiKey.UNKNOWN) && request.path().startsWith("/api/payment/");
    return refusals.render(
        isUnknownToken ? new Refusal.TokenNotFound() : refusal, request.path(), request.id());
  }
}
