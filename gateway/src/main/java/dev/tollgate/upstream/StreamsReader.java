package dev.tollgate.upstream;

import dev.tollgate.http2.Flood;
import dev.tollgate.http2.FrameWalk;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a provider sends over HTTP/2, and tells the {@link ProviderStreams} of the connection
 * how it breaks. Netty keeps the protocol (frames, HPACK, windows, the states of streams); this
 * keeps the bounds on what carries nothing. While no call is there it goes on reading, so that the
 * connection is gone as soon as the provider closes it. Confined to the lane's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the stream or the connection
final class StreamsReader extends Http2ConnectionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(StreamsReader.class);

  private final ProviderPool pool;
  private final ProviderStreams.Hello hello;
  private final StreamBounds bounds;
  private final FrameWalk walk = FrameWalk.ofServer();
  private final Flood controls;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ProviderStreams streams;

  /** One that says hello itself as soon as it is in a pipeline. */
  static StreamsReader of(ProviderPool pool, ProviderStreams.Hello hello) {
    return ProviderCodec.build(pool, hello);
  }

  StreamsReader(
      ProviderPool pool,
      ProviderStreams.Hello hello,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings said) {
    super(decoder, encoder, said, /* decoupleCloseAndGoAway= */ true);
    this.pool = pool;
    this.hello = hello;
    this.bounds = pool.lane().settings().http2();
    this.controls = new Flood(bounds.controlFramesMax(), bounds.floodMillis());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    streams = new ProviderStreams(pool, hello, this, ctx);
    super.handlerAdded(ctx);
    int more = bounds.connectionWindowBytes() - StreamBounds.LEAST_WINDOW_BYTES;
    if (more > 0) {
      decoder().flowController().incrementWindowSize(connection().connectionStream(), more);
    }
    ctx.flush();
    if (!ctx.channel().isActive()) {
      streams.lose(Breakage.CLOSED_AT_ONCE);
    }
  }

  // ---- what comes

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    ByteBuf bytes = (ByteBuf) message;
    streams.watch().hears();
    if (streams.isGone()) {
      bytes.release();
      return;
    }
    walk.over(bytes);
    if (controls.rises(walk.takeControls() + walk.takeResets())) {
      bytes.release();
      onError(ctx, false, tooMuch("Too many frames that tell nothing."));
      return;
    }
    streams.output().readBegins();
    super.channelRead(ctx, message);
  }

  private static Http2Exception tooMuch(String message) {
    return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (streams.isGone()) {
      in.skipBytes(in.readableBytes());
    } else {
      super.decode(ctx, in, out);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    streams.output().readEnds();
    discardSomeReadBytes();
    streams.carried().readComplete();
    streams.output().flush();
    if (!streams.isGone() && streams.output().isFull()) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
    super.channelWritabilityChanged(ctx);
    if (ctx.channel().isWritable()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  // ---- how it breaks

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    streams.lose(Breakage.CLOSED);
    super.channelInactive(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof SslCloseCompletionEvent) {
      ctx.close();
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
      onError(ctx, false, cause);
      return;
    }
    if (streams.isOpen()) {
      LOG.debug("the connection to {} broke", pool.provider(), cause);
    }
    streams.lose(Breakage.of(cause));
    ctx.close();
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception known) {
    if (streams.isGone()) {
      return;
    }
    if (known == null && cause instanceof IOException) {
      // What the provider has sent before may still be read; then the reading finds it closed.
      streams.goodbye().drain();
      return;
    }
    if (known == null || known.error() == Http2Error.INTERNAL_ERROR) {
      LOG.error("calls to {} end by a fault of our own", pool.provider(), cause);
    } else {
      LOG.debug("{} broke the rules of HTTP/2", pool.provider(), cause);
    }
    Http2Error error = known == null ? Http2Error.INTERNAL_ERROR : known.error();
    streams.goodbye().say(error);
    streams.lose(Breakage.ofRules(error, streams.isOpen()));
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException fault) {
    ProviderStream broken = streams.carried().of(fault.streamId());
    if (broken != null && broken.isUnderWay()) {
      LOG.debug("a stream of {} breaks", pool.provider(), cause);
      broken.breakOff(
          outbound ? Http2Error.CANCEL : fault.error(), Breakage.ofStream(fault, outbound));
    } else if (!outbound && controls.rises(1)) {
      // What crosses a reset is no fault; more of it than that is.
      onError(ctx, false, tooMuch("Too many frames of streams that are over."));
    }
  }
}
