package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.Credits;
import dev.tollgate.account.Fields;
import dev.tollgate.account.SpendingLimit;
import dev.tollgate.account.SpendingLimit.Outcome;
import dev.tollgate.account.Times;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.BudgetState;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/payment/spend-cap}, in credits, and {@code /v1/billing/spending_limits}, in cents:
 * the account's daily spending limit. One per lane.
 */
public final class SpendingDoor {
  private static final String DAILY_CAP = "daily_cap";
  private static final String DAILY_LIMIT = "daily_limit";

  private final CustomerAccess access;
  private final SpendingLimit limit;
  private final Credits credits;

  public SpendingDoor(CustomerAccess access, SpendingLimit limit, Credits credits) {
    this.access = access;
    this.limit = limit;
    this.credits = credits;
  }

  public CompletionStage<Reply> cap(ServerRequest request, Query query, byte[] body) {
    return access.answer(request, granted -> inCredits(SpendingLimit.of(granted.account())));
  }

  public CompletionStage<Reply> setCap(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Fields fields = Bodies.fields(body);
          BigDecimal cap = required(fields, DAILY_CAP, fields.decimal(DAILY_CAP));
          return set(
              request,
              granted,
              cap == null ? null : credits.nanoUsd(DAILY_CAP, cap),
              this::inCredits);
        });
  }

  public CompletionStage<Reply> limits(ServerRequest request, Query query, byte[] body) {
    return access.answer(request, granted -> inCents(SpendingLimit.of(granted.account())));
  }

  public CompletionStage<Reply> setLimits(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Fields fields = Bodies.fields(body);
          Long cents =
              required(
                  fields,
                  DAILY_LIMIT,
                  fields.integer(DAILY_LIMIT, 0, Money.MAX_NANO_USD / Money.NANO_PER_CENT));
          return set(
              request,
              granted,
              cents == null ? null : cents * Money.NANO_PER_CENT,
              SpendingDoor::inCents);
        });
  }

  /** Null where the field is there and null. */
  private static <T> @Nullable T required(Fields fields, String name, @Nullable T value) {
    if (value == null && !fields.isNull(name)) {
      throw new Fields.Fault(name, name + " is required; null lifts the limit.");
    }
    fields.rejectOthers();
    return value;
  }

  private CompletionStage<Reply> set(
      ServerRequest request,
      Access.Granted granted,
      @Nullable Long nanoUsd,
      Function<@Nullable BudgetState, Map<String, ?>> document) {
    return limit
        .set(granted, nanoUsd)
        .thenApply(
            outcome ->
                switch (outcome) {
                  case Outcome.Now(BudgetState now) -> Json.reply(200, document.apply(now));
                  case Outcome.Refused(Refusal refusal) -> access.refuse(request, refusal);
                });
  }

  private Map<String, ?> inCredits(@Nullable BudgetState daily) {
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("ok", true);
    answer.put(DAILY_CAP, daily == null ? null : credits.owned(daily.budget().limit()));
    answer.put("spent_today", daily == null ? null : credits.spent(daily.used()));
    answer.put("remaining_today", daily == null ? null : credits.owned(daily.remaining()));
    answer.put("resets_at", daily == null ? null : Times.seconds(daily.resetAtMillis()));
    return answer;
  }

  private static Map<String, ?> inCents(@Nullable BudgetState daily) {
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put(DAILY_LIMIT, daily == null ? null : Money.floorCents(daily.budget().limit()));
    answer.put("spent_today", daily == null ? null : Money.ceilCents(daily.used()));
    answer.put("remaining_today", daily == null ? null : Money.floorCents(daily.remaining()));
    answer.put("resets_at", daily == null ? null : Times.seconds(daily.resetAtMillis()));
    return answer;
  }
}
