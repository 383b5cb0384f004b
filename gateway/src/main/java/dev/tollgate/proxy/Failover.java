package dev.tollgate.proxy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one exchange, tried in order until one answers, and a note of each try. Only before
 * the first byte has gone to the client.
 */
final class Failover {
  private final List<Route> routes;
  private final StringBuilder attempts = new StringBuilder();
  private int next;

  Failover(List<Route> routes) {
    this.routes = routes;
  }

  /** The next route to try; null when all have been. */
  @Nullable Route nextRoute() {
    return next < routes.size() ? routes.get(next++) : null;
  }

  boolean hasNext() {
    return next < routes.size();
  }

  /** Answers of a provider that another one may do better than. */
  static boolean isWorthAnother(int status) {
    return status == 408 || status == 429 || status >= 500;
  }

  void note(Route route, String outcome, long millis) {
    attempts.append(attempts.isEmpty() ? "" : " ").append(route.provider().settings().name());
    attempts.append(':').append(outcome).append(':').append(millis);
  }

  /** Every try in order, as {@code provider:outcome:millis}, separated by spaces. */
  String attempts() {
    return attempts.toString();
  }
}
