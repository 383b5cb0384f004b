package dev.tollgate.proxy;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Target;
import dev.tollgate.upstream.CallBounds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Requests that name a model: the rate card says what it costs and who serves it. Only providers
 * whose dialect has the same request: nothing is translated.
 */
public final class CardOffers implements Offers {
  private final Set<String> dialects;
  private final List<Set<Meter>> soldBy;

  /**
   * @param dialects as providers name them
   * @param soldBy what the endpoint's answers may be sold by
   */
  public CardOffers(Set<String> dialects, List<Set<Meter>> soldBy) {
    this.dialects = Set.copyOf(dialects);
    this.soldBy = soldBy;
  }

  /** Of an endpoint of that dialect, by providers of whatever dialect may serve it. */
  public static CardOffers of(Dialect dialect, Endpoint endpoint) {
    Set<String> spoken = new HashSet<>(endpoint.otherDialects());
    spoken.add(dialect.name());
    return new CardOffers(spoken, endpoint.soldBy());
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    return CompletableFuture.completedFuture(find(catalog, prompt));
  }

  private Found find(Catalog catalog, Prompt prompt) {
    String model = prompt.model();
    ModelRates rates = catalog.card().model(model);
    Set<Meter> basis = rates == null ? null : rates.firstPriced(soldBy);
    List<Route> routes = rates == null ? List.of() : routesTo(catalog, rates);
    return rates == null || basis == null || routes.isEmpty()
        ? new Found.Refused(new Refusal.ModelNotFound(model))
        : new Found.Offered(new Offer(rates, basis, routes), prompt.named(rates.name()));
  }

  private static Route route(Provider provider, Target target) {
    CallBounds usual = provider.settings().bounds();
    Target.Bounds own = target.bounds();
    CallBounds bounds =
        own.equals(Target.Bounds.AS_PROVIDER)
            ? usual
            : new CallBounds(
                own.connectMillisMax() == 0 ? usual.connectMillisMax() : own.connectMillisMax(),
                own.firstByteMillisMax() == 0
                    ? usual.firstByteMillisMax()
                    : own.firstByteMillisMax(),
                own.idleMillisMax() == 0 ? usual.idleMillisMax() : own.idleMillisMax(),
                own.totalMillisMax() == 0 ? usual.totalMillisMax() : own.totalMillisMax());
    return new Route(provider, target.model(), target.weight(), bounds);
  }

  private List<Route> routesTo(Catalog catalog, ModelRates rates) {
    List<Route> routes = new ArrayList<>(rates.targets().size());
    for (Target target : rates.targets()) {
      Provider provider = catalog.providers().get(target.provider());
      if (provider != null && dialects.contains(provider.settings().dialect())) {
        routes.add(route(provider, target));
      }
    }
    return routes;
  }
}
