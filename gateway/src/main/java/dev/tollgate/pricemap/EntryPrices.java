package dev.tollgate.pricemap;

import dev.tollgate.domain.Meter;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.Tier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Collects what an entry says of prices, in the card's terms. For one entry, one use. */
final class EntryPrices {
  /** What costs the same as the whole it is part of needs no price of its own. */
  private static final Map<Meter, Meter> PARTS =
      Map.of(
          Meter.AUDIO_INPUT, Meter.INPUT,
          Meter.IMAGE_INPUT, Meter.INPUT,
          Meter.REASONING, Meter.OUTPUT,
          Meter.AUDIO_OUTPUT, Meter.OUTPUT,
          Meter.IMAGE_OUTPUT, Meter.OUTPUT);

  private final Map<PriceKey, Long> prices = new HashMap<>();
  private final Map<PriceKey, String> sources = new HashMap<>();
  private final Set<Remark> remarks = new LinkedHashSet<>();
  private final Map<PriceKey, String> zeros = new HashMap<>();
  private final boolean isFree;
  private @Nullable String fault;

  /**
   * @param isFree whether prices of 0 are meant
   */
  EntryPrices(boolean isFree) {
    this.isFree = isFree;
  }

  /**
   * Takes a price. Of two for the same the dearer is kept.
   *
   * @param source the keys of the map that say it
   */
  void put(PriceKey key, long nanoUsd, String source) {
    if (nanoUsd == 0 && !isFree) {
      zeros.put(key, source);
      return;
    }
    Long before = prices.get(key);
    if (before != null && before != nanoUsd) {
      remark(Remark.Kind.DEAREST, source);
    }
    if (before == null || before < nanoUsd) {
      prices.put(key, nanoUsd);
      sources.put(key, source);
    }
  }

  void remark(Remark.Kind kind, String source) {
    remarks.add(new Remark(kind, source));
  }

  /** The entry as a whole cannot be trusted. The first fault is kept. */
  void fault(String what) {
    fault = fault == null ? what : fault;
  }

  @Nullable String fault() {
    return fault;
  }

  List<Remark> remarks() {
    return List.copyOf(remarks);
  }

  /** Whether the model's own prices have all of these. */
  boolean has(Set<Meter> meters) {
    return meters.stream().map(PriceKey::base).allMatch(prices::containsKey);
  }

  /** Whether they would, if 0 were taken as a price. */
  boolean wouldHave(Set<Meter> meters) {
    return meters.stream()
        .map(PriceKey::base)
        .allMatch(key -> zeros.containsKey(key) || prices.containsKey(key));
  }

  /**
   * Takes out what would be charged twice when the model is sold this way, and remarks what was not
   * taken as free. A 0 for what is not sold, or beside a price for the same, loses nothing.
   */
  void sellBy(Set<Meter> way) {
    for (PriceKey key : List.copyOf(prices.keySet())) {
      if (Mode.isDouble(key.meter(), way)) {
        prices.remove(key);
        remark(Remark.Kind.PRICED_TWICE, sources.getOrDefault(key, ""));
      }
    }
    zeros.forEach(
        (key, source) -> {
          if (!Mode.isDouble(key.meter(), way) && !prices.containsKey(key)) {
            remark(Remark.Kind.ZERO, source);
          }
        });
  }

  /**
   * Takes out parts that cost what their whole does, where nothing else names them: a tier that
   * names the whole then holds for them too.
   */
  void join() {
    PARTS.forEach(
        (part, whole) -> {
          PriceKey key = PriceKey.base(part);
          PriceKey of = PriceKey.base(whole);
          Long price = prices.get(key);
          boolean isAlone =
              prices.keySet().stream().filter(each -> each.meter() == part).count() == 1;
          if (price != null && isAlone && price.equals(prices.get(of))) {
            prices.remove(key);
            sources.merge(of, sources.getOrDefault(key, ""), (one, more) -> one + ", " + more);
          }
        });
  }

  /** By {@link dev.tollgate.pricing.CardFact#key()}. */
  Map<String, String> sources() {
    Map<String, String> byFact = new HashMap<>();
    prices.keySet().forEach(key -> byFact.put(key.fact(), sources.getOrDefault(key, "")));
    return byFact;
  }

  Prices base() {
    return layer(0, "");
  }

  List<Tier> tiers() {
    List<Tier> tiers = new ArrayList<>();
    Set<Long> bounds = new TreeSet<>();
    prices.keySet().forEach(key -> bounds.add(key.aboveInputTokens()));
    bounds.remove(0L);
    for (long bound : bounds) {
      tiers.add(new Tier(bound, layer(bound, ""), serviceTiers(bound)));
    }
    return tiers;
  }

  Map<String, Prices> serviceTiers(long aboveInputTokens) {
    Map<String, Prices> serviceTiers = new TreeMap<>();
    for (PriceKey key : prices.keySet()) {
      if (key.aboveInputTokens() == aboveInputTokens && !key.serviceTier().isEmpty()) {
        serviceTiers.put(key.serviceTier(), layer(aboveInputTokens, key.serviceTier()));
      }
    }
    return serviceTiers;
  }

  private Prices layer(long aboveInputTokens, String serviceTier) {
    Prices.Builder layer = Prices.builder();
    prices.forEach(
        (key, nanoUsd) -> {
          if (key.aboveInputTokens() == aboveInputTokens && key.serviceTier().equals(serviceTier)) {
            layer.set(key.meter(), nanoUsd);
          }
        });
    return layer.build();
  }
}
