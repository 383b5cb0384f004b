package dev.tollgate.proxy;

import dev.tollgate.domain.Refusal;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
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
  private final Failover failover;
  private final Tries tries;
  private final int answerBytesMax;
  private final Consumer<Runnable> steps;
  private final Hearer hearer;
  private @Nullable RealtimeAttempt attempt;
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
    this.answerBytesMax = settings.wholeAnswerBytesMax();
    this.steps = steps;
    this.hearer = hearer;
    this.tries =
        new Tries(
            lane, routes, settings.retries(), /* isRepeatable= */ true, steps, new Attempts());
    this.failover = tries.failover();
  }

  /** Begins. */
  void start() {
    tries.next(null);
  }

  /** Nobody waits for it any more. */
  void cancel() {
    isCancelled = true;
    if (attempt != null) {
      attempt.cancel();
    }
    var unused = tries.abandon();
  }

  /** The hold is over: if a try is under way, nothing can be said of its target. */
  void left() {
    failover.left();
  }

  private final class Attempts implements Tries.Maker {
    @Override
    public void make(Route route) {
      attempt =
          new RealtimeAttempt(
              failover,
              turn,
              route,
              answerBytesMax,
              ending -> steps.accept(() -> onEnding(route, ending)));
      attempt.start(lane.upstream(), request.towards(route));
    }

    @Override
    public void noneLeft(Refusal refusal) {
      if (!isCancelled) {
        hearer.noneLeft(refusal);
      }
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
        tries.next(refusal);
      }
    }
  }
}
