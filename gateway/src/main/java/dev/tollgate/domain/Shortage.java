package dev.tollgate.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a budget did not allow a request. Amounts are in the budget's unit.
 *
 * @param remaining what is left of the limit, neither used nor held
 * @param asked what the request could use at most
 * @param freesAtMillis when enough of it is free again, or all that it can be; null where that is
 *     not known or never
 * @param retryAfterSeconds the same from now, on the ledger's clock; at least 1
 * @param affordableOutputTokens how many output tokens the rest would still allow with this prompt;
 *     null when not even the prompt, or when that is not what the budget counts
 */
public record Shortage(
    String budget,
    Budget.Scope scope,
    Budget.Unit unit,
    Period period,
    long limit,
    long remaining,
    long asked,
    @Nullable Long freesAtMillis,
    @Nullable Long retryAfterSeconds,
    @Nullable Long affordableOutputTokens) {

  public Shortage withAffordableOutputTokens(@Nullable Long outputTokens) {
    return new Shortage(
        budget,
        scope,
        unit,
        period,
        limit,
        remaining,
        asked,
        freesAtMillis,
        retryAfterSeconds,
        outputTokens);
  }

  /** {@code this API key's budget `5h`} or {@code the account's budget `rpm`}. */
  String owner() {
    return scope == Budget.Scope.KEY ? "this API key's" : "the account's";
  }

  /** When it frees, as an ISO time in UTC; null where that is not known. */
  public @Nullable String freesAt() {
    return freesAtMillis == null ? null : Instant.ofEpochMilli(freesAtMillis).toString();
  }

  String inUnit(long amount) {
    return switch (unit) {
      case USD -> "$" + Money.usd(amount);
      case REQUESTS -> amount == 1 ? "1 request" : amount + " requests";
      case TOKENS -> amount == 1 ? "1 token" : amount + " tokens";
      case CONCURRENT -> amount + " at a time";
    };
  }

  /** {@code It is free again at …} as far as known, with a space before it. */
  String whenFree() {
    String at = freesAt();
    if (asked > limit) {
      return " It is more than the whole budget.";
    }
    return at == null ? "" : " Enough of it is free again at " + at + ".";
  }
}
