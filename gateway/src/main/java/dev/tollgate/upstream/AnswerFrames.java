package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;

/** Hands on what a provider's frames say, once Netty has found that they may be where they are. */
final class AnswerFrames extends Http2FrameAdapter {
  private final ProviderStreams connection;
  private final CarriedStreams carried;

  AnswerFrames(ProviderStreams connection) {
    this.connection = connection;
    this.carried = connection.carried();
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
    connection.onSettings();
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
    ProviderStream stream = carried.of(streamId);
    if (stream != null) {
      stream.onFields(headers, endStream);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
    ProviderStream stream = carried.of(streamId);
    return stream == null
        ? data.readableBytes() + padding
        : stream.onData(data, padding, endOfStream);
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
    ProviderStream stream = carried.of(streamId);
    if (stream != null) {
      Http2Error known = Http2Error.valueOf(errorCode);
      stream.onReset(known == null ? Http2Error.INTERNAL_ERROR : known);
    }
  }

  @Override
  public void onGoAwayRead(
      ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData) {
    connection.onGoAway(lastStreamId, errorCode);
  }
}
