package dev.tollgate.proxy;

import dev.tollgate.domain.Meter;
import dev.tollgate.ledger.HoldRequest.Terms;
import dev.tollgate.pricing.ModelRates;
import java.util.List;
import java.util.Set;

/**
 * By whom a request may be served, and what that costs.
 *
 * @param soldBy the meters that the endpoint sells it by; empty when it is free
 * @param routes in order; at least one
 * @param course what else comes of it
 * @param terms how what is held follows from the quote
 */
public record Offer(
    ModelRates rates, Set<Meter> soldBy, List<Route> routes, Course course, Terms terms) {
  /** Of an answer, and nothing else. */
  public Offer(ModelRates rates, Set<Meter> soldBy, List<Route> routes) {
    this(rates, soldBy, routes, Course.PLAIN);
  }

  /** At list price, to the nano-dollar. */
  public Offer(ModelRates rates, Set<Meter> soldBy, List<Route> routes, Course course) {
    this(rates, soldBy, routes, course, Terms.LIST);
  }

  public Offer {
    soldBy = Set.copyOf(soldBy);
    routes = List.copyOf(routes);
  }

  public boolean isFree() {
    return soldBy.isEmpty();
  }

  /**
   * Whether such a meter is charged: what the request is sold by, and what costs a fee beside
   * anything. All else that can be counted is another way to sell the same.
   */
  public boolean charges(Meter meter) {
    return switch (meter) {
      case REQUEST, WEB_SEARCH -> true;
      case IMAGE, SECOND, CHARACTER, SEARCH_UNIT -> soldBy.contains(meter);
      default -> isByTokens();
    };
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
