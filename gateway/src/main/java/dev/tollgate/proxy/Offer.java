package dev.tollgate.proxy;

import dev.tollgate.domain.Meter;
import dev.tollgate.pricing.ModelRates;
import java.util.List;
import java.util.Set;

/**
 * By whom a request may be served, and what that costs.
 *
 * @param soldBy the meters that the endpoint sells it by; empty when it is free
 * @param routes in order; at least one
 * @param course what else comes of it
 */
public record Offer(ModelRates rates, Set<Meter> soldBy, List<Route> routes, Course course) {
  /** Of an answer, and nothing else. */
  public Offer(ModelRates rates, Set<Meter> soldBy, List<Route> routes) {
    this(rates, soldBy, routes, Course.PLAIN);
  }

  public Offer {
    soldBy = Set.copyOf(soldBy);
    routes = List.copyOf(routes);
  }

  public boolean isFree() {
    return soldBy.isEmpty();
  }

  /** Whether tokens decide what it costs; else fees alone do, and tokens are only noted. */
  public boolean isByTokens() {
    for (Meter meter : soldBy) {
      if (meter.kind() == Meter.Kind.TOKEN) {
        return true;
      }
    }
    return false;
  }
}
