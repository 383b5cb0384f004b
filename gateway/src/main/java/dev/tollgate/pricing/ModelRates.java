package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one model costs and who serves it.
 *
 * @param name as customers ask for it
 * @param targets in the order in which they are tried
 * @param prices of tokens and fees
 * @param tiers in ascending order of their bounds
 * @param serviceTiers prices by the name of a service tier; what they do not name stays as it is
 * @param maxOutputTokens the most one answer can have; {@link #UNBOUNDED} where that is not known
 * @param contextTokens the most a request and its answer can have; {@link #UNBOUNDED} where that is
 *     not known
 * @param ratios by which its tokens differ from what quotes assume
 */
public record ModelRates(
    String name,
    List<Target> targets,
    Prices prices,
    List<Tier> tiers,
    Map<String, Prices> serviceTiers,
    long maxOutputTokens,
    long contextTokens,
    QuoteRatios ratios) {

  public static final long UNBOUNDED = Long.MAX_VALUE;

  /** What text in, text out needs a price for. */
  public static final Set<Meter> INPUT_AND_OUTPUT = Set.of(Meter.INPUT, Meter.OUTPUT);

  /** What embeddings and reranking need a price for: they produce no tokens. */
  public static final Set<Meter> INPUT_ALONE = Set.of(Meter.INPUT);

  public ModelRates {
    targets = List.copyOf(targets);
    tiers = List.copyOf(tiers);
    serviceTiers = Map.copyOf(serviceTiers);
    for (int i = 1; i < tiers.size(); i++) {
      if (tiers.get(i).aboveInputTokens() <= tiers.get(i - 1).aboveInputTokens()) {
        throw new IllegalArgumentException("tiers of " + name + " out of order");
      }
    }
    if (maxOutputTokens < 1 || contextTokens < 1) {
      throw new IllegalArgumentException("bounds of " + name + " below 1");
    }
  }

  /** A model whose tokens are as quotes assume. */
  public ModelRates(
      String name,
      List<Target> targets,
      Prices prices,
      List<Tier> tiers,
      Map<String, Prices> serviceTiers,
      long maxOutputTokens,
      long contextTokens) {
    this(
        name,
        targets,
        prices,
        tiers,
        serviceTiers,
        maxOutputTokens,
        contextTokens,
        QuoteRatios.NONE);
  }

  /** A model without tiers and bounds. */
  public static ModelRates of(String name, Target target, Prices prices) {
    return new ModelRates(name, List.of(target), prices, List.of(), Map.of(), UNBOUNDED, UNBOUNDED);
  }

  /**
   * Whether each of the meters has a price, if only 0. A model that lacks one must be refused as
   * not found: no price, no service.
   */
  public boolean isPricedFor(Set<Meter> meters) {
    for (Meter meter : meters) {
      if (prices.price(meter) == Prices.UNPRICED) {
        return false;
      }
    }
    return true;
  }

  /**
   * The first of several sets of meters that each have a price, if only 0; null when a price is
   * missing from every one of them, in which case the model must be refused as not found: no price,
   * no service.
   */
  public @Nullable Set<Meter> firstPriced(List<Set<Meter>> alternatives) {
    for (Set<Meter> meters : alternatives) {
      if (isPricedFor(meters)) {
        return meters;
      }
    }
    return null;
  }

  /** Whether a meter has a price of its own or one to fall back to, if only 0. */
  public boolean isPriced(Meter meter) {
    return prices.price(meter) != Prices.UNPRICED;
  }

  /** The prices of a whole request: one tier, chosen by all of its input. */
  Prices pricesFor(long inputTokens, @Nullable String serviceTier) {
    Prices chosen = prices;
    for (int i = tiers.size() - 1; i >= 0; i--) {
      if (inputTokens > tiers.get(i).aboveInputTokens()) {
        chosen = tiers.get(i).prices().over(prices);
        break;
      }
    }
    Prices service = serviceTier == null ? null : serviceTiers.get(serviceTier);
    return service == null ? chosen : service.over(chosen);
  }
}
