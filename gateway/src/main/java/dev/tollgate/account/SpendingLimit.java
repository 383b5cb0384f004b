package dev.tollgate.account;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.BudgetChange;
import dev.tollgate.ledger.BudgetState;
import dev.tollgate.ledger.TooManyBudgetsException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The daily spending limit of an account, a budget of its own until midnight UTC. A change applies
 * from the next request on, with what was used before. One per event loop.
 */
public final class SpendingLimit {
  /** What came of a change. */
  public sealed interface Outcome {
    /**
     * @param limit null for none
     */
    record Now(@Nullable BudgetState limit) implements Outcome {}

    record Refused(Refusal refusal) implements Outcome {}
  }

  private final Accounts accounts;

  public SpendingLimit(Accounts accounts) {
    this.accounts = accounts;
  }

  /** Null when there is none. */
  public static @Nullable BudgetState of(AccountState account) {
    return account.budget(Budget.DAILY_SPENDING_LIMIT);
  }

  /**
   * @param nanoUsd a day; null to lift it
   */
  public CompletionStage<Outcome> set(Access.Granted caller, @Nullable Long nanoUsd) {
    Refusal refusal = Rights.refusalToChange(caller);
    return refusal == null
        ? accounts
            .update(caller.account().id(), new AccountPatch(List.of(change(nanoUsd))))
            .thenApply(SpendingLimit::outcome)
            .exceptionally(SpendingLimit::refused)
        : CompletableFuture.completedFuture(new Outcome.Refused(refusal));
  }

  private static BudgetChange change(@Nullable Long nanoUsd) {
    return nanoUsd == null
        ? BudgetChange.remove(Budget.DAILY_SPENDING_LIMIT)
        : BudgetChange.put(
            Budget.of(
                Budget.DAILY_SPENDING_LIMIT,
                Budget.Scope.ACCOUNT,
                Budget.Unit.USD,
                new Period.Calendar(Period.CalendarUnit.DAY),
                nanoUsd));
  }

  private static Outcome outcome(Optional<AccountState> account) {
    return account.isPresent()
        ? new Outcome.Now(of(account.get()))
        : new Outcome.Refused(new Refusal.NotFound("account"));
  }

  private static Outcome refused(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof TooManyBudgetsException tooMany) {
      return new Outcome.Refused(new Refusal.Conflict(tooMany.getMessage() + "."));
    }
    throw new CompletionException(cause);
  }
}
