package dev.tollgate.proxy;

import dev.tollgate.dialect.AnswerHead;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Variant;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.ServerResponse;
import dev.tollgate.ledger.RateLimits;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.Tally;
import dev.tollgate.upstream.Upstream;
import dev.tollgate.upstream.UpstreamCall;
import dev.tollgate.upstream.UpstreamFailure;
import dev.tollgate.upstream.UpstreamListener;
import dev.tollgate.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ties one call of a provider to the client's response: head, bytes and end pass through, counted
 * by the meter on their way. The provider is read only as fast as the client reads.
 *
 * <p>An answer may have to wait here, within a bound: one that is no stream until it is whole, so
 * that its cost can go into its head and half an answer can still become a clean error; a stream
 * until its first event that tells it from an error, as long as another route could be tried; a
 * refusal until it is clear that it is not only about the usage that we asked for.
 *
 * <p>Buffers: each piece belongs to the relay from {@link #onBody} until it is handed to the meter,
 * which hands it (or a part) to {@link #deliver}, which gives it to the response or releases it.
 */
final class Relay implements UpstreamListener {
  /** How the call ended. */
  sealed interface Ending {
    /** Nothing has gone to the client: another route may be tried. */
    record NotServed(Refusal refusal, Outcome outcome, String word) implements Ending {}

    /** Refused because the stream was asked for its usage, which the client did not do. */
    record UsageRefused() implements Ending {}

    /** The provider's own error, passed on: not charged. */
    record ErrorPassed(Outcome outcome) implements Ending {}

    /** A whole answer; the client gets its end by {@link Relay#finish}. */
    record Served(Tally tally) implements Ending {}

    /** The answer broke off after bytes had gone to the client. */
    record BrokenOff(Tally tally) implements Ending {}
  }

  /**
   * The call, as far as its answer depends on it.
   *
   * @param addsUsage whether a stream is asked for the usage that its client did not ask for
   * @param tries what may come after it
   */
  record Attempt(Variant variant, boolean isStreamAsked, boolean addsUsage, Tries tries) {
    boolean mayFollow(Outcome outcome) {
      return tries.mayFollow(outcome);
    }
  }

  /** What the call needs to know of those that may come after it. */
  interface Tries {
    /** Whether there would be another, should this one end so. */
    boolean mayFollow(Outcome outcome);

    /** The same target has been sent the request once more, having said nothing to it. */
    void resent();

    /** There will be none: its answer goes to the client. */
    void answering();
  }

  /** What an answer waits for before any of it goes to the client. */
  private enum Wait {
    NOTHING,
    /** To be whole. */
    WHOLE,
    /** To be told from an error. */
    TOLD,
    /** To be known as a refusal of the client's own request. */
    REFUSAL
  }

  /** What a provider names that does not know how to report the usage of a stream. */
  private static final List<String> USAGE_OPTIONS = List.of("stream_options", "include_usage");

  private final ServerResponse response;
  private final Endpoint endpoint;
  private final Attempt attempt;
  private final ProxySettings settings;
  private final RateLimits limits;
  private final Consumer<Ending> owner;
  private final WaitingPieces waiting = new WaitingPieces();
  private final long startedNanos = System.nanoTime();

  private @Nullable Consumer<String> named;
  private @Nullable UpstreamCall call;
  private @Nullable AnswerMeter meter;
  private HttpResponseStatus status = HttpResponseStatus.OK;
  private Outcome answer = Outcome.ofError();
  private HttpHeaders headers = EmptyHttpHeaders.INSTANCE;
  private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;
  private Wait wait = Wait.WHOLE;
  private @Nullable ScheduledFuture<?> waitEnd;
  private boolean hasBody;
  private boolean isStreamed;
  private boolean isHeadSeen;
  private boolean isHeadSent;
  private boolean isPaused;
  private boolean isClientGone;
  private boolean isFinished;
  private long headNanos;
  private long endedNanos;
  private long sentNanos = -1;

  Relay(
      ServerResponse response,
      Endpoint endpoint,
      Attempt attempt,
      ProxySettings settings,
      RateLimits limits,
      Consumer<Ending> owner) {
    this.response = response;
    this.endpoint = endpoint;
    this.attempt = attempt;
    this.settings = settings;
    this.limits = limits;
    this.owner = owner;
  }

  /**
   * @param listener told once under which id the provider keeps a streamed answer, before any of it
   *     is passed on that comes after that
   */
  void onNamed(Consumer<String> listener) {
    named = listener;
  }

  void start(Upstream upstream, UpstreamRequest request) {
    call = upstream.call(request, this);
  }

  // ---- from the provider

  @Override
  public void onResent() {
    attempt.tries().resent();
  }

  @Override
  public void onInterim(HttpResponseStatus interim, HttpHeaders interimHeaders) {
    if (!isClientGone) {
      response.interim(interim, HeaderRules.towardsClient(interimHeaders));
    }
  }

  @Override
  public void onHead(HttpResponseStatus answered, HttpHeaders fromProvider) {
    answer =
        Outcome.ofStatus(
            answered.code(), RetryAfter.millis(fromProvider, System.currentTimeMillis()));
    if (Outcome.isWorthAnother(answered.code()) && attempt.mayFollow(answer)) {
      notServed(
          "The provider answered " + answered.code() + ".",
          answer,
          Integer.toString(answered.code()));
      return;
    }
    isHeadSeen = true;
    headNanos = System.nanoTime();
    status = answered;
    headers = HeaderRules.towardsClient(fromProvider);
    RateLimitHeaders.set(headers, limits);
    AnswerHead head = AnswerHead.of(answered.code(), fromProvider);
    if (isSuccess()) {
      isStreamed = endpoint.isPassedOnAtOnce(head, attempt.isStreamAsked());
      boolean drops = attempt.addsUsage() && head.isEventStream();
      meter = endpoint.newAnswerMeter(head, attempt.variant(), drops);
      if (drops) {
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      }
    } else {
      ChargeHeaders.set(headers, Charging.NOTHING);
    }
    waitFor(reasonToWait());
  }

  private Wait reasonToWait() {
    if (isSuccess()) {
      return !isStreamed ? Wait.WHOLE : mayFollowAnError() ? Wait.TOLD : Wait.NOTHING;
    }
    boolean mayBeAboutUsage = status.code() == 400 || status.code() == 422;
    return attempt.addsUsage() && mayBeAboutUsage ? Wait.REFUSAL : Wait.NOTHING;
  }

  private boolean mayFollowAnError() {
    return attempt.mayFollow(Outcome.ofError());
  }

  private void waitFor(Wait what) {
    wait = what;
    if (what == Wait.NOTHING) {
      sendHead();
    } else if (what == Wait.TOLD) {
      waitEnd =
          response
              .eventLoop()
              .schedule(this::waitedLong, settings.untoldMillisMax(), TimeUnit.MILLISECONDS);
    }
  }

  /** Comments and pings are for the client: from now on they flow, and this route is the last. */
  private void waitedLong() {
    if (wait == Wait.TOLD) {
      headNanos = System.nanoTime();
      sendHead();
      if (meter != null) {
        tellName(meter);
      }
      response.flush();
    }
  }

  @Override
  public void onBody(ByteBuf piece) {
    hasBody |= piece.isReadable();
    if (meter == null) {
      deliver(piece);
      return;
    }
    meter.read(piece, this::deliver);
    if (wait == Wait.TOLD && meter.isTold()) {
      headNanos = System.nanoTime();
      if (meter.tally().isError()) {
        notServed("The provider answered with an error.", Outcome.ofError(), "error");
        return;
      }
      sendHead();
    }
    tellName(meter);
  }

  /** While another route may still serve, the id is not yet that of the answer. */
  private void tellName(AnswerMeter reading) {
    String id = isStreamed && isHeadSent && named != null ? reading.objectId() : null;
    if (id != null && named != null) {
      named.accept(id);
      named = null;
    }
  }

  @Override
  public void onReadComplete() {
    if (isHeadSent && !isClientGone) {
      response.flush();
    }
  }

  @Override
  public void onEnd(HttpHeaders fromProvider) {
    endedNanos = System.nanoTime();
    trailers = HeaderRules.towardsClient(fromProvider);
    endMeter();
    if (isSuccess() && meter != null && meter.isCutOff()) {
      onCutOff();
    } else if (isSuccess()) {
      onWhole(hasBody || endpoint.mayAnswerWithoutBody() ? tally() : Tally.ERROR);
    } else if (wait == Wait.REFUSAL && waiting.mentionsAny(USAGE_OPTIONS)) {
      discard();
      owner.accept(new Ending.UsageRefused());
    } else {
      owner.accept(new Ending.ErrorPassed(answer));
    }
  }

  /** By its framing it is whole, and by what it says it is not: a length that is too short. */
  private void onCutOff() {
    if (isHeadSent) {
      owner.accept(new Ending.BrokenOff(tally()));
    } else {
      notServed("The provider's answer ended in its middle.", Outcome.ofCutOff(), "broken");
    }
  }

  private void onWhole(Tally tally) {
    if (tally.isError() && !isHeadSent && mayFollowAnError()) {
      notServed(
          "The provider answered with " + (hasBody ? "an error." : "nothing."),
          Outcome.ofError(),
          hasBody ? "error" : "empty");
    } else {
      owner.accept(new Ending.Served(tally));
    }
  }

  /** Another try is to come, and nothing of this one has gone to the client. */
  private void notServed(String reason, Outcome outcome, String word) {
    cancelCall();
    discard();
    owner.accept(new Ending.NotServed(new Refusal.UpstreamError(reason), outcome, word));
  }

  @Override
  public void onFailure(UpstreamFailure failure) {
    endedNanos = System.nanoTime();
    if (isHeadSent) {
      endMeter();
      owner.accept(new Ending.BrokenOff(tally()));
      return;
    }
    discard();
    Refusal refusal =
        failure.isTimeout()
            ? new Refusal.UpstreamTimeout(failure.reason())
            : new Refusal.UpstreamError(failure.reason());
    owner.accept(
        new Ending.NotServed(
            refusal, Outcome.of(failure), failure.isTimeout() ? "timeout" : "broken"));
  }

  // ---- towards the client

  private void deliver(ByteBuf piece) {
    if (isClientGone) {
      piece.release();
      return;
    }
    if (!isHeadSent) {
      waiting.add(piece);
      if (waiting.bytes() > settings.wholeAnswerBytesMax()) {
        sendHead();
      }
      return;
    }
    response.body(piece);
    if (!response.isWritable() && !isPaused && call != null) {
      isPaused = true;
      call.pause();
      // Last: what it sends at once may make the client writable again before this returns.
      response.flush();
    }
  }

  private void sendHead() {
    isHeadSent = true;
    waitNoLonger();
    if (isSuccess()) {
      attempt.tries().answering();
    }
    if (isClientGone) {
      return;
    }
    sentNanos = System.nanoTime();
    response.head(status, headers);
    waiting.drainTo(this::deliver);
  }

  private void waitNoLonger() {
    wait = Wait.NOTHING;
    if (waitEnd != null) {
      waitEnd.cancel(false);
      waitEnd = null;
    }
  }

  /** The client reads again. */
  void onWritable() {
    if (isPaused && call != null) {
      isPaused = false;
      call.resume();
    }
  }

  /**
   * Completes the client's answer. Idempotent.
   *
   * @param charge for the head, where that has not gone yet; null leaves it out
   */
  void finish(@Nullable Charge charge) {
    if (isFinished) {
      return;
    }
    isFinished = true;
    if (isClientGone) {
      discard();
      return;
    }
    if (!isHeadSent) {
      if (charge != null) {
        ChargeHeaders.set(headers, charge);
      }
      headers.set(HttpHeaderNames.CONTENT_LENGTH, waiting.bytes());
      sendHead();
    }
    response.end(trailers);
  }

  /** Lets the client see that its answer is not whole. */
  void breakOff() {
    isFinished = true;
    discard();
    if (!isClientGone) {
      response.abort();
    }
  }

  /** The client hung up; what still comes from the provider is counted and dropped. */
  void onClientGone() {
    isClientGone = true;
    waiting.release();
    onWritable();
  }

  /** Ends the call, when nobody waits for its answer any more. */
  void cancel() {
    cancelCall();
    endMeter();
    discard();
  }

  // ---- what is known

  /** What has been counted so far. */
  Tally tally() {
    return meter == null ? Tally.NOTHING : meter.tally();
  }

  /** Whether the client has got any of the answer. */
  boolean isDelivering() {
    return sentNanos >= 0;
  }

  boolean isStreamed() {
    return isStreamed;
  }

  /** The status that the provider answered with. */
  int status() {
    return status.code();
  }

  /** Of the answer that the client has got, or 0 while it has got none. */
  int sentStatus() {
    return isHeadSent && sentNanos >= 0 ? status.code() : 0;
  }

  /** When the first byte went to the client; -1 when none did. */
  long sentNanos() {
    return sentNanos;
  }

  boolean isClientGone() {
    return isClientGone;
  }

  /** From the call to the end of its answer, or to now while it has not ended. */
  long upstreamNanos(long nowNanos) {
    return (endedNanos == 0 ? nowNanos : endedNanos) - startedNanos;
  }

  /** From the call to the answer's head, or to what let it go on; 0 without one. */
  long headWaitNanos() {
    return isHeadSeen ? headNanos - startedNanos : 0;
  }

  private boolean isSuccess() {
    return status.code() / 100 == 2;
  }

  private void endMeter() {
    if (meter != null) {
      meter.end(this::deliver);
    }
  }

  private void cancelCall() {
    if (call != null) {
      call.cancel();
    }
  }

  private void discard() {
    waitNoLonger();
    if (meter != null) {
      meter.discard();
    }
    waiting.release();
  }
}
