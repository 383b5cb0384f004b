package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a usage costs. Either an exact amount, or the reason why none can be charged: such a request
 * is quarantined, never served for nothing.
 */
public sealed interface Cost {
  /**
   * @param exact the sum over all meters, not rounded
   */
  record Charged(ExactAmount exact) implements Cost {
    /** At list price, rounded up to a nano-USD; at most {@link Money#MAX_NANO_USD}. */
    public long listNanoUsd() {
      return exact.ceilNanoUsd();
    }

    /**
     * What an account with this multiplier (1,000,000 for none) pays: the exact cost times the
     * multiplier, rounded up once. Saturates at {@link Money#MAX_NANO_USD}.
     */
    public long billedNanoUsd(long multiplierPpm) {
      return exact.ceilNanoUsd(multiplierPpm);
    }
  }

  /** Something was used that has no price, nor one to fall back to. */
  record Unpriced(List<Meter> meters) implements Cost {}

  /** More than {@link Money#MAX_NANO_USD} at list price: the usage is absurd. */
  record BeyondRange() implements Cost {}

  /**
   * The cost of one request: its fee, once, and all that it used. The tier is chosen by the whole
   * input of the usage and holds for all of it.
   *
   * @param serviceTier the one that served; where the provider does not say which, the one that was
   *     asked for. Null, or one that the card does not know, for the ordinary prices
   */
  static Cost of(ModelRates rates, Usage usage, @Nullable String serviceTier) {
    Prices prices = rates.pricesFor(usage.inputTokens(), serviceTier);
    List<Meter> unpriced = ExactAmount.unpriced(prices, usage);
    if (!unpriced.isEmpty()) {
      return new Unpriced(unpriced);
    }
    ExactAmount exact = ExactAmount.of(prices, usage);
    return exact.isBeyondRange() ? new BeyondRange() : new Charged(exact);
  }
}
