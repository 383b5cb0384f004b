package dev.tollgate.api.admin;

import dev.tollgate.account.Fields;
import dev.tollgate.account.KeyTerms;
import dev.tollgate.auth.BearerKey;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import dev.tollgate.ledger.Accounts.NewKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /admin/v1/accounts/{id}/keys}: the bearer keys of an account. The secret is in the answer
 * to its creation and nowhere after.
 */
public final class KeysDoor {
  private final Accounts accounts;
  private final Ids ids;
  private final Supplier<String> keyPrefix;
  private final RefusalRenderer refusals;

  public KeysDoor(
      Accounts accounts, Ids ids, Supplier<String> keyPrefix, RefusalRenderer refusals) {
    this.accounts = accounts;
    this.ids = ids;
    this.keyPrefix = keyPrefix;
    this.refusals = refusals;
  }

  public CompletionStage<Reply> create(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    String secret = ids.nextSecret(keyPrefix.get());
    BearerKey bearer = BearerKey.of(secret);
    KeyTerms terms = KeyTerms.of(fields);
    List<String> scopes = fields.texts("scopes");
    NewKey key =
        new NewKey(
            new KeyRef(account(request), ids.nextKeyId()),
            bearer.sha256Hex(),
            bearer.hint(),
            terms.name(),
            terms.budgets(),
            terms.models(),
            scopes == null ? List.of() : scopes,
            terms.expiresAtMillis());
    fields.rejectOthers();
    return accounts
        .createKey(key)
        .thenApply(
            created ->
                created
                    .map(
                        state -> {
                          Map<String, @Nullable Object> document = KeyTerms.document(state);
                          document.put("key", secret);
                          return Json.reply(201, document);
                        })
                    .orElseGet(() -> refuse(request, "account")));
  }

  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    AccountId account = account(request);
    return accounts
        .find(account)
        .thenCombine(
            accounts.keysOf(account),
            (found, keys) ->
                found.isEmpty()
                    ? refuse(request, "account")
                    : Json.reply(
                        200, Map.of("data", keys.stream().map(KeyTerms::document).toList())));
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return accounts.findKey(key(request)).thenApply(found -> reply(request, found));
  }

  /** A null in a limit, in one of the windows, in {@code models} or {@code expires_at} lifts it. */
  public CompletionStage<Reply> change(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    KeyPatch patch = KeyTerms.change(fields, fields.texts("scopes"));
    fields.rejectOthers();
    return accounts.updateKey(key(request), patch).thenApply(found -> reply(request, found));
  }

  /** Revokes: the next request with it is refused, on every gateway. Its history stays. */
  public CompletionStage<Reply> revoke(ServerRequest request, Query query, byte[] body) {
    KeyPatch revoked = new KeyPatch(KeyStatus.REVOKED);
    return accounts.updateKey(key(request), revoked).thenApply(found -> reply(request, found));
  }

  private static AccountId account(ServerRequest request) {
    return new AccountId(Bodies.pathParameter(request, "id"));
  }

  private static KeyRef key(ServerRequest request) {
    return new KeyRef(account(request), new KeyId(Bodies.pathParameter(request, "key_id")));
  }

  private Reply reply(ServerRequest request, Optional<KeyState> found) {
    return found
        .map(key -> Json.reply(200, KeyTerms.document(key)))
        .orElseGet(() -> refuse(request, "key"));
  }

  private Reply refuse(ServerRequest request, String missing) {
    return refusals.render(new Refusal.NotFound(missing), request.path(), request.id());
  }
}
