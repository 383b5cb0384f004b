package dev.tollgate.upstream;

import dev.tollgate.upstream.UpstreamFailure.Stage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * A call from the line to its end, whatever protocol it is carried by. It owns the request's body:
 * a fresh connection gets it for good, a kept-alive or shared one gets a second reference, and the
 * first is held until the answer's first byte, so that the request can be sent again; it is
 * released at the latest when the call is over.
 *
 * <p>The listener hears of answers from within the connection's reads, and of anything else in a
 * task of its own, so that no method of this package ever calls it before it returns.
 */
final class PooledCall implements UpstreamCall {
  private static final int SWITCHED = 101;

  private final PooledUpstream lane;
  private final ProviderPool pool;
  private final UpstreamListener listener;
  private final @Nullable SocketRequest socket;
  private final HttpRequest head;
  private final long startedNanos;
  private final CallBounds bounds;
  private final boolean isRepeatable;
  private ByteBuf body;
  private Stage stage = Stage.WAITING_FOR_CONNECTION;
  private @Nullable PoolOpening opening;
  private @Nullable Carrier carrier;
  private boolean isPaused;
  private boolean isOver;
  private boolean isCancelled;
  private boolean isResent;
  private boolean hasHeard;
  private boolean isWriteBroken;
  private long quietSinceNanos;
  private int status;

  /** Where the lane keeps it among its calls under way. */
  private int index = -1;

  /**
   * @param head without the body, ready to send
   * @param request its body passes to the call
   * @param socket where it asks for a WebSocket; null for any other call
   */
  PooledCall(
      PooledUpstream lane,
      ProviderPool pool,
      HttpRequest head,
      UpstreamRequest request,
      UpstreamListener listener,
      @Nullable SocketRequest socket) {
    this.lane = lane;
    this.pool = pool;
    this.head = head;
    this.body = request.body();
    this.bounds = request.bounds();
    this.isRepeatable = request.isRepeatable();
    this.listener = listener;
    this.socket = socket;
    this.startedNanos = lane.now();
    this.quietSinceNanos = startedNanos;
  }

  int index() {
    return index;
  }

  void index(int newIndex) {
    index = newIndex;
  }

  boolean isToHead() {
    return HttpMethod.HEAD.equals(head.method());
  }

  boolean isPaused() {
    return isPaused;
  }

  // Before the answer.

  /** There is no connection free: it stands in line. */
  void awaitTurn() {
    if (stage != Stage.WAITING_FOR_CONNECTION) {
      enter(Stage.WAITING_FOR_CONNECTION);
    }
  }

  /** A connection is being opened, for it alone or for others, too. */
  void awaitOpening(PoolOpening newOpening) {
    opening = newOpening;
    if (stage != Stage.CONNECTING) {
      enter(Stage.CONNECTING);
    }
  }

  /** What it waited for is there, if not for it. */
  void leftOver() {
    opening = null;
  }

  void openingFailed(String problem) {
    opening = null;
    fail(false, problem);
  }

  void sendOn(Carrier newCarrier) {
    opening = null;
    carrier = newCarrier;
    isWriteBroken = false;
    enter(Stage.SENDING);
    newCarrier.send(this);
  }

  /**
   * The message to write; the caller owns it.
   *
   * @param keepBody whether it may have to be sent again
   */
  FullHttpRequest message(boolean keepBody) {
    ByteBuf content = keepBody ? body.retainedDuplicate() : body;
    if (!keepBody) {
      body = Unpooled.EMPTY_BUFFER;
    }
    return RequestHeads.message(head, content);
  }

  void written() {
    if (stage == Stage.SENDING) {
      enter(Stage.AWAITING_HEAD);
    }
  }

  /** The answer may be there all the same: it has a moment to show. */
  void writeFailed() {
    if (stage == Stage.SENDING) {
      isWriteBroken = true;
      quietSinceNanos = lane.now();
    }
  }

  /**
   * The connection or the stream is gone; the call no longer has it.
   *
   * @param isStale whether it had been kept alive and not a byte of the answer came: most likely
   *     the provider had closed it before it saw the request
   */
  void connectionLost(boolean isStale, String problem) {
    carrier = null;
    if (isStale
        && isRepeatable
        && !isResent
        && lane.now() - quietSinceNanos <= lane.resendNanosMax()) {
      resend(null);
    } else {
      fail(false, problem);
    }
  }

  /**
   * The provider says that it has not looked at the request; the call no longer has its stream.
   *
   * @param refuser where it said so
   */
  void notProcessed(ProviderStreams refuser, String problem) {
    carrier = null;
    if (isResent) {
      enter(Stage.CONNECTING);
      fail(false, problem);
    } else {
      resend(refuser);
    }
  }

  private void resend(@Nullable ProviderStreams refuser) {
    isResent = true;
    lane.observer().onCallResent(pool.provider());
    tell(listener::onResent);
    pool.resend(this, refuser);
  }

  // The answer. Each may find, after it, that the listener has cancelled.

  void interim(HttpResponseStatus interimStatus, HttpHeaders headers) {
    forgetBody();
    listener.onInterim(interimStatus, headers);
  }

  void head(HttpResponseStatus headStatus, HttpHeaders headers) {
    forgetBody();
    enter(Stage.READING_BODY);
    status = headStatus.code();
    listener.onHead(headStatus, headers);
  }

  /**
   * @param piece ownership passes to the listener
   */
  void piece(ByteBuf piece) {
    hasHeard = true;
    listener.onBody(piece);
  }

  void readComplete() {
    listener.onReadComplete();
  }

  /** What asks for a WebSocket; null where the call does not. */
  @Nullable SocketRequest socket() {
    return socket;
  }

  /** The connection is no longer one of calls. */
  void switched() {
    carrier = null;
    finish();
    lane.observer().onCallEnded(pool.provider(), SWITCHED, lane.now() - startedNanos);
  }

  void end(HttpHeaders trailers) {
    carrier = null;
    finish();
    lane.observer().onCallEnded(pool.provider(), status, lane.now() - startedNanos);
    listener.onEnd(trailers);
  }

  // The caller's side.

  @Override
  public void pause() {
    setPaused(true);
  }

  @Override
  public void resume() {
    setPaused(false);
  }

  private void setPaused(boolean newPaused) {
    if (isOver || isPaused == newPaused) {
      return;
    }
    isPaused = newPaused;
    quietSinceNanos = stage == Stage.READING_BODY ? lane.now() : quietSinceNanos;
    if (carrier != null) {
      carrier.setReading(!newPaused);
    }
  }

  @Override
  public void cancel() {
    isCancelled = true;
    if (!isOver) {
      finish();
      lane.observer().onCallCancelled(pool.provider(), lane.now() - startedNanos);
    }
  }

  // Its ends.

  /** Fails the call at the stage it is in. */
  void fail(boolean isTimeout, String problem) {
    if (isOver) {
      return;
    }
    UpstreamFailure failure = pool.failure(stage, isTimeout, problem);
    finish();
    lane.observer().onCallFailed(pool.provider(), failure, lane.now() - startedNanos);
    tell(() -> listener.onFailure(failure));
  }

  private void tell(Runnable event) {
    lane.loop()
        .execute(
            () -> {
              if (!isCancelled) {
                event.run();
              }
            });
  }

  /** Gives back whatever it holds. */
  private void finish() {
    isOver = true;
    lane.ended(this);
    forgetBody();
    if (carrier != null) {
      Carrier held = carrier;
      carrier = null;
      held.discard();
    } else if (opening != null) {
      PoolOpening held = opening;
      opening = null;
      held.leave(this);
    } else if (stage == Stage.WAITING_FOR_CONNECTION) {
      pool.leaveLine(this);
    }
  }

  private void forgetBody() {
    ByteBuf held = body;
    body = Unpooled.EMPTY_BUFFER;
    held.release();
  }

  private void enter(Stage newStage) {
    stage = newStage;
    quietSinceNanos = lane.now();
    hasHeard = false;
  }

  /** Fails the call if a time bound has run out. */
  void checkTime(long now) {
    boolean isHeldUp = isPaused && stage.compareTo(Stage.AWAITING_HEAD) >= 0;
    if (hasHeard || isHeldUp) {
      quietSinceNanos = now;
      hasHeard = false;
    }
    String tooLong = CallPatience.totalProblem(bounds, now - startedNanos);
    long quietNanos = now - quietSinceNanos;
    if (tooLong != null) {
      fail(true, tooLong);
    } else if (isWriteBroken && stage == Stage.SENDING && quietNanos >= lane.resendNanosMax()) {
      fail(false, "broke the connection while the request was sent");
    } else {
      String tooQuiet = pool.patience().quietProblem(stage, bounds, quietNanos);
      if (tooQuiet != null) {
        fail(true, tooQuiet);
      }
    }
  }
}
