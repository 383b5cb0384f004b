package dev.tollgate.api.admin;

import dev.tollgate.account.Fields;
import dev.tollgate.billing.plan.Plans;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.PlanTerms;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The plan among the fields of an account, as admins send and see it. */
final class AccountPlans {
  private static final String PLAN = "plan";
  private static final String FEE = "plan_fee_usd";
  private static final String EXPIRES_AT = "plan_expires_at";

  private final Plans plans;

  AccountPlans(Plans plans) {
    this.plans = plans;
  }

  /**
   * What is to become of it; null where nothing was said of it.
   *
   * @throws Fields.Fault when it cannot be had
   */
  Plans.@Nullable Wanted wanted(Fields fields) {
    String plan = fields.text(PLAN);
    Long fee = fields.usd(FEE, false);
    Long expiresAt = fields.time(EXPIRES_AT);
    if (plan == null && (fee != null || expiresAt != null)) {
      throw new Fields.Fault(PLAN, FEE + " and " + EXPIRES_AT + " need a plan.");
    }
    if (plan == null && !fields.isNull(PLAN)) {
      return null;
    }
    Plans.Wanted wanted = new Plans.Wanted(plan, fee, expiresAt);
    Refusal.InvalidRequest fault = plans.faultOf(wanted);
    if (fault != null) {
      throw new Fields.Fault(fault.param(), fault.message());
    }
    return wanted;
  }

  /** Why a new account, which has nothing but its credit, cannot have it; null when it can. */
  @Nullable Refusal refusalToBeginWith(Plans.@Nullable Wanted wanted, long creditLimitNanoUsd) {
    long fee = wanted == null ? 0 : plans.feeNanoUsd(wanted);
    return fee > creditLimitNanoUsd
        ? new Refusal.NotAffordable("This plan costs", fee, creditLimitNanoUsd)
        : null;
  }

  CompletionStage<Plans.Outcome> put(AccountState account, Plans.@Nullable Wanted wanted) {
    return wanted == null
        ? CompletableFuture.completedFuture(new Plans.Outcome.Now(account))
        : plans.put(account, wanted);
  }

  static void document(AccountState account, Map<String, @Nullable Object> document) {
    PlanTerms plan = account.plan();
    document.put(PLAN, plan == null ? null : plan.plan());
    document.put("plan_status", plan == null ? "none" : plan.isPastDue() ? "past_due" : "active");
    document.put(FEE, plan == null ? null : Money.decimal(plan.feeNanoUsd()));
    document.put(
        "plan_period_end",
        plan == null ? null : Instant.ofEpochMilli(plan.untilMillis()).toString());
    document.put("plan_renews", plan != null && plan.renews());
  }
}
