package dev.tollgate.proxy;

import dev.tollgate.domain.Refusal;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a provider that agrees to a Realtime session: one try of the plan after the other, each
 * when it is due. Confined to its event loop.
 */
final class RealtimeTries {
  /** Hears once how it ended, unless it is cancelled. */
  interface Hearer {
    /** The channel is the hearer's. */
    void agreed(Route route, HttpHeaders headers, Channel channel);

    /** What a provider said instead is the client's. */
    void answered(ErrorAnswer answer);

    /**
     * Nobody serves it.
     *
     * @param refusal what came of the last try
     */
    void noneLeft(Refusal refusal);
  }

  private final Lane lane;
  private final RealtimeRequest request;
  private final Turn turn;
  private final List<Route> routes;
  private final Failover failover;
  private final int answerBytesMax;
  private final Consumer<Runnable> steps;
  private final Hearer hearer;
  private @Nullable RealtimeAttempt attempt;
  private @Nullable ScheduledFuture<?> nextTry;
  private boolean isCancelled;

  /**
   * @param turn is told of every attempt
   * @param steps runs what comes later, and minds what it throws
   */
  RealtimeTries(
      Lane lane,
      ProxySettings settings,
      RealtimeRequest request,
      Turn turn,
      List<Route> routes,
      Consumer<Runnable> steps,
      Hearer hearer) {
    this.lane = lane;
    this.request = request;
    this.turn = turn;
    this.routes = routes;
    this.answerBytesMax = settings.wholeAnswerBytesMax();
    this.steps = steps;
    this.hearer = hearer;
    RetrySettings retries = settings.retries();
    AttemptPlan plan =
        AttemptPlan.of(
            routes,
            retries,
            route -> lane.targets().of(route.target()).sharePercent(),
            lane.random());
    this.failover =
        new Failover(plan, lane.targets(), retries, /* isRepeatable= */ true, System::nanoTime);
  }

  /** Begins. */
  void start() {
    next(null);
  }

  /** Nobody waits for it any more. */
  void cancel() {
    isCancelled = true;
    if (attempt != null) {
      attempt.cancel();
    }
    if (nextTry != null) {
      nextTry.cancel(false);
    }
  }

  /** The hold is over: if a try is under way, nothing can be said of its target. */
  void left() {
    failover.left();
  }

  /**
   * @param lastRefusal what came of the try before; null before the first
   */
  private void next(@Nullable Refusal lastRefusal) {
    if (isCancelled) {
      return;
    }
    Failover.Try next = failover.next();
    if (next == null) {
      hearer.noneLeft(lastRefusal == null ? failover.refusalUntried(routes) : lastRefusal);
    } else if (next.waitMillis() == 0) {
      make(next.route(), lastRefusal);
    } else {
      nextTry =
          lane.eventLoop()
              .schedule(
                  () -> steps.accept(() -> make(next.route(), lastRefusal)),
                  next.waitMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  private void make(Route route, @Nullable Refusal lastRefusal) {
    nextTry = null;
    if (isCancelled || !failover.enter()) {
      next(lastRefusal);
    } else {
      attempt =
          new RealtimeAttempt(
              failover,
              turn,
              route,
              answerBytesMax,
              ending -> steps.accept(() -> onEnding(route, ending)));
      attempt.start(lane.upstream(), request.towards(route));
    }
  }

  private void onEnding(Route route, RealtimeAttempt.Ending ending) {
    switch (ending) {
      case RealtimeAttempt.Ending.Switched(HttpHeaders headers, Channel channel) -> {
        failover.answered();
        hearer.agreed(route, headers, channel);
      }
      case RealtimeAttempt.Ending.Answered(ErrorAnswer answer) -> {
        failover.passedOn(route, Outcome.ofStatus(answer.status(), 0));
        hearer.answered(answer);
      }
      case RealtimeAttempt.Ending.NotServed(Refusal refusal, Outcome outcome) -> {
        failover.failed(route, outcome);
        next(refusal);
      }
    }
  }
}
