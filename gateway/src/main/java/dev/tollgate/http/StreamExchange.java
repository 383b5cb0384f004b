package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.concurrent.TimeUnit;

/**
 * One request on a stream, and its answer: sees to it that the handler is told of its end once, and
 * that neither side keeps the stream open for ever. A piece of a body is the sink's from {@link
 * RequestSink#onBody} on.
 */
final class StreamExchange {
  /** What {@link #check} says where nothing is waited for. */
  static final long FOR_EVER = Long.MAX_VALUE;

  private final StreamsConnection connection;
  private final Lane lane;
  private final HttpServerSettings settings;
  private final Http2Stream stream;
  private final StreamHead head;
  private final OpenRequest request;

  /** Since when the next piece of the request is waited for. */
  private long waitedSinceNanos = System.nanoTime();

  /** What of the answer's body the client's windows have let through. */
  private long sentBytes;

  /** As much had been sent when it was looked at last, at which time more was waiting. */
  private long stalledAtBytes = -1;

  private long stalledSinceNanos;

  private boolean waits;

  StreamExchange(StreamsConnection connection, Lane lane, Http2Stream stream, StreamHead head) {
    this.connection = connection;
    this.lane = lane;
    this.settings = lane.settings();
    this.stream = stream;
    this.head = head;
    this.request =
        new OpenRequest(
            new StreamResponse(connection, this, lane.nextRequestId(), head.requestMethod()));
  }

  Http2Stream stream() {
    return stream;
  }

  /**
   * Its head has come.
   *
   * @param whole whether nothing follows
   */
  void begin(boolean whole) {
    Malformed fault = HeadRules.fault(head, settings);
    if (fault == null && head.isConnect()) {
      fault = lane.noTunnel(head.tunnel());
    }
    Target target = head.target();
    if (fault == null && target == null) {
      fault = Malformed.bad("The request target is not a path of this server.");
    }
    if (fault != null || target == null) {
      refuse(fault == null ? Malformed.INTERNAL_ERROR : fault);
    } else {
      hand(target, whole);
    }
    if (whole) {
      end();
    }
  }

  private void hand(Target target, boolean whole) {
    OpenResponse response = request.response();
    HttpHeaders fields = head.fields();
    boolean waits =
        !whole
            && fields.containsValue(HttpHeaderNames.EXPECT, "100-continue", /* ignoreCase= */ true);
    try {
      RequestSink sink = lane.begin(response, target, fields);
      if (waits && !response.isEnded() && !response.isStarted()) {
        response.proceed();
      }
      request.attach(sink);
    } catch (RuntimeException bug) {
      failed(bug);
    }
  }

  /** Answers what no handler is to see. */
  void refuse(Malformed malformed) {
    lane.listener().headRefused(malformed.status().code());
    answer(malformed);
  }

  private void answer(Malformed malformed) {
    OpenResponse response = request.response();
    response.send(lane.refusal(malformed, head.routePath(), response.id()));
  }

  /**
   * A piece of the body, which stays the caller's.
   *
   * @return how much of the client's window it may have again
   */
  int body(ByteBuf piece, int padding, boolean last) {
    int bytes = piece.readableBytes() + padding;
    waitedSinceNanos = System.nanoTime();
    if (piece.isReadable()) {
      take(piece.retain(), false);
    }
    if (last) {
      end();
      return bytes;
    }
    if (request.restBytes() <= settings.discardBytesMax()) {
      return bytes;
    }
    endInVain();
    return 0;
  }

  /** The request is complete. */
  void end() {
    take(Unpooled.EMPTY_BUFFER, true);
  }

  private void take(ByteBuf piece, boolean last) {
    try {
      request.body(piece, last);
    } catch (RuntimeException bug) {
      failed(bug);
    }
  }

  /**
   * It has been told that the client does not keep up.
   *
   * @return whether that is news
   */
  boolean waits() {
    boolean news = !waits;
    waits = true;
    return news;
  }

  void announceWritable() {
    waits = false;
    try {
      request.announceWritable();
    } catch (RuntimeException bug) {
      failed(bug);
    }
  }

  /** So much of the answer's body goes to the client now. */
  void sent(int bytes) {
    sentBytes += bytes;
  }

  private void failed(RuntimeException bug) {
    lane.failed(request.response().id(), bug);
    giveUp(Malformed.INTERNAL_ERROR);
  }

  /** Ends the exchange over the head of its handler. */
  private void giveUp(Malformed why) {
    if (request.response().isEnded()) {
      return;
    }
    boolean started = request.response().isStarted();
    OpenResponse instead = abandon();
    if (started) {
      instead.detach();
      connection.reset(stream, Http2Error.INTERNAL_ERROR);
    } else {
      answer(why);
    }
  }

  private OpenResponse abandon() {
    try {
      request.abandon();
    } catch (RuntimeException bug) {
      lane.failed(request.response().id(), bug);
    }
    return request.response();
  }

  /** The response has ended, whether or not its request has. */
  void answered() {
    if (request.isComplete()) {
      return;
    }
    waitedSinceNanos = System.nanoTime();
    connection.watchWithin(settings.discardMillisMax());
    if (announcedBytes() > settings.discardBytesMax()) {
      endInVain();
    }
  }

  /** Netty has checked that it is a number. */
  private long announcedBytes() {
    String length = head.fields().get(HttpHeaderNames.CONTENT_LENGTH);
    return length == null ? 0 : Long.parseLong(length);
  }

  /** The handler broke its answer off. */
  void broken() {
    connection.reset(stream, Http2Error.INTERNAL_ERROR);
  }

  /** The stream is gone, or can no longer be used. */
  void gone() {
    if (!request.response().isEnded()) {
      abandon().detach();
    }
  }

  /** The rest of the request is not wanted, once its answer has gone out. */
  private void endInVain() {
    if (!request.response().isEnded()) {
      return;
    }
    connection.output().writePending();
    if (!connection.output().isSending(stream)) {
      connection.reset(stream, Http2Error.NO_ERROR);
    }
  }

  /**
   * Ends it where it has waited too long.
   *
   * @return in how many nanoseconds to look again
   */
  long check(long nowNanos) {
    return Math.min(checkRequest(nowNanos), checkAnswer(nowNanos));
  }

  private long checkRequest(long nowNanos) {
    if (request.isComplete()) {
      return FOR_EVER;
    }
    boolean answered = request.response().isEnded();
    long left =
        left(
            waitedSinceNanos,
            answered ? settings.discardMillisMax() : settings.bodyIdleMillisMax(),
            nowNanos);
    if (left > 0) {
      return left;
    }
    if (answered) {
      endInVain();
    } else {
      giveUp(
          Malformed.of(HttpResponseStatus.REQUEST_TIMEOUT, "The request took too long to come."));
    }
    return TimeUnit.MILLISECONDS.toNanos(settings.discardMillisMax());
  }

  private long checkAnswer(long nowNanos) {
    long stall = settings.writeStallMillisMax();
    if (!connection.output().isSending(stream)) {
      stalledAtBytes = -1;
      return TimeUnit.MILLISECONDS.toNanos(stall);
    }
    if (stalledAtBytes != sentBytes) {
      stalledAtBytes = sentBytes;
      stalledSinceNanos = nowNanos;
    }
    long left = left(stalledSinceNanos, stall, nowNanos);
    if (left > 0) {
      return left;
    }
    gone();
    connection.reset(stream, Http2Error.ENHANCE_YOUR_CALM);
    return FOR_EVER;
  }

  private static long left(long sinceNanos, long millisMax, long nowNanos) {
    return sinceNanos + TimeUnit.MILLISECONDS.toNanos(millisMax) - nowNanos;
  }
}
