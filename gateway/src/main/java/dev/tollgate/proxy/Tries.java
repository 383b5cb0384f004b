package dev.tollgate.proxy;

import dev.tollgate.domain.Refusal;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Goes from one try of an exchange to the next, each when it is due, until there is none. Confined
 * to the lane's event loop.
 */
final class Tries {
  /** Who makes them. */
  interface Maker {
    /** It is this one's turn, and its target has let it in. */
    void make(Route route);

    /**
     * There is none, or none any more.
     *
     * @param refusal what came of the last one, or why none was made
     */
    void noneLeft(Refusal refusal);
  }

  private final Lane lane;
  private final List<Route> routes;
  private final Failover failover;
  private final Consumer<Runnable> steps;
  private final Maker maker;
  private @Nullable ScheduledFuture<?> waiting;
  private boolean isAbandoned;

  /**
   * @param isRepeatable whether it does no harm should a provider see the request twice
   * @param steps runs what comes later, and minds what it throws
   */
  Tries(
      Lane lane,
      List<Route> routes,
      RetrySettings settings,
      boolean isRepeatable,
      Consumer<Runnable> steps,
      Maker maker) {
    AttemptPlan plan =
        AttemptPlan.of(
            routes,
            settings,
            route -> lane.targets().of(route.target()).sharePercent(),
            lane.random());
    this.lane = lane;
    this.routes = routes;
    this.failover = new Failover(plan, lane.targets(), settings, isRepeatable, System::nanoTime);
    this.steps = steps;
    this.maker = maker;
  }

  /** Is to be told how each ends. */
  Failover failover() {
    return failover;
  }

  /**
   * The next one, at once or after its pause.
   *
   * @param lastRefusal what came of the one before; null before the first
   */
  void next(@Nullable Refusal lastRefusal) {
    Failover.Try next = isAbandoned ? null : failover.next();
    if (next == null) {
      maker.noneLeft(lastRefusal == null ? failover.refusalUntried(routes) : lastRefusal);
    } else if (next.waitMillis() == 0) {
      begin(next.route(), lastRefusal);
    } else {
      waiting =
          lane.eventLoop()
              .schedule(
                  () -> steps.accept(() -> begin(next.route(), lastRefusal)),
                  next.waitMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  private void begin(Route route, @Nullable Refusal lastRefusal) {
    waiting = null;
    if (!isAbandoned && failover.enter()) {
      maker.make(route);
    } else {
      next(lastRefusal);
    }
  }

  /**
   * No more are made; one that is under way goes on.
   *
   * @return whether one was waited for, of which nobody hears any more
   */
  boolean abandon() {
    isAbandoned = true;
    return waiting != null && waiting.cancel(false);
  }
}
