package dev.tollgate.api.admin;

import dev.tollgate.account.Fields;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Door;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.TooManyBudgetsException;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every admin door: asks for the admin token, and turns what a door throws at bad
 * input into a refusal.
 */
public final class AdminAccess {
  private static final String SCHEME = "Bearer ";

  private final Supplier<String> adminToken;
  private final RefusalRenderer refusals;

  /**
   * @param adminToken the one in force
   */
  public AdminAccess(Supplier<String> adminToken, RefusalRenderer refusals) {
    this.adminToken = adminToken;
    this.refusals = refusals;
  }

  public Door guarded(Door door) {
    return (request, query, body) -> {
      Refusal refusal = judge(request.headers().get(HttpHeaderNames.AUTHORIZATION));
      if (refusal != null) {
        return CompletableFuture.completedFuture(refuse(request, refusal));
      }
      try {
        return door.answer(request, query, body)
            .exceptionally(failure -> refuseFailure(request, failure));
      } catch (Fields.Fault | TooManyBudgetsException fault) {
        return CompletableFuture.completedFuture(refuseFailure(request, fault));
      }
    };
  }

  private @Nullable Refusal judge(@Nullable String authorization) {
    if (authorization == null) {
      return new Refusal.TokenRequired();
    }
    boolean matches =
        authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
            && MessageDigest.isEqual(
                adminToken.get().getBytes(StandardCharsets.UTF_8),
                authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8));
    return matches ? null : new Refusal.InvalidApiKey("The admin token is not right.");
  }

  private Reply refuseFailure(ServerRequest request, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return switch (cause) {
      case Fields.Fault fault ->
          refuse(
              request,
              new Refusal.InvalidRequest(String.valueOf(fault.getMessage()), fault.param()));
      case TooManyBudgetsException tooMany ->
          refuse(request, new Refusal.InvalidRequest(tooMany.getMessage() + ".", "budgets"));
      case LedgerUnavailableException away -> refuse(request, new Refusal.LedgerUnavailable());
      case null, default -> throw new CompletionException(cause);
    };
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    return refusals.render(refusal, request.path(), request.id());
  }
}
