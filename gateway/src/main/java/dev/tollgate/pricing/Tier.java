package dev.tollgate.pricing;

import java.util.Map;

/**
 * Other prices for long requests.
 *
 * @param aboveInputTokens applies to requests whose whole input, cached or not, is larger than this
 * @param prices what changes; what they do not name stays as in the model's own prices
 * @param serviceTiers prices of long requests by the name of a service tier; they have the last
 *     word
 */
public record Tier(long aboveInputTokens, Prices prices, Map<String, Prices> serviceTiers) {
  public Tier {
    serviceTiers = Map.copyOf(serviceTiers);
    if (aboveInputTokens < 1) {
      throw new IllegalArgumentException("a tier above " + aboveInputTokens + " tokens");
    }
  }

  /** A tier that knows no service tiers. */
  public Tier(long aboveInputTokens, Prices prices) {
    this(aboveInputTokens, prices, Map.of());
  }
}
