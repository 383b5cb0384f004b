package dev.tollgate.account;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.auth.BearerKey;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import dev.tollgate.ledger.Accounts.NewKey;
import dev.tollgate.ledger.TooManyBudgetsException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The keys of the caller's account, for the holder of one of them. Another account's are not found.
 * Scopes are given by operators alone. One per event loop; stages complete there.
 */
public final class OwnKeys {
  /** Of an account, revoked ones included. */
  public static final int KEYS_MAX = 1_000;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_]{1,64}");

  /** What there is to be told. */
  public sealed interface Outcome {
    /**
     * @param secret to be shown this once
     */
    record Created(KeyState key, String secret) implements Outcome {
      @Override
      public String toString() {
        return "Created[" + key.id() + "]";
      }
    }

    record Found(KeyState key) implements Outcome {}

    record Refused(Refusal refusal) implements Outcome {}
  }

  /**
   * Some of them, oldest first.
   *
   * @param total of all pages
   */
  public record Page(List<KeyState> keys, long total) {}

  private final Accounts accounts;
  private final Ids ids;
  private final Supplier<String> keyPrefix;

  /**
   * @param ids this event loop's own
   * @param keyPrefix what secrets begin with at the moment
   */
  public OwnKeys(Accounts accounts, Ids ids, Supplier<String> keyPrefix) {
    this.accounts = accounts;
    this.ids = ids;
    this.keyPrefix = keyPrefix;
  }

  public CompletionStage<Page> list(Access.Granted caller, long offset, int countMax) {
    AccountId account = caller.account().id();
    return accounts
        .keysOf(account, offset, countMax)
        .thenCombine(accounts.countKeys(account), Page::new);
  }

  /**
   * @param id as it was sent
   */
  public CompletionStage<Outcome> find(Access.Granted caller, String id) {
    return withKey(caller, id, key -> accounts.findKey(key).thenApply(OwnKeys::found));
  }

  /** Two that are made at once may go one beyond the bound. */
  public CompletionStage<Outcome> create(Access.Granted caller, KeyTerms terms) {
    Refusal refusal = Rights.refusalToChange(caller);
    if (refusal != null) {
      return refused(refusal);
    }
    AccountId account = caller.account().id();
    return accounts
        .countKeys(account)
        .thenCompose(
            count ->
                count < KEYS_MAX
                    ? create(account, terms)
                    : refused(
                        new Refusal.Conflict(
                            "This account has " + count + " keys, as many as it may have.")));
  }

  private CompletionStage<Outcome> create(AccountId account, KeyTerms terms) {
    String secret = ids.nextSecret(keyPrefix.get());
    BearerKey bearer = BearerKey.of(secret);
    NewKey key =
        new NewKey(
            new KeyRef(account, ids.nextKeyId()),
            bearer.sha256Hex(),
            bearer.hint(),
            terms.name(),
            terms.budgets(),
            terms.models(),
            List.of(),
            terms.expiresAtMillis());
    return accounts
        .createKey(key)
        .<Outcome>thenApply(
            created ->
                created.isPresent()
                    ? new Outcome.Created(created.get(), secret)
                    : new Outcome.Refused(new Refusal.NotFound("account")))
        .exceptionally(OwnKeys::tooManyBudgets);
  }

  /** A key that was revoked stays so. */
  public CompletionStage<Outcome> change(Access.Granted caller, String id, KeyPatch patch) {
    Refusal refusal = Rights.refusalToChange(caller);
    return refusal == null
        ? withKey(
            caller,
            id,
            key ->
                accounts
                    .findKey(key)
                    .thenCompose(
                        found ->
                            found.isPresent() && found.get().status() == KeyStatus.REVOKED
                                ? refused(new Refusal.Conflict("This key has been revoked."))
                                : update(key, patch)))
        : refused(refusal);
  }

  /** Any key may revoke itself. The next request with it is refused, on every gateway. */
  public CompletionStage<Outcome> revoke(Access.Granted caller, String id) {
    Refusal refusal = id.equals(caller.key().id().value()) ? null : Rights.refusalToChange(caller);
    return refusal == null
        ? withKey(caller, id, key -> update(key, new KeyPatch(KeyStatus.REVOKED)))
        : refused(refusal);
  }

  private CompletionStage<Outcome> update(KeyRef key, KeyPatch patch) {
    return accounts
        .updateKey(key, patch)
        .thenApply(OwnKeys::found)
        .exceptionally(OwnKeys::tooManyBudgets);
  }

  private static Outcome tooManyBudgets(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof TooManyBudgetsException tooMany) {
      return new Outcome.Refused(new Refusal.InvalidRequest(tooMany.getMessage() + ".", "budgets"));
    }
    throw new CompletionException(cause);
  }

  private static CompletionStage<Outcome> withKey(
      Access.Granted caller, String id, Function<KeyRef, CompletionStage<Outcome>> act) {
    return ID.matcher(id).matches()
        ? act.apply(new KeyRef(caller.account().id(), new KeyId(id)))
        : refused(new Refusal.NotFound("key"));
  }

  private static Outcome found(Optional<KeyState> key) {
    return key.isPresent()
        ? new Outcome.Found(key.get())
        : new Outcome.Refused(new Refusal.NotFound("key"));
  }

  private static CompletionStage<Outcome> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new Outcome.Refused(refusal));
  }
}
