package dev.tollgate.proxy;

import dev.tollgate.domain.Refusal;
import dev.tollgate.upstream.UpgradeListener;
import dev.tollgate.upstream.Upstream;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.UpstreamFailure;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One try to get a WebSocket from a provider, up to its answer, which is noted with the attempts.
 * Confined to its event loop.
 */
final class RealtimeAttempt implements UpgradeListener {
  /** How it ended; told once, unless it is cancelled. */
  sealed interface Ending {
    /** The channel is the hearer's, as {@link UpgradeListener#onSwitched} says. */
    record Switched(HttpHeaders headers, Channel channel) implements Ending {}

    /** An answer that is the client's. */
    record Answered(ErrorAnswer answer) implements Ending {}

    /** Another may be tried. */
    record NotServed(Refusal refusal, Outcome outcome) implements Ending {}
  }

  private final Failover failover;
  private final Turn turn;
  private final Route route;
  private final int answerBytesMax;
  private final Consumer<Ending> told;
  private @Nullable UpstreamCall call;
  private @Nullable ErrorAnswer answer;

  /**
   * @param answerBytesMax of an answer that is passed on
   */
  RealtimeAttempt(
      Failover failover, Turn turn, Route route, int answerBytesMax, Consumer<Ending> told) {
    this.failover = failover;
    this.turn = turn;
    this.route = route;
    this.answerBytesMax = answerBytesMax;
    this.told = told;
  }

  void start(Upstream upstream, UpstreamRequest request) {
    call = upstream.upgrade(request, this);
  }

  /** Nobody waits for it any more. */
  void cancel() {
    if (call != null) {
      call.cancel();
    }
  }

  @Override
  public void onResent() {
    note("resent");
  }

  @Override
  public void onSwitched(HttpHeaders headers, Channel channel) {
    note("ok");
    told.accept(new Ending.Switched(headers, channel));
  }

  @Override
  public void onHead(HttpResponseStatus status, HttpHeaders headers) {
    Outcome outcome =
        Outcome.ofStatus(status.code(), RetryAfter.millis(headers, System.currentTimeMillis()));
    boolean mayFollow =
        Outcome.isWorthAnother(status.code()) && failover.tries(route).mayFollow(outcome);
    if (mayFollow || status.code() < 300) {
      cancel();
      note(Integer.toString(status.code()));
      told.accept(
          new Ending.NotServed(
              new Refusal.UpstreamError(
                  "The provider answered " + status.code() + " and not by a WebSocket."),
              status.code() < 300 ? Outcome.ofError() : outcome));
    } else {
      answer = new ErrorAnswer(status, headers, answerBytesMax);
    }
  }

  @Override
  public void onBody(ByteBuf piece) {
    if (answer == null) {
      piece.release();
    } else {
      answer.add(piece);
    }
  }

  @Override
  public void onEnd(HttpHeaders trailers) {
    if (answer != null) {
      note(Integer.toString(answer.status()));
      told.accept(new Ending.Answered(answer));
    }
  }

  @Override
  public void onFailure(UpstreamFailure failure) {
    note(failure.isTimeout() ? "timeout" : "broken");
    Refusal refusal =
        failure.isTimeout()
            ? new Refusal.UpstreamTimeout(failure.reason())
            : new Refusal.UpstreamError(failure.reason());
    told.accept(new Ending.NotServed(refusal, Outcome.of(failure)));
  }

  private void note(String word) {
    failover.note(route, word);
    turn.takeRoute(route, failover.attempts());
  }
}
