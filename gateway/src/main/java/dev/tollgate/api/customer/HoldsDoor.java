package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.IdempotencyKey;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.runs.RunAsked;
import dev.tollgate.runs.RunIds;
import dev.tollgate.runs.RunOutcome;
import dev.tollgate.runs.RunSettings;
import dev.tollgate.runs.RunSettlements;
import dev.tollgate.runs.Runs;
import dev.tollgate.runs.SettleAsked;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * {@code /v1/billing/holds}: purchases that a trusted backend drives, for keys with the scope
 * {@code meter}. One per lane.
 */
public final class HoldsDoor {
  /** The place of the id in the route's path. */
  public static final String HOLD_ID = "hold_id";

  private static final String METER = "meter";
  private static final int CREATED = 201;
  private static final int OK = 200;

  private final CustomerAccess access;
  private final Runs runs;
  private final RunSettlements settlements;
  private final RunFields fields;

  public HoldsDoor(
      CustomerAccess access, Runs runs, RunSettlements settlements, RunSettings settings) {
    this.access = access;
    this.runs = runs;
    this.settlements = settlements;
    this.fields = new RunFields(settings);
  }

  /** Holds; with an {@code Idempotency-Key} once for it. */
  public CompletionStage<Reply> hold(ServerRequest request, Query query, byte[] body) {
    return trusted(
        request,
        CREATED,
        caller -> {
          RunAsked asked = fields.asked(Bodies.fields(body));
          String key = IdempotencyKey.of(request.headers());
          return runs.hold(
              caller, asked, key == null ? RunIds.of(request.id()) : RunIds.of(caller, key));
        });
  }

  /** Also renews its lease. */
  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return trusted(request, OK, caller -> runs.show(caller, id(request)));
  }

  public CompletionStage<Reply> settle(ServerRequest request, Query query, byte[] body) {
    return trusted(
        request,
        OK,
        caller -> {
          SettleAsked asked = RunFields.settled(Bodies.fields(body));
          return settlements.settle(caller, id(request), asked);
        });
  }

  public CompletionStage<Reply> release(ServerRequest request, Query query, byte[] body) {
    return trusted(
        request,
        OK,
        caller -> {
          Bodies.fields(body).rejectOthers();
          return settlements.release(caller, id(request));
        });
  }

  private CompletionStage<Reply> trusted(
      ServerRequest request, int status, Function<KeyRef, CompletionStage<RunOutcome>> act) {
    return access.serve(
        request,
        granted ->
            granted.key().scopes().contains(METER)
                ? act.apply(caller(granted)).thenApply(outcome -> reply(request, status, outcome))
                : CompletableFuture.completedFuture(
                    access.refuse(
                        request,
                        new Refusal.KeyNotAllowed(
                            "Only a key with the scope `meter` may hold and settle."))));
  }

  private static KeyRef caller(Access.Granted granted) {
    return granted.key().ref();
  }

  private Reply reply(ServerRequest request, int status, RunOutcome outcome) {
    return switch (outcome) {
      case RunOutcome.Done(var run, int iteration) ->
          Json.reply(status, RunDocument.of(run, iteration));
      case RunOutcome.Refused(Refusal refusal) -> access.refuse(request, refusal);
    };
  }

  private static String id(ServerRequest request) {
    return request.pathParameters().getOrDefault(HOLD_ID, "");
  }
}
