package dev.tollgate.ledger;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the budgets of one minute are used, of requests and of tokens; null where there is none.
 * Of several, the one that leaves least.
 */
public record RateLimits(@Nullable RateLimit requests, @Nullable RateLimit tokens) {
  public static final RateLimits NONE = new RateLimits(null, null);

  /**
   * @param remaining after the request that asked, when it was held
   * @param resetMillis until the whole limit is free again if nothing more is asked; after a
   *     refusal for this limit, until the request would fit
   */
  public record RateLimit(long limit, long remaining, long resetMillis) {}

  /** From {@code unit limit left millis;…}. */
  static RateLimits parse(String text) {
    if (text.isEmpty()) {
      return NONE;
    }
    RateLimit requests = null;
    RateLimit tokens = null;
    for (String one : text.split(";", -1)) {
      List<String> parts = List.of(one.split(" ", -1));
      RateLimit limit = new RateLimit(number(parts, 1), number(parts, 2), number(parts, 3));
      if (parts.getFirst().equals("requests")) {
        requests = limit;
      } else {
        tokens = limit;
      }
    }
    return new RateLimits(requests, tokens);
  }

  private static long number(List<String> parts, int place) {
    return Long.parseLong(parts.get(place));
  }
}
