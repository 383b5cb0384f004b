package dev.tollgate.kept;

import dev.tollgate.domain.Meter;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.Target;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.Course;
import dev.tollgate.proxy.Offer;
import dev.tollgate.proxy.Provider;
import dev.tollgate.proxy.Route;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** To whom a request goes that names no model, and what it costs, which is nothing. */
final class Providers {
  private Providers() {}

  /** Who keeps the files of a dialect; null when nobody does, or it does not say which of many. */
  static @Nullable Provider ofFiles(Catalog catalog, String dialect) {
    List<Provider> all =
        catalog.providers().values().stream()
            .filter(provider -> provider.settings().dialect().equals(dialect))
            .toList();
    for (Provider provider : all) {
      if (Boolean.TRUE.equals(provider.keepsFiles())) {
        return provider;
      }
    }
    return all.size() == 1 && all.getFirst().keepsFiles() == null ? all.getFirst() : null;
  }

  /**
   * The model that stands in the provider's URL where an object is asked for there; empty where
   * none does. It is known as long as the object is to be paid for.
   */
  static String modelInUrl(Provider provider, KeptObject object) {
    return provider.settings().hasModelInUrl() ? object.fact("upstream_model") : "";
  }

  static Offer free(Provider provider, Course course) {
    return free(provider, "", course);
  }

  /**
   * @param model for the place in the provider's URL; empty where it has none
   */
  static Offer free(Provider provider, String model, Course course) {
    Target target = new Target(provider.settings().name(), model);
    return new Offer(
        ModelRates.of("", target, Prices.NONE),
        Set.<Meter>of(),
        List.of(new Route(provider, model)),
        course);
  }
}
