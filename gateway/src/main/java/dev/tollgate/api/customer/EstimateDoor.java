package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.Fields;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.runs.Estimates;
import dev.tollgate.runs.Estimates.Outcome;
import dev.tollgate.runs.RunSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * {@code POST /v1/billing/estimate}: what a run or a request would hold, for any key. One per lane.
 */
public final class EstimateDoor {
  private final CustomerAccess access;
  private final Estimates estimates;
  private final RunFields runs;

  public EstimateDoor(CustomerAccess access, Estimates estimates, RunSettings settings) {
    this.access = access;
    this.estimates = estimates;
    this.runs = new RunFields(settings);
  }

  public CompletionStage<Reply> estimate(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted ->
            outcome(granted, Bodies.fields(body), body)
                .thenApply(outcome -> reply(request, granted, outcome)));
  }

  private CompletionStage<Outcome> outcome(Access.Granted granted, Fields fields, byte[] body) {
    Fields run = fields.object("run");
    Fields asked = fields.object("request");
    if ((run == null) == (asked == null)) {
      throw new Fields.Fault("run", "Either run or request is required.");
    }
    String endpoint = fields.text("endpoint");
    if (run != null && endpoint != null) {
      throw new Fields.Fault("endpoint", "Only a request has an endpoint.");
    }
    fields.rejectOthers();
    long multiplierPpm = granted.account().billedMultiplierPpm();
    return asked == null && run != null
        ? CompletableFuture.completedFuture(estimates.ofRun(runs.run(run), multiplierPpm))
        : estimates.ofRequest(
            granted.key().ref(),
            endpoint,
            asked == null ? List.of() : asked.names(),
            body,
            multiplierPpm);
  }

  private Reply reply(ServerRequest request, Access.Granted granted, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Refused(Refusal refusal) -> access.refuse(request, refusal);
      case Outcome.Estimated(String model, long nanoUsd, boolean isAtListPrice) ->
          model.isEmpty() || granted.mayUse(model)
              ? Json.reply(200, Map.of("data", document(granted, nanoUsd, isAtListPrice)))
              : access.refuse(request, new Refusal.ModelNotAllowed(model));
    };
  }

  /** As a hold would see it: what costs nothing, or a subscription pays for, needs nothing. */
  private static Map<String, ?> document(
      Access.Granted granted, long nanoUsd, boolean isAtListPrice) {
    long available = granted.account().availableNanoUsd();
    boolean isFree = nanoUsd == 0 || (isAtListPrice && granted.account().isSubscribed());
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("estimated_cents", Money.ceilCents(nanoUsd));
    data.put("estimated_usd", Money.decimal(nanoUsd));
    data.put("available_cents", Money.floorCents(available));
    data.put("affordable", isFree || nanoUsd <= available);
    return data;
  }
}
