package dev.tollgate.pricing;

/**
 * Other prices for long requests.
 *
 * @param aboveInputTokens applies to requests whose whole input, cached or not, is larger than this
 * @param prices what changes; what they do not name stays as in the model's own prices
 */
public record Tier(long aboveInputTokens, Prices prices) {
  public Tier {
    if (aboveInputTokens < 1) {
      throw new IllegalArgumentException("a tier above " + aboveInputTokens + " tokens");
    }
  }
}
