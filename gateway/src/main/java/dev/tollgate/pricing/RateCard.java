package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every price there is. Immutable; a request keeps to the card it began with. Maps keep the order
 * of the file.
 *
 * @param models by the name customers use
 * @param trainingNanoUsd by base model: nano-USD per million training tokens and epoch
 * @param plans by id
 * @param creditNanoUsd what one credit is worth
 * @param aliases other names of models, and which they mean
 */
public record RateCard(
    Map<String, ModelRates> models,
    List<PlainRoute> routes,
    Map<String, Long> trainingNanoUsd,
    List<FundsPackage> packages,
    TopUpRates topUp,
    Map<String, Plan> plans,
    long creditNanoUsd,
    Map<String, String> aliases) {

  public RateCard {
    models = inOrder(models);
    routes = List.copyOf(routes);
    trainingNanoUsd = inOrder(trainingNanoUsd);
    packages = List.copyOf(packages);
    plans = inOrder(plans);
    aliases = inOrder(aliases);
  }

  /** A card without aliases. */
  public RateCard(
      Map<String, ModelRates> models,
      List<PlainRoute> routes,
      Map<String, Long> trainingNanoUsd,
      List<FundsPackage> packages,
      TopUpRates topUp,
      Map<String, Plan> plans,
      long creditNanoUsd) {
    this(models, routes, trainingNanoUsd, packages, topUp, plans, creditNanoUsd, Map.of());
  }

  /** By its name or one of its aliases; null when it is not on the card. */
  public @Nullable ModelRates model(String name) {
    ModelRates rates = models.get(name);
    String meant = rates == null ? aliases.get(name) : null;
    return meant == null ? rates : models.get(meant);
  }

  /**
   * The rates of a model that has all the prices it needs; null when it is not on the card or lacks
   * one, in which case it is to be refused as not found.
   *
   * @param needed {@link ModelRates#INPUT_AND_OUTPUT}, {@link ModelRates#INPUT_ALONE}, …
   */
  public @Nullable ModelRates find(String model, Set<Meter> needed) {
    ModelRates rates = models.get(model);
    return rates != null && rates.isPricedFor(needed) ? rates : null;
  }

  private static <V> Map<String, V> inOrder(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
