package dev.tollgate.account;

import dev.tollgate.auth.Authentication;
import dev.tollgate.auth.Authenticator;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import dev.tollgate.ledger.LedgerUnavailableException;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Opens an account to the holder of one of its keys: the live state of both, or why not. A
 * suspended account may still be looked at. Used on one event loop; stages complete there. That the
 * ledger is away is a denial too.
 */
public final class AccountAccess {
  /** Whether the caller may look. */
  public sealed interface Access {
    record Granted(AccountState account, KeyState key) implements Access {
      /** Whether the key is not restricted to other models. */
      public boolean mayUse(String model) {
        return ModelGlobs.isAnyMatch(key.models(), model);
      }
    }

    record Denied(Refusal refusal) implements Access {}
  }

  private final Authenticator authenticator;
  private final Accounts accounts;
  private final InstantSource clock;

  public AccountAccess(Authenticator authenticator, Accounts accounts, InstantSource clock) {
    this.authenticator = authenticator;
    this.accounts = accounts;
    this.clock = clock;
  }

  public CompletionStage<Access> open(HttpHeaders headers) {
    return authenticator
        .authenticate(headers)
        .thenCompose(
            who ->
                switch (who) {
                  case Authentication.Rejected(Refusal refusal) -> denied(refusal);
                  case Authentication.Authenticated(KeyRef key) -> load(key);
                })
        .exceptionally(AccountAccess::away);
  }

  private static Access away(Throwable failure) {
    return new Access.Denied(refusalFor(failure));
  }

  /** That the ledger is away; anything else is a bug, and thrown. */
  static Refusal refusalFor(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof LedgerUnavailableException) {
      return new Refusal.LedgerUnavailable();
    }
    throw new CompletionException(cause);
  }

  private CompletionStage<Access> load(KeyRef ref) {
    return accounts
        .findKey(ref)
        .thenCombine(accounts.find(ref.account()), (key, account) -> judge(key, account));
  }

  private Access judge(Optional<KeyState> found, Optional<AccountState> account) {
    if (found.isEmpty() || account.isEmpty()) {
      return new Access.Denied(Refusal.InvalidApiKey.UNKNOWN);
    }
    KeyState key = found.get();
    Long expiresAt = key.expiresAtMillis();
    if (key.status() != KeyStatus.ACTIVE) {
      return new Access.Denied(
          new Refusal.InvalidApiKey(
              key.status() == KeyStatus.REVOKED
                  ? "The API key has been revoked."
                  : "The API key is disabled."));
    }
    if (expiresAt != null && expiresAt <= clock.millis()) {
      return new Access.Denied(new Refusal.InvalidApiKey("The API key has expired."));
    }
    return new Access.Granted(account.get(), key);
  }

  private static CompletionStage<Access> denied(Refusal refusal) {
    return CompletableFuture.completedFuture(new Access.Denied(refusal));
  }
}
