package dev.tollgate.upstream;

import dev.tollgate.http2.Flood;
import dev.tollgate.http2.FrameWalk;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection with HTTP/2 on it, and all calls that it carries, each on a {@link
 * ProviderStream}. Netty keeps the protocol (frames, HPACK, windows, the states of streams); this
 * keeps the bounds, and sees to it that every call hears how it ends. While idle it goes on
 * reading, so that it is gone as soon as the provider closes it. Confined to the lane's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the stream or the connection
final class ProviderStreams extends Http2ConnectionHandler {
  /** Who waits for the provider's hello; one of these is called once, at the latest on closing. */
  interface Hello {
    void said(ProviderStreams connection);

    /**
     * @param problem what is wrong with the provider, to follow its name
     */
    void failed(String problem);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ProviderStreams.class);

  private final ProviderPool pool;
  private final StreamBounds bounds;
  private final Hello hello;
  private final CarriedStreams carried;
  private final FrameWalk walk = FrameWalk.ofServer();
  private final Flood controls;

  private boolean isOpen;
  private boolean isGone;
  private boolean isIdle;
  private long openedNanos;
  private long idleSinceNanos;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  @SuppressWarnings("NullAway.Init")
  private ProviderOutput output;

  @SuppressWarnings("NullAway.Init")
  private ProviderGoodbye goodbye;

  @SuppressWarnings("NullAway.Init")
  private ProviderWatch watch;

  /** One that says hello itself as soon as it is in a pipeline. */
  static ProviderStreams of(ProviderPool pool, Hello hello) {
    return ProviderCodec.build(pool, hello);
  }

  ProviderStreams(
      ProviderPool pool,
      Hello hello,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings said) {
    super(decoder, encoder, said, /* decoupleCloseAndGoAway= */ true);
    this.pool = pool;
    this.bounds = pool.lane().settings().http2();
    this.hello = hello;
    this.carried = new CarriedStreams(connection(), pool.provider(), bounds.streamsMax());
    this.controls = new Flood(bounds.controlFramesMax(), bounds.floodMillis());
    decoder.frameListener(new AnswerFrames(this, carried));
    connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamClosed(Http2Stream stream) {
                closed(stream);
              }
            });
  }

  // ---- the connection's life

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    output = new ProviderOutput(this, ctx);
    goodbye = new ProviderGoodbye(ctx, encoder());
    watch = new ProviderWatch(output, bounds);
    super.handlerAdded(ctx);
    int more = bounds.connectionWindowBytes() - StreamBounds.LEAST_WINDOW_BYTES;
    if (more > 0) {
      decoder().flowController().incrementWindowSize(connection().connectionStream(), more);
    }
    ctx.flush();
    if (!ctx.channel().isActive()) {
      lose(Breakage.CLOSED_AT_ONCE);
    }
  }

  /** The provider's first settings, or later ones. */
  void onSettings() {
    if (isGone) {
      return;
    }
    if (isOpen) {
      pool.roomChanged(this);
    } else if (!carried.areAllowed()) {
      lose("allows no requests on its connections");
    } else {
      hello.said(this);
    }
  }

  /** It is the pool's from now on. */
  void open() {
    isOpen = true;
    openedNanos = pool.lane().now();
    becomeIdle();
  }

  long openedNanos() {
    return openedNanos;
  }

  boolean isIdle() {
    return isIdle;
  }

  long idleSince() {
    return idleSinceNanos;
  }

  private void becomeIdle() {
    isIdle = true;
    idleSinceNanos = pool.lane().now();
    pool.lane().idleChanged(1);
  }

  private void leaveIdle() {
    if (isIdle) {
      isIdle = false;
      watch.hears();
      pool.lane().idleChanged(-1);
    }
  }

  /** Closes it in good order; it must be idle. */
  void discard() {
    if (isGone) {
      return;
    }
    goodbye.say(Http2Error.NO_ERROR);
    leave();
    pool.serveWaiting();
  }

  private void leave() {
    isGone = true;
    leaveIdle();
    pool.forget(this);
    context.close();
  }

  /** It broke, or the provider broke the protocol: its calls hear of it. */
  private void lose(String problem) {
    if (isGone) {
      return;
    }
    if (!isOpen) {
      isGone = true;
      context.close();
      hello.failed(problem);
      return;
    }
    List<ProviderStream> lost = carried.copy();
    leave();
    for (ProviderStream stream : lost) {
      stream.connectionLost(problem);
    }
    pool.serveWaiting();
  }

  // ---- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    ByteBuf bytes = (ByteBuf) message;
    watch.hears();
    if (isGone) {
      bytes.release();
      return;
    }
    walk.over(bytes);
    if (controls.rises(walk.takeControls() + walk.takeResets())) {
      bytes.release();
      onError(ctx, false, tooMuch("Too many frames that tell nothing."));
      return;
    }
    output.readBegins();
    super.channelRead(ctx, message);
  }

  private static Http2Exception tooMuch(String message) {
    return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (isGone) {
      in.skipBytes(in.readableBytes());
    } else {
      super.decode(ctx, in, out);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    output.readEnds();
    discardSomeReadBytes();
    carried.readComplete();
    output.flush();
    if (!isGone && output.isFull()) {
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

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    lose(Breakage.CLOSED);
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
    if (isOpen && !isGone) {
      LOG.debug("the connection to {} broke", pool.provider(), cause);
    }
    lose(Breakage.of(cause));
    ctx.close();
  }

  // ---- what the provider says of the connection

  /** Takes no more calls; those on later streams have not been looked at. */
  void onGoAway(int last, long error) {
    LOG.debug("{} says goodbye ({})", pool.provider(), Http2Error.valueOf(error));
    if (!isOpen) {
      lose("says goodbye at once");
      return;
    }
    goodbye.hear(last);
    // By a task, since Netty closes the later streams only after this.
    context.channel().eventLoop().execute(this::closeWhenDone);
  }

  private void closeWhenDone() {
    if (!isGone && isIdle) {
      discard();
    }
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception known) {
    if (isGone) {
      return;
    }
    if (known == null && cause instanceof IOException) {
      // What the provider has sent before may still be read; then the reading finds it closed.
      goodbye.drain();
      return;
    }
    if (known == null || known.error() == Http2Error.INTERNAL_ERROR) {
      LOG.error("calls to {} end by a fault of our own", pool.provider(), cause);
    } else {
      LOG.debug("{} broke the rules of HTTP/2", pool.provider(), cause);
    }
    Http2Error error = known == null ? Http2Error.INTERNAL_ERROR : known.error();
    goodbye.say(error);
    lose(Breakage.ofRules(error, isOpen));
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException fault) {
    ProviderStream broken = carried.of(fault.streamId());
    if (broken != null && broken.isUnderWay()) {
      LOG.debug("a stream of {} breaks", pool.provider(), cause);
      broken.breakOff(
          outbound ? Http2Error.CANCEL : fault.error(), Breakage.ofStream(fault, outbound));
    } else if (!outbound && controls.rises(1)) {
      // What crosses a reset is no fault; more of it than that is.
      onError(ctx, false, tooMuch("Too many frames of streams that are over."));
    }
  }

  // ---- streams

  /** Whether it takes one more call. */
  boolean hasRoom() {
    return !isGone && !goodbye.isDraining() && carried.hasRoom();
  }

  /** It must have room. */
  void carry(PooledCall call) {
    leaveIdle();
    call.sendOn(new ProviderStream(this));
  }

  private void closed(Http2Stream stream) {
    if (isGone || !isOpen) {
      return;
    }
    ProviderStream over = carried.of(stream);
    if (over != null) {
      over.closed();
    }
    if (!carried.isEmpty()) {
      pool.roomChanged(this);
      return;
    }
    becomeIdle();
    if (goodbye.isDraining() || pool.lane().isClosed()) {
      discard();
    } else {
      pool.roomChanged(this);
    }
  }

  // ---- time

  /**
   * Asks whether anybody is there, where nothing has come for a while.
   *
   * @param isKeptWarm whether it matters though no call waits
   */
  void check(long now, boolean isKeptWarm) {
    if (watch.isOverdue(now, !isIdle || isKeptWarm)) {
      lose("did not answer a ping within " + bounds.pingMillisMax() + " ms");
    }
  }

  // ---- what its streams use

  ProviderPool pool() {
    return pool;
  }

  boolean isGone() {
    return isGone;
  }

  CarriedStreams carried() {
    return carried;
  }

  ProviderOutput output() {
    return output;
  }

  ProviderGoodbye goodbye() {
    return goodbye;
  }
}
