package dev.tollgate.billing.plan;

import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.PlanChange;
import dev.tollgate.ledger.PlanOutcome;
import dev.tollgate.ledger.PlanTerms;
import dev.tollgate.pricing.Plan;
import dev.tollgate.pricing.RateCard;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts accounts on plans and takes them off. One per event loop; stages complete there and fail as
 * the ledger's do.
 */
public final class Plans {
  /** What came of it. */
  public sealed interface Outcome {
    /** The account as it is now. */
    record Now(AccountState account) implements Outcome {}

    record Refused(Refusal refusal) implements Outcome {}
  }

  /**
   * What is wanted.
   *
   * @param plan its id on the card; null for none
   * @param agreedFeeNanoUsd instead of the card's; null for the card's
   * @param expiresAtMillis when it ends; null for one that renews
   */
  public record Wanted(
      @Nullable String plan, @Nullable Long agreedFeeNanoUsd, @Nullable Long expiresAtMillis) {}

  private final Accounts accounts;
  private final Ledger ledger;
  private final Supplier<RateCard> card;
  private final InstantSource clock;
  private final Supplier<String> changeIds;

  /**
   * @param changeIds never the same twice
   */
  public Plans(
      Accounts accounts,
      Ledger ledger,
      Supplier<RateCard> card,
      InstantSource clock,
      Supplier<String> changeIds) {
    this.accounts = accounts;
    this.ledger = ledger;
    this.card = card;
    this.clock = clock;
    this.changeIds = changeIds;
  }

  /** What a plan of the card is; null when the card has none of this id. */
  public @Nullable Plan onCard(String plan) {
    return card.get().plans().get(plan);
  }

  /**
   * As its holder wants it: at the card's price. A plan whose fee is agreed with each customer is
   * not had so.
   */
  public CompletionStage<Outcome> choose(AccountState account, @Nullable String plan) {
    Plan wanted = plan == null ? null : onCard(plan);
    if (wanted != null && wanted.monthlyFeeNanoUsd() == null) {
      return refused(
          new Refusal.InvalidRequest(
              "The plan " + plan + " is agreed with each customer. Ask us for it.", "plan"));
    }
    return put(account, new Wanted(plan, null, null));
  }

  /** As an operator wants it. Nothing is changed where the account has it so already. */
  public CompletionStage<Outcome> put(AccountState account, Wanted wanted) {
    PlanTerms now = account.plan();
    if (wanted.plan() == null) {
      return now == null
          ? CompletableFuture.completedFuture(new Outcome.Now(account))
          : make(account, decision(account).end(changeIds.get()));
    }
    Refusal.InvalidRequest fault = faultOf(wanted);
    Plan plan = onCard(wanted.plan());
    if (fault != null || plan == null) {
      return refused(fault == null ? new Refusal.NotFound("plan") : fault);
    }
    if (now != null && !now.isPastDue() && isSame(now, wanted)) {
      return CompletableFuture.completedFuture(new Outcome.Now(account));
    }
    return make(
        account,
        decision(account)
            .put(changeIds.get(), plan, wanted.agreedFeeNanoUsd(), wanted.expiresAtMillis()));
  }

  /** What is wrong with it, whatever the account is; null for nothing. */
  public Refusal.@Nullable InvalidRequest faultOf(Wanted wanted) {
    if (wanted.plan() == null) {
      return null;
    }
    if (onCard(wanted.plan()) == null) {
      return new Refusal.InvalidRequest(
          "There is no plan `%s`. GET /v1/billing/plans lists those that there are."
              .formatted(wanted.plan()),
          "plan");
    }
    Long expiresAt = wanted.expiresAtMillis();
    return expiresAt != null && expiresAt <= clock.millis()
        ? new Refusal.InvalidRequest("A plan must expire in the future.", "plan_expires_at")
        : null;
  }

  /** What it costs at first, if it can be had; 0 for no plan. */
  public long feeNanoUsd(Wanted wanted) {
    Plan plan = wanted.plan() == null ? null : onCard(wanted.plan());
    return plan == null ? 0 : PlanDecision.fee(plan, wanted.agreedFeeNanoUsd());
  }

  private static boolean isSame(PlanTerms now, Wanted wanted) {
    Long expires = now.renews() ? null : Long.valueOf(now.untilMillis());
    return now.plan().equals(wanted.plan())
        && Objects.equals(now.agreedFeeNanoUsd(), wanted.agreedFeeNanoUsd())
        && Objects.equals(expires, wanted.expiresAtMillis());
  }

  private PlanDecision decision(AccountState account) {
    return new PlanDecision(account, clock.millis());
  }

  private CompletionStage<Outcome> make(AccountState account, PlanChange change) {
    return ledger
        .changePlan(change)
        .thenCompose(
            outcome ->
                switch (outcome) {
                  case PlanOutcome.Changed changed -> now(account);
                  case PlanOutcome.Insufficient(long required, long available) ->
                      refused(
                          new Refusal.NotAffordable(
                              "This change of plan costs", required, available));
                  case PlanOutcome.Moved moved ->
                      refused(
                          new Refusal.Conflict(
                              "The plan has been changed in the meantime. Look at it again."));
                  case PlanOutcome.UnknownAccount unknown ->
                      refused(new Refusal.NotFound("account"));
                  case PlanOutcome.TooManyBudgets tooMany ->
                      refused(
                          new Refusal.Conflict(
                              "The account has as many budgets as it may; those of the plan do not"
                                  + " fit in."));
                  case PlanOutcome.OutOfRange outOfRange ->
                      refused(
                          new Refusal.InvalidRequest(
                              "The balance would leave the range of ±$"
                                  + Money.usd(Money.MAX_NANO_USD)
                                  + ".",
                              "plan"));
                });
  }

  private CompletionStage<Outcome> now(AccountState account) {
    return accounts
        .find(account.id())
        .thenApply(
            found ->
                found
                    .<Outcome>map(Outcome.Now::new)
                    .orElseGet(() -> new Outcome.Refused(new Refusal.NotFound("account"))));
  }

  private static CompletionStage<Outcome> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new Outcome.Refused(refusal));
  }
}
