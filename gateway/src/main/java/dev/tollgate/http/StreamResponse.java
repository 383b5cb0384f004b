package dev.tollgate.http;

import dev.tollgate.domain.RequestId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** An answer on one stream of a {@link StreamsConnection}. */
final class StreamResponse extends OpenResponse {
  /** What HTTP/2 has other ways for (RFC 9113, 8.2.2). */
  private static final Set<AsciiString> OF_THE_CONNECTION =
      Set.of(
          AsciiString.cached("connection"),
          AsciiString.cached("keep-alive"),
          AsciiString.cached("proxy-connection"),
          AsciiString.cached("te"),
          AsciiString.cached("transfer-encoding"),
          AsciiString.cached("upgrade"));

  private final StreamsConnection connection;
  private final StreamExchange exchange;

  StreamResponse(
      StreamsConnection connection, StreamExchange exchange, RequestId id, HttpMethod method) {
    super(connection.context(), id, method);
    this.connection = connection;
    this.exchange = exchange;
  }

  @Override
  OpenResponse another() {
    return new StreamResponse(connection, exchange, id(), method());
  }

  @Override
  boolean closes() {
    return false;
  }

  @Override
  public boolean isWritable() {
    return connection.output().isWritable(exchange);
  }

  @Override
  boolean takesInterim() {
    return true;
  }

  @Override
  Framing unsized(HttpHeaders headers) {
    return Framing.MARKED;
  }

  @Override
  void label(HttpHeaders headers, Framing how) {
    // What is about the connection is left out where all of them are written.
  }

  @Override
  String date() {
    return connection.date();
  }

  @Override
  void writeInterim(HttpResponseStatus status, HttpHeaders headers) {
    connection.output().headers(exchange, fields(status, headers), false);
    flush();
  }

  @Override
  void writeHead(HttpResponseStatus status, HttpHeaders headers) {
    connection.output().headers(exchange, fields(status, headers), false);
  }

  @Override
  void writeBody(ByteBuf piece) {
    connection.output().data(exchange, piece, false);
  }

  @Override
  void writeEnd(HttpHeaders trailers) {
    Http2Headers fields = new DefaultHttp2Headers(false, trailers.size() + 1);
    addAll(trailers, fields);
    if (fields.isEmpty() || method().equals(HttpMethod.HEAD)) {
      connection.output().data(exchange, Unpooled.EMPTY_BUFFER, true);
    } else {
      connection.output().headers(exchange, fields, true);
    }
  }

  @Override
  void writeWhole(HttpResponseStatus status, HttpHeaders headers, byte[] body) {
    connection.output().headers(exchange, fields(status, headers), body.length == 0);
    if (body.length > 0) {
      connection.output().data(exchange, Unpooled.wrappedBuffer(body), true);
    }
  }

  @Override
  void flushWritten() {
    connection.output().flushWritten();
  }

  @Override
  void answered() {
    exchange.answered();
  }

  @Override
  void aborted(boolean visible) {
    exchange.broken();
  }

  private static Http2Headers fields(HttpResponseStatus status, HttpHeaders headers) {
    Http2Headers fields = new DefaultHttp2Headers(false, headers.size() + 1);
    fields.status(status.codeAsText());
    addAll(headers, fields);
    return fields;
  }

  private static void addAll(HttpHeaders from, Http2Headers to) {
    for (Iterator<Map.Entry<CharSequence, CharSequence>> i = from.iteratorCharSequence();
        i.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> field = i.next();
      AsciiString name = AsciiString.of(field.getKey()).toLowerCase();
      if (!OF_THE_CONNECTION.contains(name)) {
        to.add(name, field.getValue());
      }
    }
  }
}
