package dev.tollgate.http;

import dev.tollgate.domain.RequestId;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import java.util.function.Consumer;

/**
 * The answer to one request: sees that it keeps to what its head has promised, whatever protocol it
 * is written in. A piece of the body is the channel's once it is written; what comes after the end
 * is released here.
 */
abstract class OpenResponse implements ServerResponse {
  private static final String REQUEST_ID = "x-request-id";
  private static final byte[] NOTHING = {};

  private enum Stage {
    WAITING,
    STREAMING,
    ENDED
  }

  /** How the client knows where the body ends. */
  enum Framing {
    NO_BODY,
    LENGTH,
    /** By a mark of the protocol's own. */
    MARKED,
    CLOSE
  }

  private final ChannelHandlerContext context;
  private final RequestId id;
  private final HttpMethod method;
  private Stage stage = Stage.WAITING;
  private Framing framing = Framing.NO_BODY;
  private boolean started;
  private long bytesLeft;

  OpenResponse(ChannelHandlerContext context, RequestId id, HttpMethod method) {
    this.context = context;
    this.id = id;
    this.method = method;
  }

  // ---- the protocol's part

  /** Another answer to the same request, of which nothing has been written. */
  abstract OpenResponse another();

  abstract boolean takesInterim();

  /** How a body ends whose length is not known, with what the headers have to say of it. */
  abstract Framing unsized(HttpHeaders headers);

  /** Adds what else the headers have to say, once it is known how the body ends. */
  abstract void label(HttpHeaders headers, Framing how);

  abstract String date();

  abstract void writeInterim(HttpResponseStatus status, HttpHeaders headers);

  abstract void writeHead(HttpResponseStatus status, HttpHeaders headers);

  abstract void writeBody(ByteBuf piece);

  abstract void writeEnd(HttpHeaders trailers);

  /**
   * @param body empty where none is sent
   */
  abstract void writeWhole(HttpResponseStatus status, HttpHeaders headers, byte[] body);

  abstract void flushWritten();

  /** It has ended, and all of it has been flushed. */
  abstract void answered();

  /**
   * It was broken off.
   *
   * @param visible whether the client can see from what it has that more is due
   */
  abstract void aborted(boolean visible);

  /** Whether the connection ends with this answer. */
  abstract boolean closes();

  // ---- what all have in common

  final Channel channel() {
    return context.channel();
  }

  final ChannelHandlerContext context() {
    return context;
  }

  final RequestId id() {
    return id;
  }

  final HttpMethod method() {
    return method;
  }

  /** Whether nothing more will be written. */
  final boolean isEnded() {
    return stage == Stage.ENDED;
  }

  /** Another answer in place of this one, which swallows what is still written to it. */
  final OpenResponse replace() {
    detach();
    return another();
  }

  /** From now on swallows everything. */
  final void detach() {
    stage = Stage.ENDED;
  }

  @Override
  public final EventLoop eventLoop() {
    return channel().eventLoop();
  }

  @Override
  public final boolean isStarted() {
    return started;
  }

  @Override
  public final void interim(HttpResponseStatus status, HttpHeaders headers) {
    // 100 is ours to send, and 101 would promise a protocol that we do not speak.
    if (stage == Stage.WAITING && status.code() >= 102 && takesInterim()) {
      writeInterim(status, headers);
    }
  }

  /** Tells a client that waits for it to send the body. */
  final void proceed() {
    writeInterim(HttpResponseStatus.CONTINUE, EmptyHttpHeaders.INSTANCE);
  }

  @Override
  public final void head(HttpResponseStatus status, HttpHeaders headers) {
    if (!starts(status)) {
      return;
    }
    frame(status, headers);
    stage = Stage.STREAMING;
    writeHead(status, headers);
  }

  @Override
  public final void body(ByteBuf piece) {
    if (stage == Stage.WAITING) {
      piece.release();
      throw new IllegalStateException("a body before its head");
    }
    int bytes = piece.readableBytes();
    if (stage == Stage.ENDED || framing == Framing.NO_BODY || bytes == 0) {
      piece.release();
    } else if (framing == Framing.LENGTH && bytes > bytesLeft) {
      piece.release(); // the rest would be read as the next answer
      abort();
    } else {
      bytesLeft -= framing == Framing.LENGTH ? bytes : 0;
      writeBody(piece);
    }
  }

  @Override
  public final void flush() {
    if (stage != Stage.ENDED) {
      flushWritten();
    }
  }

  @Override
  public final void end(HttpHeaders trailers) {
    if (stage == Stage.WAITING) {
      throw new IllegalStateException("an end before a head");
    }
    if (stage == Stage.ENDED) {
      return;
    }
    if (framing == Framing.LENGTH && bytesLeft > 0) {
      abort();
      return;
    }
    writeEnd(trailers);
    ended();
  }

  @Override
  public final void send(Reply reply) {
    if (!starts(reply.status())) {
      return;
    }
    HttpHeaders headers = reply.headers().copy();
    if (reply.status().code() != 304) { // there it would be the length of what has not changed
      headers.set(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
    }
    frame(reply.status(), headers);
    writeWhole(reply.status(), headers, framing == Framing.NO_BODY ? NOTHING : reply.body());
    ended();
  }

  @Override
  public final void abort() {
    if (stage == Stage.ENDED) {
      return;
    }
    // What was written still goes out, where the client can see from the framing that more is due.
    boolean visible =
        stage == Stage.STREAMING && (framing == Framing.MARKED || framing == Framing.LENGTH);
    stage = Stage.ENDED;
    aborted(visible);
  }

  @Override
  public final void switchProtocols(
      HttpHeaders headers, Consumer<Channel> takes, Switched switched) {
    if (!canSwitch() || started) {
      throw new IllegalStateException("this exchange cannot leave HTTP");
    }
    if (stage == Stage.ENDED) {
      return; // the client has gone
    }
    started = true;
    stage = Stage.ENDED;
    headers.set(REQUEST_ID, id.value());
    headers.set(HttpHeaderNames.DATE, date());
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    switchTo(headers, takes, switched);
  }

  /** It leaves HTTP by this answer. */
  void switchTo(HttpHeaders headers, Consumer<Channel> takes, Switched switched) {
    throw new IllegalStateException("this exchange cannot leave HTTP");
  }

  private boolean starts(HttpResponseStatus status) {
    if (stage == Stage.ENDED) {
      return false;
    }
    if (started) {
      throw new IllegalStateException("a second answer to " + id);
    }
    if (status.codeClass() == HttpStatusClass.INFORMATIONAL) {
      throw new IllegalArgumentException("not a final status: " + status);
    }
    started = true;
    return true;
  }

  private void frame(HttpResponseStatus status, HttpHeaders headers) {
    headers.set(REQUEST_ID, id.value());
    headers.set(HttpHeaderNames.DATE, date());
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    framing = framing(status, headers);
    label(headers, framing);
  }

  private Framing framing(HttpResponseStatus status, HttpHeaders headers) {
    int code = status.code();
    if (code == 204 || code == 205) {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      return Framing.NO_BODY;
    }
    if (code == 304 || method.equals(HttpMethod.HEAD)) {
      return Framing.NO_BODY;
    }
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    if (length != null) {
      bytesLeft = Long.parseLong(length);
      return Framing.LENGTH;
    }
    return unsized(headers);
  }

  private void ended() {
    stage = Stage.ENDED;
    flushWritten();
    answered();
  }
}
