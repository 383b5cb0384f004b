package dev.tollgate.api.admin;

import dev.tollgate.auth.BearerKey;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
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
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
  private static final long CONCURRENCY_MAX = 1_000_000;
  private static final long LIFT = -1;

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
    String name = fields.text("name");
    List<String> models = fields.texts("models");
    List<String> scopes = fields.texts("scopes");
    NewKey key =
        new NewKey(
            new KeyRef(account(request), ids.nextKeyId()),
            bearer.sha256Hex(),
            bearer.hint(),
            name == null ? "" : name,
            fields.usd("quota_usd", false),
            fields.integer("max_concurrency", 1, CONCURRENCY_MAX),
            models == null ? List.of() : models,
            scopes == null ? List.of() : scopes,
            fields.time("expires_at"));
    fields.rejectOthers();
    return accounts
        .createKey(key)
        .thenApply(
            created ->
                created
                    .map(
                        state -> {
                          Map<String, @Nullable Object> document = document(state);
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
                        200, Map.of("data", keys.stream().map(KeysDoor::document).toList())));
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return accounts.findKey(key(request)).thenApply(found -> reply(request, found));
  }

  /**
   * A null in {@code quota_usd}, {@code max_concurrency}, {@code models} or {@code expires_at}
   * lifts the limit.
   */
  public CompletionStage<Reply> change(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    Long quota = fields.usd("quota_usd", false);
    Long concurrency = fields.integer("max_concurrency", 1, CONCURRENCY_MAX);
    Long expiresAt = fields.time("expires_at");
    KeyPatch patch =
        new KeyPatch(
            fields.text("name"),
            status(fields.text("status")),
            fields.isNull("quota_usd") ? Long.valueOf(LIFT) : quota,
            fields.isNull("max_concurrency") ? Long.valueOf(LIFT) : concurrency,
            fields.isNull("models") ? List.of() : fields.texts("models"),
            fields.texts("scopes"),
            fields.isNull("expires_at") ? Long.valueOf(LIFT) : expiresAt);
    fields.rejectOthers();
    return accounts.updateKey(key(request), patch).thenApply(found -> reply(request, found));
  }

  /** Revokes: the next request with it is refused, on every gateway. Its history stays. */
  public CompletionStage<Reply> revoke(ServerRequest request, Query query, byte[] body) {
    KeyPatch revoked = new KeyPatch(null, KeyStatus.REVOKED, null, null, null, null, null);
    return accounts.updateKey(key(request), revoked).thenApply(found -> reply(request, found));
  }

  private static Map<String, @Nullable Object> document(KeyState key) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", key.id().value());
    document.put("account", key.ref().account().value());
    document.put("name", key.name());
    document.put("hint", key.hint());
    document.put("status", key.status().name().toLowerCase(Locale.ROOT));
    document.put(
        "quota_usd", key.quotaNanoUsd() == null ? null : Money.decimal(key.quotaNanoUsd()));
    document.put("quota_used_usd", Money.decimal(key.quotaUsedNanoUsd()));
    document.put("max_concurrency", key.concurrencyMax());
    document.put("models", key.models());
    document.put("scopes", key.scopes());
    document.put("expires_at", time(key.expiresAtMillis()));
    document.put("created_at", time(key.createdAtMillis()));
    document.put("last_used_at", time(key.lastUsedAtMillis()));
    return document;
  }

  private static @Nullable String time(@Nullable Long epochMillis) {
    return epochMillis == null ? null : Instant.ofEpochMilli(epochMillis).toString();
  }

  private static @Nullable KeyStatus status(@Nullable String status) {
    return switch (status) {
      case null -> null;
      case "active" -> KeyStatus.ACTIVE;
      case "disabled" -> KeyStatus.DISABLED;
      case "revoked" -> KeyStatus.REVOKED;
      default -> throw new Fields.Fault("status", "status must be active, disabled or revoked.");
    };
  }

  private static AccountId account(ServerRequest request) {
    return new AccountId(Bodies.pathParameter(request, "id"));
  }

  private static KeyRef key(ServerRequest request) {
    return new KeyRef(account(request), new KeyId(Bodies.pathParameter(request, "key_id")));
  }

  private Reply reply(ServerRequest request, Optional<KeyState> found) {
    return found.map(key -> Json.reply(200, document(key))).orElseGet(() -> refuse(request, "key"));
  }

  private Reply refuse(ServerRequest request, String missing) {
    return refusals.render(new Refusal.NotFound(missing), request.path(), request.id());
  }
}
