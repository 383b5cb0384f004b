package dev.tollgate.billing.plan;

import dev.tollgate.domain.Money;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.PlanChange;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.pricing.Plan;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to become of an account's plan, as of one moment. Decides only: whether the balance
 * covers it is for the ledger to say.
 *
 * <p>A change takes effect at once. The new plan's fee is charged in full, for a period that begins
 * now. Of the fee of the plan that is left, the part comes back that its period still had to go, by
 * the millisecond, rounded down to the nano-USD; of a subscription nothing, since its limits may
 * have been used up on the first day.
 */
final class PlanDecision {
  private final AccountState account;
  private final long nowMillis;

  PlanDecision(AccountState account, long nowMillis) {
    this.account = account;
    this.nowMillis = nowMillis;
  }

  /**
   * Puts the account on a plan.
   *
   * @param changeId of this change
   * @param agreedFeeNanoUsd instead of the card's; null for the card's
   * @param expiresAtMillis when it ends; null for a plan that renews
   */
  PlanChange put(
      String changeId, Plan plan, @Nullable Long agreedFeeNanoUsd, @Nullable Long expiresAtMillis) {
    int anchor = Instant.ofEpochMilli(nowMillis).atOffset(ZoneOffset.UTC).getDayOfMonth();
    long until =
        expiresAtMillis == null ? PlanTerms.endOfPeriod(nowMillis, anchor) : expiresAtMillis;
    long fee = fee(plan, agreedFeeNanoUsd);
    return change(
        changeId,
        unusedNanoUsd(),
        fee,
        plan.id(),
        new PlanTerms(
            plan.id(),
            plan.funding() == Plan.Funding.SUBSCRIPTION,
            nowMillis,
            until,
            anchor,
            fee,
            agreedFeeNanoUsd,
            plan.priceMultiplierPpm(),
            expiresAtMillis == null,
            null),
        plan);
  }

  /** Ends the account's plan now. */
  PlanChange end(String changeId) {
    PlanTerms left = account.plan();
    return change(changeId, unusedNanoUsd(), 0, left == null ? "" : left.plan(), null, (Plan) null);
  }

  /** What comes back of the fee, should the plan be left now. */
  long unusedNanoUsd() {
    PlanTerms left = account.plan();
    if (left == null
        || left.isSubscription()
        || left.isPastDue()
        || left.feeNanoUsd() == 0
        || nowMillis >= left.untilMillis()) {
      return 0;
    }
    long period = left.untilMillis() - left.fromMillis();
    long toGo = left.untilMillis() - Math.max(nowMillis, left.fromMillis());
    return Money.floorShare(left.feeNanoUsd(), toGo, period);
  }

  /**
   * The next period of a plan whose period has ended. Periods that have passed whole, because no
   * gateway ran, are not charged: nothing was served in them.
   *
   * @param plan as the card has it now; null when it is not there any more, and goes on as it was
   */
  PlanChange renew(PlanTerms terms, @Nullable Plan plan) {
    long from = terms.untilMillis();
    long until = PlanTerms.endOfPeriod(from, terms.anchorDay());
    while (until <= nowMillis) {
      from = until;
      until = PlanTerms.endOfPeriod(from, terms.anchorDay());
    }
    long fee = plan == null ? terms.feeNanoUsd() : fee(plan, terms.agreedFeeNanoUsd());
    PlanTerms next =
        new PlanTerms(
            terms.plan(),
            plan == null ? terms.isSubscription() : plan.funding() == Plan.Funding.SUBSCRIPTION,
            from,
            until,
            terms.anchorDay(),
            fee,
            terms.agreedFeeNanoUsd(),
            plan == null ? terms.multiplierPpm() : plan.priceMultiplierPpm(),
            true,
            null);
    String id = "renewal:" + from + ":" + account.planRevision();
    return plan == null
        ? new PlanChange(
            account.id(), id, account.planRevision(), 0, fee, terms.plan(), next, List.of())
        : change(id, 0, fee, terms.plan(), next, plan);
  }

  /** The fee could not be charged: until when the plan goes on all the same. */
  PlanChange pastDue(PlanTerms terms, long graceMillis) {
    PlanTerms due =
        new PlanTerms(
            terms.plan(),
            terms.isSubscription(),
            terms.fromMillis(),
            terms.untilMillis(),
            terms.anchorDay(),
            terms.feeNanoUsd(),
            terms.agreedFeeNanoUsd(),
            terms.multiplierPpm(),
            true,
            nowMillis + graceMillis);
    return new PlanChange(
        account.id(),
        "past_due:" + terms.untilMillis() + ":" + account.planRevision(),
        account.planRevision(),
        0,
        0,
        terms.plan(),
        due,
        List.of());
  }

  /** Ends a plan that does not renew, or whose grace is over. */
  PlanChange lapse(PlanTerms terms) {
    return change(
        "lapse:" + terms.untilMillis() + ":" + account.planRevision(),
        0,
        0,
        terms.plan(),
        null,
        (Plan) null);
  }

  /** What a period of it costs. */
  static long fee(Plan plan, @Nullable Long agreedFeeNanoUsd) {
    if (agreedFeeNanoUsd != null) {
      return agreedFeeNanoUsd;
    }
    Long ofCard = plan.monthlyFeeNanoUsd();
    return ofCard == null ? 0 : ofCard;
  }

  private PlanChange change(
      String id,
      long backNanoUsd,
      long feeNanoUsd,
      String reference,
      @Nullable PlanTerms terms,
      @Nullable Plan plan) {
    return new PlanChange(
        account.id(),
        id,
        account.planRevision(),
        backNanoUsd,
        feeNanoUsd,
        reference,
        terms,
        PlanBudgets.change(account, plan));
  }
}
