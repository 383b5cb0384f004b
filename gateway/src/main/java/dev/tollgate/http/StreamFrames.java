package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;

/** Hands on what a client's frames say, once Netty has found that they may be where they are. */
final class StreamFrames extends Http2FrameAdapter {
  private final StreamsConnection connection;

  StreamFrames(StreamsConnection connection) {
    this.connection = connection;
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
    connection.begun();
  }

  /** Netty would take one stream too many for a fault that has no stream: we refuse the stream. */
  @Override
  public void onSettingsAckRead(ChannelHandlerContext ctx) {
    connection.connection().remote().maxActiveStreams(Integer.MAX_VALUE);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext ctx, long data) {
    connection.onPingAnswered(data);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endStream) {
    Http2Stream stream = connection.connection().stream(streamId);
    StreamHead head = (StreamHead) headers;
    StreamExchange exchange = connection.exchange(stream);
    if (exchange == null) {
      CharSequence length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
      if (length != null) {
        head.fields().set(HttpHeaderNames.CONTENT_LENGTH, length); // however often it was said
      }
      connection.onHead(stream, head, endStream);
    } else if (head.trailersFault() != null) {
      connection.reject(stream, Http2Error.PROTOCOL_ERROR);
    } else {
      exchange.end();
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
    StreamExchange exchange = connection.exchange(connection.connection().stream(streamId));
    return exchange == null
        ? data.readableBytes() + padding
        : exchange.body(data, padding, endOfStream);
  }
}
