package dev.tollgate.http;

import dev.tollgate.http2.FieldEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** Puts Netty's parts of HTTP/2 together for a {@link StreamsConnection}. */
final class StreamsCodec {
  private StreamsCodec() {}

  static StreamsConnection build(Lane lane) {
    HttpServerSettings settings = lane.settings();
    Http2Bounds bounds = settings.http2();
    Http2Connection connection = new DefaultHttp2Connection(/* server= */ true);
    Http2Connection.PropertyKey exchanges = connection.newKey();
    // Priorities are a client's to ask for, and RFC 9113 has given them up: all streams alike.
    connection
        .remote()
        .flowController(
            new DefaultHttp2RemoteFlowController(
                connection, new UniformStreamByteDistributor(connection)));
    Http2ConnectionEncoder encoder =
        new DefaultHttp2ConnectionEncoder(connection, new Writer(connection, exchanges));
    StreamHeadDecoder heads = new StreamHeadDecoder(settings.headBytesMax());
    Decoder decoder = new Decoder(connection, encoder, new DefaultHttp2FrameReader(heads));
    return new StreamsConnection(
        lane,
        heads,
        exchanges,
        decoder,
        encoder,
        new Http2Settings()
            .maxConcurrentStreams(bounds.streamsMax())
            .initialWindowSize(bounds.streamWindowBytes())
            .maxFrameSize(bounds.frameBytesMax())
            .maxHeaderListSize(settings.headBytesMax()));
  }

  private static final class Decoder extends DefaultHttp2ConnectionDecoder {
    Decoder(Http2Connection connection, Http2ConnectionEncoder encoder, Http2FrameReader reader) {
      super(connection, encoder, reader);
    }

    @Override
    protected long calculateMaxHeaderListSizeGoAway(long maxHeaderListSize) {
      return StreamHeadDecoder.compressedBytesMax(maxHeaderListSize);
    }
  }

  /**
   * Tells an exchange how much of its answer goes out, which the flow controller keeps to itself.
   */
  private static final class Writer extends DefaultHttp2FrameWriter {
    private final Http2Connection connection;
    private final Http2Connection.PropertyKey exchanges;

    Writer(Http2Connection connection, Http2Connection.PropertyKey exchanges) {
      super(new FieldEncoder(Http2HeadersEncoder.NEVER_SENSITIVE));
      this.connection = connection;
      this.exchanges = exchanges;
    }

    @Override
    public ChannelFuture writeData(
        ChannelHandlerContext ctx,
        int streamId,
        ByteBuf data,
        int padding,
        boolean endStream,
        ChannelPromise promise) {
      StreamExchange exchange = connection.stream(streamId).getProperty(exchanges);
      if (exchange != null) {
        exchange.sent(data.readableBytes());
      }
      return super.writeData(ctx, streamId, data, padding, endStream, promise);
    }
  }
}
