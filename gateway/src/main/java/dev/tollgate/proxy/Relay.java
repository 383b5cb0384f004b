package dev.tollgate.proxy;

import dev.tollgate.dialect.AnswerHead;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
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
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ties one call of a provider to the client's response: head, bytes and end pass through, counted
 * by the meter on their way. The provider is read only as fast as the client reads.
 *
 * <p>An answer that is no stream waits here until it is whole, within a bound, so that its cost can
 * go into its head and half an answer can still become a clean error.
 *
 * <p>Buffers: each piece belongs to the relay from {@link #onBody} until it is handed to the meter,
 * which hands it (or a part) to {@link #deliver}, which gives it to the response or releases it.
 */
final class Relay implements UpstreamListener {
  /** How the call ended. */
  sealed interface Ending {
    /** Nothing has gone to the client: another route may be tried. */
    record NotServed(Refusal refusal, String outcome) implements Ending {}

    /** The provider's own error, passed on: not charged. */
    record ErrorPassed(int status) implements Ending {}

    /** A whole answer; the client gets its end by {@link Relay#finish}. */
    record Served(Tally tally) implements Ending {}

    /** The answer broke off after bytes had gone to the client. */
    record BrokenOff(Tally tally, UpstreamFailure failure) implements Ending {}
  }

  private final ServerResponse response;
  private final Endpoint endpoint;
  private final Variant variant;
  private final Prompt prompt;
  private final boolean mayTryAnother;
  private final int wholeAnswerBytesMax;
  private final RateLimits limits;
  private final Consumer<Ending> owner;
  private final Deque<ByteBuf> waiting = new ArrayDeque<>();
  private final long startedNanos = System.nanoTime();

  private @Nullable UpstreamCall call;
  private @Nullable AnswerMeter meter;
  private HttpResponseStatus status = HttpResponseStatus.OK;
  private HttpHeaders headers = EmptyHttpHeaders.INSTANCE;
  private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;
  private int waitingBytes;
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
      Variant variant,
      Prompt prompt,
      boolean mayTryAnother,
      int wholeAnswerBytesMax,
      RateLimits limits,
      Consumer<Ending> owner) {
    this.response = response;
    this.endpoint = endpoint;
    this.variant = variant;
    this.prompt = prompt;
    this.mayTryAnother = mayTryAnother;
    this.wholeAnswerBytesMax = wholeAnswerBytesMax;
    this.limits = limits;
    this.owner = owner;
  }

  void start(Upstream upstream, UpstreamRequest request) {
    call = upstream.call(request, this);
  }

  // ---- from the provider

  @Override
  public void onInterim(HttpResponseStatus interim, HttpHeaders interimHeaders) {
    if (!isClientGone) {
      response.interim(interim, HeaderRules.towardsClient(interimHeaders));
    }
  }

  @Override
  public void onHead(HttpResponseStatus answered, HttpHeaders fromProvider) {
    if (mayTryAnother && Failover.isWorthAnother(answered.code())) {
      cancelCall();
      owner.accept(
          new Ending.NotServed(
              new Refusal.UpstreamError("The provider answered " + answered.code() + "."),
              Integer.toString(answered.code())));
      return;
    }
    isHeadSeen = true;
    headNanos = System.nanoTime();
    status = answered;
    headers = HeaderRules.towardsClient(fromProvider);
    RateLimitHeaders.set(headers, limits);
    if (isSuccess()) {
      AnswerHead head =
          new AnswerHead(
              answered.code(),
              fromProvider.get(HttpHeaderNames.CONTENT_TYPE, ""),
              fromProvider.get(HttpHeaderNames.CONTENT_ENCODING, ""));
      isStreamed = endpoint.isPassedOnAtOnce(head, prompt.isStreamed());
      boolean drops = !prompt.usageEdits().isEmpty() && head.isEventStream();
      meter = endpoint.newAnswerMeter(head, variant, drops);
      if (drops) {
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      }
    }
    if (!isSuccess()) {
      ChargeHeaders.set(headers, Charging.NOTHING);
    }
    if (isStreamed || !isSuccess()) {
      sendHead();
    }
  }

  @Override
  public void onBody(ByteBuf piece) {
    if (meter == null) {
      deliver(piece);
    } else {
      meter.read(piece, this::deliver);
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
    owner.accept(isSuccess() ? new Ending.Served(tally()) : new Ending.ErrorPassed(status.code()));
  }

  @Override
  public void onFailure(UpstreamFailure failure) {
    endedNanos = System.nanoTime();
    if (isHeadSent) {
      endMeter();
      owner.accept(new Ending.BrokenOff(tally(), failure));
      return;
    }
    discard();
    Refusal refusal =
        failure.isTimeout()
            ? new Refusal.UpstreamTimeout(failure.reason())
            : new Refusal.UpstreamError(failure.reason());
    owner.accept(new Ending.NotServed(refusal, failure.isTimeout() ? "timeout" : "broken"));
  }

  // ---- towards the client

  private void deliver(ByteBuf piece) {
    if (isClientGone) {
      piece.release();
      return;
    }
    if (!isHeadSent) {
      waiting.add(piece);
      waitingBytes += piece.readableBytes();
      if (waitingBytes > wholeAnswerBytesMax) {
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
    if (isClientGone) {
      return;
    }
    sentNanos = System.nanoTime();
    response.head(status, headers);
    while (!waiting.isEmpty()) {
      deliver(waiting.remove());
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
      headers.set(HttpHeaderNames.CONTENT_LENGTH, waitingBytes);
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
    releaseWaiting();
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

  long startedNanos() {
    return startedNanos;
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

  /** From the call to the answer's head; 0 without one. */
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
    if (meter != null) {
      meter.discard();
    }
    releaseWaiting();
  }

  private void releaseWaiting() {
    while (!waiting.isEmpty()) {
      waiting.remove().release();
    }
    waitingBytes = 0;
  }
}
