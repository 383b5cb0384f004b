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
 * @param serviceTiers prices by the name of a service tier; what they do not name stays as it is.
 *     Where a tier for long requests names the same price, the dearer of the two holds, unless the
 *     tier has prices for that service tier
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
   * not found: no price, no service. That a request without a fee has none is no price to sell it
   * by: the fee must be named.
   */
  public boolean isPricedFor(Set<Meter> meters) {
    for (Meter meter : meters) {
      boolean isPriced = meter == Meter.REQUEST ? prices.isNamed(meter) : isPriced(meter);
      if (!isPriced) {
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

  /**
   * Whether there is anything to sell: a price for some input, or a fee that stands for the whole
   * of a request. A price for output or for web searches alone is not enough.
   */
  public boolean canBeSold() {
    return isPriced(Meter.AUDIO_INPUT) // the input's own, if it has none
        || prices.isNamed(Meter.REQUEST)
        || prices.isNamed(Meter.IMAGE)
        || prices.isNamed(Meter.SECOND)
        || prices.isNamed(Meter.CHARACTER)
        || prices.isNamed(Meter.SEARCH_UNIT);
  }

  /** Whether the meter has a price of its own anywhere, if only in some tier. */
  public boolean isPricedApart(Meter meter) {
    boolean isNamed = prices.isNamed(meter) || isNamed(meter, serviceTiers);
    for (Tier tier : tiers) {
      isNamed = isNamed || tier.prices().isNamed(meter) || isNamed(meter, tier.serviceTiers());
    }
    return isNamed;
  }

  private static boolean isNamed(Meter meter, Map<String, Prices> serviceTiers) {
    return serviceTiers.values().stream().anyMatch(prices -> prices.isNamed(meter));
  }

  /**
   * The same where every request is of that service tier, and none so long that another price tier
   * applies; the ordinary prices where the card does not name the service tier.
   */
  public ModelRates inServiceTier(String serviceTier) {
    return new ModelRates(
        name,
        targets,
        pricesFor(0, serviceTier),
        List.of(),
        Map.of(),
        maxOutputTokens,
        contextTokens,
        ratios);
  }

  /**
   * The prices of a whole request: one tier, chosen by all of its input, and one service tier.
   *
   * <p>The most particular word holds: what the tier says for the service tier, then what either of
   * them says alone, then the model's own prices. A tier and a service tier that say different
   * things know nothing of each other: there the dearer holds, so that a long request is not sold
   * at the price of a short one, nor a fast one at the price of a slow one.
   *
   * @param serviceTier null, or one that the card does not know, for the ordinary prices
   */
  Prices pricesFor(long inputTokens, @Nullable String serviceTier) {
    Tier tier = tierFor(inputTokens);
    Prices service = serviceTier == null ? null : serviceTiers.get(serviceTier);
    if (tier == null) {
      return service == null ? prices : service.over(prices);
    }
    Prices both = service == null ? tier.prices() : service.orDearer(tier.prices());
    Prices particular = serviceTier == null ? null : tier.serviceTiers().get(serviceTier);
    return (particular == null ? both : particular.over(both)).over(prices);
  }

  private @Nullable Tier tierFor(long inputTokens) {
    for (int i = tiers.size() - 1; i >= 0; i--) {
      if (inputTokens > tiers.get(i).aboveInputTokens()) {
        return tiers.get(i);
      }
    }
    return null;
  }
}
