package dev.tollgate.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Which routes are tried, in which order, and how long each must have been left alone before. A
 * value: what happens makes another plan of it. It reads as {@code acme/large, other/large,
 * acme/large after 180 ms}.
 *
 * @param steps those still to come
 */
record AttemptPlan(List<Step> steps) {
  /**
   * One try.
   *
   * @param pauseMillis since the end of the last try of the same route; 0 for its first
   */
  record Step(Route route, long pauseMillis) {
    @Override
    public String toString() {
      return route.target() + (pauseMillis == 0 ? "" : " after " + pauseMillis + " ms");
    }
  }

  AttemptPlan {
    steps = List.copyOf(steps);
  }

  /**
   * All routes once, then those that may do better at another try.
   *
   * @param sharePercent of a route: of the requests that could go there, how many should while
   *     there are others
   * @param random for the order of weighted routes, for shares and for pauses
   */
  static AttemptPlan of(
      List<Route> routes,
      RetrySettings settings,
      ToIntFunction<Route> sharePercent,
      RandomGenerator random) {
    List<Route> order = sharedOut(drawn(routes, random), sharePercent, random);
    List<Step> steps = new ArrayList<>();
    for (int number = 1; number <= settings.triesPerTargetMax(); number++) {
      for (Route route : order) {
        if (steps.size() < settings.triesMax()) {
          steps.add(new Step(route, pauseMillis(number, settings, random)));
        }
      }
    }
    return new AttemptPlan(steps);
  }

  /** Those with a weight first, drawn by it; then the others in their order. */
  private static List<Route> drawn(List<Route> routes, RandomGenerator random) {
    if (routes.size() < 2 || routes.stream().noneMatch(Route::isWeighted)) {
      return routes;
    }
    List<Route> weighted = new ArrayList<>(routes.stream().filter(Route::isWeighted).toList());
    List<Route> order = new ArrayList<>();
    while (!weighted.isEmpty()) {
      int left = random.nextInt(weighted.stream().mapToInt(Route::weight).sum());
      int drawn = 0;
      while (left >= weighted.get(drawn).weight()) {
        left -= weighted.get(drawn).weight();
        drawn++;
      }
      order.add(weighted.remove(drawn));
    }
    routes.stream().filter(route -> !route.isWeighted()).forEach(order::add);
    return order;
  }

  /** What a route should not get goes to the others first. */
  private static List<Route> sharedOut(
      List<Route> order, ToIntFunction<Route> sharePercent, RandomGenerator random) {
    if (order.size() < 2) {
      return order;
    }
    List<Route> first = new ArrayList<>();
    List<Route> last = new ArrayList<>();
    for (Route route : order) {
      int share = sharePercent.applyAsInt(route);
      boolean isItsTurn = share >= 100 || (share > 0 && random.nextInt(100) < share);
      (isItsTurn ? first : last).add(route);
    }
    first.addAll(last);
    return first;
  }

  /** Drawn, so that those who failed together do not come back together. */
  private static long pauseMillis(int number, RetrySettings settings, RandomGenerator random) {
    if (number == 1) {
      return 0;
    }
    long most = settings.backoffMillis(number);
    return most - random.nextLong(most / 2 + 1);
  }

  boolean isEmpty() {
    return steps.isEmpty();
  }

  Step first() {
    return steps.getFirst();
  }

  AttemptPlan withoutFirst() {
    return new AttemptPlan(steps.subList(1, steps.size()));
  }

  /**
   * What is left to do once a route has been tried.
   *
   * @param isRepeatable whether it does no harm should a provider see the request twice
   */
  AttemptPlan after(Route tried, Outcome outcome, boolean isRepeatable) {
    List<Step> left = new ArrayList<>(steps.size());
    for (Step step : steps) {
      if (!step.route().equals(tried)) {
        left.add(step);
      } else if (outcome.isWorthTheSame(isRepeatable)) {
        left.add(new Step(tried, Math.max(step.pauseMillis(), outcome.retryAfterMillis())));
      }
    }
    return new AttemptPlan(left);
  }

  @Override
  public String toString() {
    return steps.stream().map(Step::toString).collect(Collectors.joining(", "));
  }
}
