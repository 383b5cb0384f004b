package dev.tollgate.account;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.billing.plan.Plans;
import dev.tollgate.domain.Refusal;
import dev.tollgate.pricing.Plan;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The plan of the caller's account, for the holder of one of its keys. One per event loop. */
public final class OwnPlan {
  private final Plans plans;

  public OwnPlan(Plans plans) {
    this.plans = plans;
  }

  /**
   * @param plan its id on the card; null to leave the plan
   */
  public CompletionStage<Plans.Outcome> choose(Access.Granted caller, @Nullable String plan) {
    Refusal refusal = Rights.refusalToChange(caller);
    return refusal == null
        ? plans.choose(caller.account(), plan)
        : CompletableFuture.completedFuture(new Plans.Outcome.Refused(refusal));
  }

  /** What the card says of a plan; null where it has it no more. */
  public @Nullable Plan onCard(String plan) {
    return plans.onCard(plan);
  }
}
