package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess;
import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Stands before every customer door: lets the holder of a key in, or says why not. One per lane.
 */
public final class CustomerAccess {
  private final AccountAccess access;
  private final RefusalRenderer refusals;

  public CustomerAccess(AccountAccess access, RefusalRenderer refusals) {
    this.access = access;
    this.refusals = refusals;
  }

  /** The document for who may see it, as JSON. */
  CompletionStage<Reply> answer(
      ServerRequest request, Function<Access.Granted, Map<String, ?>> document) {
    return access
        .open(request.headers())
        .thenApply(
            opened ->
                switch (opened) {
                  case Access.Denied(Refusal refusal) -> refuse(request, refusal);
                  case Access.Granted granted -> Json.reply(200, document.apply(granted));
                });
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    boolean isUnknownToken =
        refusal.equals(Refusal.InvalidApiKey.UNKNOWN) && request.path().startsWith("/api/payment/");
    return refusals.render(
        isUnknownToken ? new Refusal.TokenNotFound() : refusal, request.path(), request.id());
  }
}
