package dev.tollgate.api.customer;

import dev.tollgate.account.Fields;
import dev.tollgate.account.OwnPlan;
import dev.tollgate.account.Times;
import dev.tollgate.billing.plan.Plans;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.pricing.Plan;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET} and {@code PUT /v1/billing/plan}: which plan the account is on, and putting it on
 * another one. One per lane.
 */
public final class PlanDoor {
  private static final String PLAN = "plan";

  private final CustomerAccess access;
  private final OwnPlan plan;

  public PlanDoor(CustomerAccess access, OwnPlan plan) {
    this.access = access;
    this.plan = plan;
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return access.answer(request, granted -> document(granted.account()));
  }

  /** Takes effect at once. */
  public CompletionStage<Reply> choose(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Fields fields = Bodies.fields(body);
          String wanted = fields.text(PLAN);
          if (wanted == null && !fields.isNull(PLAN)) {
            throw new Fields.Fault(PLAN, "plan is required; null leaves the plan.");
          }
          fields.rejectOthers();
          return plan.choose(granted, wanted)
              .thenApply(
                  outcome ->
                      switch (outcome) {
                        case Plans.Outcome.Now(AccountState now) -> Json.reply(200, document(now));
                        case Plans.Outcome.Refused(Refusal refusal) ->
                            access.refuse(request, refusal);
                      });
        });
  }

  private Map<String, ?> document(AccountState account) {
    PlanTerms terms = account.plan();
    Plan offer = terms == null ? null : plan.onCard(terms.plan());
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("plan", terms == null ? null : terms.plan());
    data.put("name", offer != null ? offer.name() : terms == null ? null : terms.plan());
    data.put("status", terms == null ? "none" : terms.isPastDue() ? "past_due" : "active");
    data.put("funding", terms != null && terms.isSubscription() ? "subscription" : "wallet");
    data.put("fee_usd", terms == null ? null : Money.decimal(terms.feeNanoUsd()));
    data.put("period_start", terms == null ? null : Times.seconds(terms.fromMillis()));
    data.put("period_end", terms == null ? null : Times.seconds(terms.untilMillis()));
    data.put("renews", terms != null && terms.renews());
    data.put("grace_until", terms == null ? null : Times.seconds(terms.graceUntilMillis()));
    data.put("rpm", offer == null ? null : offer.requestsPerMinute());
    data.put("allowances", offer == null ? Map.of() : OfferDoor.allowances(offer));
    Map<String, Object> limits = new LinkedHashMap<>();
    account.budgets().stream()
        .filter(state -> terms != null && state.budget().unit() == Budget.Unit.USD)
        .filter(state -> !state.budget().name().equals(Budget.DAILY_SPENDING_LIMIT))
        .forEach(
            state ->
                limits.put(
                    state.budget().name(),
                    Map.of(
                        "limit", Money.decimal(state.budget().limit()),
                        "used", Money.decimal(state.used()),
                        "remaining", Money.decimal(state.remaining()))));
    data.put("limits_usd", limits);
    return Map.of("data", data);
  }
}
