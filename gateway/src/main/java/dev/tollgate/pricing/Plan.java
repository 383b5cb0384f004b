package dev.tollgate.pricing;

import dev.tollgate.domain.Budget;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an account can be on.
 *
 * @param id its key on the card
 * @param name for people
 * @param funding where the money of its requests comes from
 * @param monthlyFeeNanoUsd null where it is agreed with each customer, or where there is none
 * @param requestsPerMinute null for no limit
 * @param allowances by name, {@code knowledge_bases: 5}; {@link #UNLIMITED} for all they want
 * @param limits USD budgets of the account, {@code 1d}, {@code 7d}, {@code 30d}
 * @param priceMultiplierPpm 1,000,000 for list price
 */
public record Plan(
    String id,
    String name,
    Funding funding,
    @Nullable Long monthlyFeeNanoUsd,
    @Nullable Long requestsPerMinute,
    Map<String, Long> allowances,
    List<Budget> limits,
    long priceMultiplierPpm) {

  public static final long UNLIMITED = Long.MAX_VALUE;

  /** Where the money comes from. */
  public enum Funding {
    /** The account's prepaid balance. */
    WALLET,
    /** The plan's fee: its limits say how much may be spent. */
    SUBSCRIPTION
  }

  public Plan {
    allowances = Map.copyOf(allowances);
    limits = List.copyOf(limits);
  }
}
