package dev.tollgate.api.customer;

import dev.tollgate.account.Fields;
import dev.tollgate.account.KeyTerms;
import dev.tollgate.account.OwnKeys;
import dev.tollgate.account.OwnKeys.Outcome;
import dev.tollgate.api.customer.Parameters.PageAsked;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/keys}: the keys of the caller's account. The secret is in the answer to its creation
 * and nowhere after. One per lane.
 */
public final class OwnKeysDoor {
  /** The place of the id in the route's path. */
  public static final String KEY_ID = "key_id";

  private final CustomerAccess access;
  private final OwnKeys keys;

  public OwnKeysDoor(CustomerAccess access, OwnKeys keys) {
    this.access = access;
    this.keys = keys;
  }

  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          PageAsked page = new Parameters(query).page();
          return keys.list(granted, page.offset(), page.perPage())
              .thenApply(found -> Json.reply(200, document(page, found)));
        });
  }

  private static Map<String, ?> document(PageAsked page, OwnKeys.Page found) {
    Map<String, Object> meta = new LinkedHashMap<>();
    meta.put("page", page.page());
    meta.put("per_page", page.perPage());
    meta.put("total", found.total());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("data", found.keys().stream().map(KeyTerms::document).toList());
    document.put("meta", meta);
    return document;
  }

  public CompletionStage<Reply> create(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Fields fields = Bodies.fields(body);
          KeyTerms terms = KeyTerms.of(fields);
          fields.rejectOthers();
          return keys.create(granted, terms).thenApply(outcome -> reply(request, outcome));
        });
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> keys.find(granted, id(request)).thenApply(outcome -> reply(request, outcome)));
  }

  /** A null in a limit, in one of the windows, in {@code models} or {@code expires_at} lifts it. */
  public CompletionStage<Reply> change(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Fields fields = Bodies.fields(body);
          KeyPatch patch = KeyTerms.change(fields, null);
          fields.rejectOthers();
          return keys.change(granted, id(request), patch)
              .thenApply(outcome -> reply(request, outcome));
        });
  }

  public CompletionStage<Reply> revoke(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> keys.revoke(granted, id(request)).thenApply(outcome -> reply(request, outcome)));
  }

  private Reply reply(ServerRequest request, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Created(KeyState key, String secret) -> {
        Map<String, @Nullable Object> document = KeyTerms.document(key);
        document.put("key", secret);
        yield Json.reply(201, document);
      }
      case Outcome.Found(KeyState key) -> Json.reply(200, KeyTerms.document(key));
      case Outcome.Refused(Refusal refusal) -> access.refuse(request, refusal);
    };
  }

  private static String id(ServerRequest request) {
    return request.pathParameters().getOrDefault(KEY_ID, "");
  }
}
