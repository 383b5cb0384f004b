package dev.tollgate.http;

import dev.tollgate.domain.RequestId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
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
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.Consumer;

/** An answer on a {@link Connection}: by length, in chunks, or up to the end of the connection. */
final class Http1Response extends OpenResponse {
  private final Connection connection;
  private final HttpVersion version;
  private boolean closes;

  Http1Response(
      Connection connection,
      ChannelHandlerContext context,
      RequestId id,
      HttpMethod method,
      HttpVersion version) {
    super(context, id, method);
    this.connection = connection;
    this.version = version;
  }

  @Override
  OpenResponse another() {
    return new Http1Response(connection, context(), id(), method(), version);
  }

  @Override
  boolean closes() {
    return closes;
  }

  @Override
  public boolean isWritable() {
    return channel().isWritable();
  }

  @Override
  boolean takesInterim() {
    return version.equals(HttpVersion.HTTP_1_1);
  }

  @Override
  public boolean canSwitch() {
    return version.equals(HttpVersion.HTTP_1_1);
  }

  @Override
  void switchTo(HttpHeaders headers, Consumer<Channel> takes, Switched switched) {
    writeHead(HttpResponseStatus.SWITCHING_PROTOCOLS, headers);
    connection.leave(takes, switched);
  }

  @Override
  Framing unsized(HttpHeaders headers) {
    if (version.equals(HttpVersion.HTTP_1_1)) {
      headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      return Framing.MARKED;
    }
    return Framing.CLOSE;
  }

  @Override
  void label(HttpHeaders headers, Framing how) {
    closes = how == Framing.CLOSE || connection.mustCloseAfterAnswer();
    if (closes) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (version.equals(HttpVersion.HTTP_1_1)) {
      headers.remove(HttpHeaderNames.CONNECTION);
    } else {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }

  @Override
  String date() {
    return connection.date();
  }

  @Override
  void writeInterim(HttpResponseStatus status, HttpHeaders headers) {
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
  void writeHead(HttpResponseStatus status, HttpHeaders headers) {
    write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, headers));
  }

  @Override
  void writeBody(ByteBuf piece) {
    write(piece);
  }

  @Override
  void writeEnd(HttpHeaders trailers) {
    write(
        trailers.isEmpty()
            ? LastHttpContent.EMPTY_LAST_CONTENT
            : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
  }

  @Override
  void writeWhole(HttpResponseStatus status, HttpHeaders headers, byte[] body) {
    write(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.wrappedBuffer(body),
            headers,
            EmptyHttpHeaders.INSTANCE));
  }

  @Override
  void flushWritten() {
    connection.flush();
  }

  @Override
  void answered() {
    connection.answered();
  }

  @Override
  void aborted(boolean visible) {
    connection.aborted(visible);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the connection
  private void write(Object message) {
    context().write(message, context().voidPromise());
  }
}
