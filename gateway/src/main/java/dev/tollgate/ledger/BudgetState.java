package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import org.jspecify.annotations.Nullable;

/**
 * How far a budget is used, as of when it was asked for. Amounts are in the budget's unit.
 *
 * @param used within the period
 * @param held by requests under way, whenever they began
 * @param windowStartMillis when the period began; of a rolling one that is always its length ago;
 *     null for a lifetime, and while no window of a {@code first_use} period is open
 * @param resetAtMillis when the period ends; of a rolling one, when the oldest of what it counts
 *     leaves; null where nothing is to end
 */
public record BudgetState(
    Budget budget,
    long used,
    long held,
    @Nullable Long windowStartMillis,
    @Nullable Long resetAtMillis) {
  /** What is neither used nor held, not below 0. */
  public long remaining() {
    return Math.max(0, budget.limit() - used - held);
  }
}
