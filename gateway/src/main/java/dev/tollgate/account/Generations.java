package dev.tollgate.account;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.archive.Books;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.RequestFacts;
import dev.tollgate.ledger.RequestRecord;
import dev.tollgate.ledger.RequestRecord.State;
import dev.tollgate.ledger.RequestRecords;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * What became of a request, for the holder of any key of the account that made it: from Redis, and
 * what that has forgotten from the archive. Another account's is not found, like one that never
 * was. Used on one event loop; stages complete there.
 */
public final class Generations {
  /** What there is to be told. */
  public sealed interface Answer {
    record Found(RequestRecord request) implements Answer {}

    record Refused(Refusal refusal) implements Answer {}
  }

  private final AccountAccess access;
  private final RequestRecords requests;
  private final BookDesk desk;

  public Generations(AccountAccess access, RequestRecords requests, BookDesk desk) {
    this.access = access;
    this.requests = requests;
    this.desk = desk;
  }

  /**
   * @param headers of who asks
   * @param requestId as it was sent
   */
  public CompletionStage<Answer> find(HttpHeaders headers, String requestId) {
    return access
        .open(headers)
        .thenCompose(
            opened ->
                switch (opened) {
                  case Access.Denied(Refusal refusal) -> refused(refusal);
                  case Access.Granted granted -> find(granted.account(), requestId);
                });
  }

  private CompletionStage<Answer> find(AccountState account, String requestId) {
    if (!RequestId.isRequestId(requestId)) {
      // It is not repeated in the message: it may be a key, put in the wrong place.
      return refused(
          new Refusal.InvalidRequest(
              "`request_id` must be `req_` and 24 letters and digits, as x-request-id has it.",
              "request_id"));
    }
    return requests
        .find(account.id(), new RequestId(requestId))
        .thenCompose(
            found ->
                found.isPresent() && isWhole(found.get())
                    ? found(found.get())
                    : archived(account, requestId, found))
        .exceptionally(failure -> new Answer.Refused(AccountAccess.refusalFor(failure)));
  }

  /** Its event is still there, or has not been written yet, or there is no more to be told. */
  private static boolean isWhole(RequestRecord request) {
    return switch (request.state()) {
      case RUNNING, RELEASED -> true;
      case SETTLED, REAPED -> request.usage() != null || request.facts() != null;
    };
  }

  /** What Redis has forgotten of it is archived, unless that was too long ago. */
  private CompletionStage<Answer> archived(
      AccountState account, String requestId, Optional<RequestRecord> remembered) {
    return desk.readAsTheyAre(books -> books.request(account.id(), requestId))
        .thenApply(row -> answer(row.map(known -> record(known, remembered)).or(() -> remembered)))
        .exceptionally(
            failure -> {
              Refusal refusal = BookDesk.refusalFor(failure);
              if (refusal == null) {
                throw new CompletionException(failure);
              }
              return remembered
                  .<Answer>map(Answer.Found::new)
                  .orElseGet(() -> new Answer.Refused(refusal));
            });
  }

  /** What was paid is as Redis remembers it, where it does. */
  private static RequestRecord record(Books.Request row, Optional<RequestRecord> remembered) {
    return new RequestRecord(
        new RequestId(row.id()),
        new KeyId(row.key()),
        remembered.map(RequestRecord::state).orElseGet(() -> state(row)),
        row.model(),
        row.startedAtMillis(),
        remembered.map(RequestRecord::paidNanoUsd).orElse(row.costNanoUsd()),
        row.listNanoUsd(),
        state(row) == State.RELEASED ? null : usage(row),
        row.estimated(),
        0,
        remembered.map(RequestRecord::parts).orElse(0),
        remembered.map(RequestRecord::reason).orElse(""),
        new RequestFacts(
            row.endpoint(),
            row.model(),
            row.provider(),
            "",
            row.status(),
            row.isStreamed(),
            row.estimated(),
            "",
            row.startedAtMillis(),
            row.durationMillis(),
            row.firstByteMillis()));
  }

  private static Usage usage(Books.Request row) {
    return Usage.builder()
        .set(Meter.INPUT, row.inputTokens())
        .set(Meter.OUTPUT, row.outputTokens())
        .set(Meter.CACHE_READ, row.cacheReadTokens())
        .set(Meter.CACHE_WRITE_5M, row.cacheCreationTokens())
        .build();
  }

  private static State state(Books.Request row) {
    return switch (row.outcome()) {
      case "released" -> State.RELEASED;
      case "reaped" -> State.REAPED;
      default -> State.SETTLED;
    };
  }

  private static CompletionStage<Answer> found(RequestRecord request) {
    return CompletableFuture.completedFuture(new Answer.Found(request));
  }

  private static Answer answer(Optional<RequestRecord> found) {
    return found.isPresent()
        ? new Answer.Found(found.get())
        : new Answer.Refused(new Refusal.NotFound("request"));
  }

  private static CompletionStage<Answer> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new Answer.Refused(refusal));
  }
}
