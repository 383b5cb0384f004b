package dev.tollgate.billing.plan;

/**
 * Bounds of plans.
 *
 * @param lookMillis between two looks for plans whose period has ended
 * @param graceMillis how long a plan goes on whose fee could not be charged
 * @param accountsPerPage that are read at a time
 */
public record PlanSettings(int lookMillis, long graceMillis, int accountsPerPage) {
  public static final PlanSettings DEFAULT = new PlanSettings(60_000, 7L * 86_400_000, 256);
}
