package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An account is put on a plan, stays on it for another period, or leaves it: with the fee, and with
 * what comes back of an earlier one.
 *
 * @param id of this change: told again, it is not made again
 * @param revisionBefore how often the account's plan had been changed when this was decided; as of
 *     any other it is not made
 * @param backNanoUsd of the earlier fee, to the balance
 * @param feeNanoUsd from the balance, if that covers it
 * @param reference of both entries
 * @param terms as of now; null for no plan
 * @param budgets that come or go with it
 */
public record PlanChange(
    AccountId account,
    String id,
    long revisionBefore,
    long backNanoUsd,
    long feeNanoUsd,
    String reference,
    @Nullable PlanTerms terms,
    List<BudgetChange> budgets) {
  public PlanChange {
    requireAmount(backNanoUsd);
    requireAmount(feeNanoUsd);
    budgets = List.copyOf(budgets);
  }

  private static void requireAmount(long nanoUsd) {
    if (nanoUsd < 0 || nanoUsd > Money.MAX_NANO_USD) {
      throw new IllegalArgumentException("not an amount of a plan: " + nanoUsd);
    }
  }
}
