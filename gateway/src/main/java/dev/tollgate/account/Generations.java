package dev.tollgate.account;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.RequestRecord;
import dev.tollgate.ledger.RequestRecords;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What became of a request, for the holder of any key of the account that made it. Another
 * account's is not found, like one that never was. Used on one event loop; stages complete there.
 */
public final class Generations {
  /** What there is to be told. */
  public sealed interface Answer {
    record Found(RequestRecord request) implements Answer {}

    record Refused(Refusal refusal) implements Answer {}
  }

  private final AccountAccess access;
  private final RequestRecords requests;

  public Generations(AccountAccess access, RequestRecords requests) {
    this.access = access;
    this.requests = requests;
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
        .thenApply(Generations::answer)
        .exceptionally(failure -> new Answer.Refused(AccountAccess.refusalFor(failure)));
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
