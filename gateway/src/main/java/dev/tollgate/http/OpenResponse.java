package dev.tollgate.http;

import dev.tollgate.domain.RequestId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * The answer to one request of a {@link Connection}: decides how it is framed and sees that it
 * keeps to what its head has promised. A piece of the body is the channel's once it is written;
 * what comes after the end is released here.
 */
final class OpenResponse implements ServerResponse {
  private static final String REQUEST_ID = "x-request-id";

  private enum Stage {
    WAITING,
    STREAMING,
    ENDED
  }

  /** How the client knows where the body ends. */
  private enum Framing {
    NO_BODY,
    LENGTH,
    CHUNKED,
    CLOSE
  }

  private final Connection connection;
  private final ChannelHandlerContext context;
  private final RequestId id;
  private final HttpMethod method;
  private final HttpVersion version;
  private Stage stage = Stage.WAITING;
  private Framing framing = Framing.NO_BODY;
  private boolean started;
  private boolean closes;
  private long bytesLeft;

  OpenResponse(
      Connection connection,
      ChannelHandlerContext context,
      RequestId id,
      HttpMethod method,
      HttpVersion version) {
    this.connection = connection;
    this.context = context;
    this.id = id;
    this.method = method;
    this.version = version;
  }

  Channel channel() {
    return context.channel();
  }

  RequestId id() {
    return id;
  }

  /** Whether nothing more will be written. */
  boolean isEnded() {
    return stage == Stage.ENDED;
  }

  /** Whether the connection ends with this answer. */
  boolean closes() {
    return closes;
  }

  /** Another answer in place of this one, which swallows what is still written to it. */
  OpenResponse replace() {
    detach();
    return new OpenResponse(connection, context, id, method, version);
  }

  /** From now on swallows everything. */
  void detach() {
    stage = Stage.ENDED;
  }

  @Override
  public EventLoop eventLoop() {
    return channel().eventLoop();
  }

  @Override
  public boolean isStarted() {
    return started;
  }

  @Override
  public boolean isWritable() {
    return channel().isWritable();
  }

  @Override
  public void interim(HttpResponseStatus status, HttpHeaders headers) {
    // 100 is ours to send, and 101 would promise a protocol that we do not speak.
    if (stage != Stage.WAITING || status.code() < 102 || !version.equals(HttpVersion.HTTP_1_1)) {
      return;
    }
    writeInterim(status, headers);
  }

  /** Tells a client that waits for it to send the body. */
  void proceed() {
    writeInterim(HttpResponseStatus.CONTINUE, EmptyHttpHeaders.INSTANCE);
  }

  private void writeInterim(HttpResponseStatus status, HttpHeaders headers) {
    write(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.EMPTY_BUFFER,
            new DefaultHttpHeaders().add(headers),
            EmptyHttpHeaders.INSTANCE));
    flush();
  }

  @Override
  public void head(HttpResponseStatus status, HttpHeaders headers) {
    if (!starts(status)) {
      return;
    }
    frame(status, headers);
    stage = Stage.STREAMING;
    write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, headers));
  }

  @Override
  public void body(ByteBuf piece) {
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
      write(piece);
    }
  }

  @Override
  public void flush() {
    if (stage != Stage.ENDED) {
      connection.flush();
    }
  }

  @Override
  public void end(HttpHeaders trailers) {
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
    write(
        trailers.isEmpty()
            ? LastHttpContent.EMPTY_LAST_CONTENT
            : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
    ended();
  }

  @Override
  public void send(Reply reply) {
    if (!starts(reply.status())) {
      return;
    }
    HttpHeaders headers = reply.headers().copy();
    if (reply.status().code() != 304) { // there it would be the length of what has not changed
      headers.set(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
    }
    frame(reply.status(), headers);
    write(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            reply.status(),
            framing == Framing.NO_BODY
                ? Unpooled.EMPTY_BUFFER
                : Unpooled.wrappedBuffer(reply.body()),
            headers,
            EmptyHttpHeaders.INSTANCE));
    ended();
  }

  @Override
  public void abort() {
    if (stage == Stage.ENDED) {
      return;
    }
    // What was written still goes out, where the client can see from the framing that more is due.
    boolean visible =
        stage == Stage.STREAMING && (framing == Framing.CHUNKED || framing == Framing.LENGTH);
    stage = Stage.ENDED;
    connection.aborted(visible);
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
    headers.set(HttpHeaderNames.DATE, connection.date());
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    framing = framing(status, headers);
    closes = framing == Framing.CLOSE || connection.mustCloseAfterAnswer();
    if (closes) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (version.equals(HttpVersion.HTTP_1_1)) {
      headers.remove(HttpHeaderNames.CONNECTION);
    } else {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
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
    if (version.equals(HttpVersion.HTTP_1_1)) {
      headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      return Framing.CHUNKED;
    }
    return Framing.CLOSE;
  }

  private void ended() {
    stage = Stage.ENDED;
    connection.flush();
    connection.answered();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the connection
  private void write(Object message) {
    context.write(message, context.voidPromise());
  }
}
