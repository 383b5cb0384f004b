package dev.tollgate.upstream;

import dev.tollgate.http2.Flood;
import dev.tollgate.http2.FrameWalk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
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

  private static final long PING = 0x746f6c6c67617465L;

  /** Beyond this nothing more is read, since all that comes would only be acknowledged. */
  private static final int UNSENT_BYTES_MAX = 1024 * 1024;

  private final ProviderPool pool;
  private final StreamBounds bounds;
  private final Hello hello;
  private final Http2Connection.PropertyKey streams;
  private final FrameWalk walk = FrameWalk.ofServer();
  private final Flood controls;

  /** Those whose calls have heard something in the read under way. */
  private final List<ProviderStream> heard = new ArrayList<>();

  private boolean isOpen;
  private boolean isGone;
  private boolean isDraining;
  private boolean isIdle;
  private boolean isReading;
  private long openedNanos;
  private long idleSinceNanos;

  /** The last stream that the provider looks at. */
  private int lastServed = Integer.MAX_VALUE;

  private boolean hasHeard = true;
  private long heardNanos;
  private boolean isAsked;
  private long askedNanos;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  /** One that says hello itself as soon as it is in a pipeline. */
  static ProviderStreams of(ProviderPool pool, Hello hello) {
    return ProviderCodec.build(pool, hello);
  }

  ProviderStreams(
      ProviderPool pool,
      Hello hello,
      Http2Connection.PropertyKey streams,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings said) {
    super(decoder, encoder, said, /* decoupleCloseAndGoAway= */ true);
    this.pool = pool;
    this.bounds = pool.lane().settings().http2();
    this.hello = hello;
    this.streams = streams;
    this.controls = new Flood(bounds.controlFramesMax(), bounds.floodMillis());
    decoder.frameListener(new AnswerFrames(this));
    connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamClosed(Http2Stream stream) {
                closed(stream);
              }
            });
  }

  ProviderPool pool() {
    return pool;
  }

  // ---- the connection's life

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    super.handlerAdded(ctx);
    int more = bounds.connectionWindowBytes() - StreamBounds.LEAST_WINDOW_BYTES;
    if (more > 0) {
      decoder().flowController().incrementWindowSize(connection().connectionStream(), more);
    }
    ctx.flush();
    if (!ctx.channel().isActive()) {
      lose("closed the connection at once");
    }
  }

  /** The provider's first settings, or later ones. */
  void onSettings() {
    if (isGone) {
      return;
    }
    if (isOpen) {
      pool.roomChanged(this);
    } else if (streamsMax() == 0) {
      lose("allows no requests on its connections");
    } else {
      hello.said(this);
    }
  }

  /** It is the pool's from now on. */
  void open() {
    isOpen = true;
    openedNanos = pool.lane().now();
    heardNanos = openedNanos;
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
      hasHeard = true; // from now on it would be quiet
      pool.lane().idleChanged(-1);
    }
  }

  /** Closes it in good order; it must be idle. */
  void discard() {
    if (isGone) {
      return;
    }
    goAway(Http2Error.NO_ERROR);
    leave();
    pool.serveWaiting();
  }

  private void leave() {
    isGone = true;
    leaveIdle();
    pool.forget(this);
    context.close();
  }

  /** Not by way of Netty, which would close the connection in its own time. */
  private void goAway(Http2Error error) {
    frameWriter()
        .writeGoAway(
            context,
            connection().remote().lastStreamCreated(),
            error.code(),
            Unpooled.EMPTY_BUFFER,
            context.newPromise());
    context.flush();
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
    List<ProviderStream> lost = new ArrayList<>();
    eachStream(lost::add);
    leave();
    for (ProviderStream stream : lost) {
      stream.connectionLost(problem);
    }
    pool.serveWaiting();
  }

  private void eachStream(Consumer<ProviderStream> action) {
    try {
      connection()
          .forEachActiveStream(
              stream -> {
                ProviderStream carried = of(stream);
                if (carried != null) {
                  action.accept(carried);
                }
                return true;
              });
    } catch (Http2Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  // ---- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    ByteBuf bytes = (ByteBuf) message;
    hasHeard = true;
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
    isReading = true;
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
    isReading = false;
    discardSomeReadBytes();
    for (int i = 0; i < heard.size(); i++) {
      heard.get(i).readComplete();
    }
    heard.clear();
    flush(ctx);
    if (!isGone && unsentBytes() > UNSENT_BYTES_MAX) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  private long unsentBytes() {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
    super.channelWritabilityChanged(ctx);
    if (ctx.channel().isWritable()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  /** Its call is told when all that could be read at once has been handed over. */
  void hears(ProviderStream stream) {
    if (!stream.isHeard()) {
      heard.add(stream);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    lose("closed the connection before its answer was whole");
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
    lose(
        cause.getCause() instanceof SSLException refusal
            ? "broke off TLS (" + refusal.getMessage() + ")"
            : "broke the connection before its answer was whole");
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
    isDraining = true;
    lastServed = Math.min(lastServed, last);
    // By a task, since Netty closes the later streams only after this.
    context.channel().eventLoop().execute(this::closeWhenDone);
  }

  private void closeWhenDone() {
    if (!isGone && isDraining && isIdle) {
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
      isDraining = true;
      return;
    }
    if (known == null || known.error() == Http2Error.INTERNAL_ERROR) {
      LOG.error("calls to {} end by a fault of our own", pool.provider(), cause);
    } else {
      LOG.debug("{} broke the rules of HTTP/2", pool.provider(), cause);
    }
    Http2Error error = known == null ? Http2Error.INTERNAL_ERROR : known.error();
    goAway(error);
    lose(
        isOpen
            ? "broke the rules of HTTP/2 (" + error.name() + ")"
            : "does not speak HTTP/2 as it should (" + error.name() + ")");
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException fault) {
    ProviderStream carried = of(connection().stream(fault.streamId()));
    if (carried != null && carried.isUnderWay()) {
      LOG.debug("a stream of {} breaks", pool.provider(), cause);
      boolean isTooLong = fault instanceof HeaderListSizeException;
      if (outbound) {
        carried.breakOff(
            Http2Error.CANCEL,
            isTooLong ? "does not take headers as long as these" : "could not be sent the request");
      } else {
        carried.breakOff(
            fault.error(),
            isTooLong
                ? "sent headers beyond a bound"
                : "broke the rules of HTTP/2 on its stream (" + fault.error().name() + ")");
      }
    } else if (!outbound && controls.rises(1)) {
      // What crosses a reset is no fault; more of it than that is.
      onError(ctx, false, tooMuch("Too many frames of streams that are over."));
    }
  }

  // ---- streams

  private int streamsMax() {
    return Math.min(bounds.streamsMax(), connection().local().maxActiveStreams());
  }

  /** Whether it takes one more call. */
  boolean hasRoom() {
    return !isGone
        && !isDraining
        && connection().local().numActiveStreams() < streamsMax()
        && connection().local().lastStreamCreated() < Integer.MAX_VALUE - 2;
  }

  /** It must have room. */
  void carry(PooledCall call) {
    leaveIdle();
    call.sendOn(new ProviderStream(this));
  }

  /** Null once the stream is over. */
  @Nullable ProviderStream of(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(streams);
  }

  /**
   * A stream for one more call, of which nothing has been sent.
   *
   * @return null if the provider has just forbidden it
   */
  @Nullable Http2Stream newStream(ProviderStream carried) {
    try {
      int id = connection().local().incrementAndGetNextStreamId();
      Http2Stream stream = connection().local().createStream(id, false);
      stream.setProperty(streams, carried);
      return stream;
    } catch (Http2Exception noRoom) {
      LOG.debug("{} takes no more requests on a connection", pool.provider(), noRoom);
      return null;
    }
  }

  /** Writes all of the request, as far as the provider's windows let it. */
  void write(ProviderStream carried, Http2Stream stream, PooledCall call) {
    FullHttpRequest message = call.message(true);
    boolean hasBody = message.content().isReadable();
    encoder()
        .writeHeaders(
            context,
            stream.id(),
            StreamHeads.ofRequest(message, pool.origin()),
            0,
            !hasBody,
            hasBody ? context.newPromise() : carried.sending(call));
    if (hasBody && carried.isUnderWay()) {
      encoder().writeData(context, stream.id(), message.content(), 0, true, carried.sending(call));
    } else {
      message.release();
    }
    flushWritten();
  }

  ChannelPromise newPromise() {
    return context.newPromise();
  }

  /** What is written while something is read goes out when all of it is read. */
  private void flushWritten() {
    if (!isReading) {
      flush(context);
    }
  }

  void reset(Http2Stream stream, Http2Error error) {
    if (!isGone) {
      resetStream(context, stream.id(), error.code(), context.newPromise());
      flushWritten();
    }
  }

  /** So many bytes of an answer have been taken by its reader. */
  void giveBack(Http2Stream stream, int bytes) {
    if (isGone) {
      return;
    }
    try {
      if (decoder().flowController().consumeBytes(stream, bytes)) {
        flushWritten();
      }
    } catch (Http2Exception fault) {
      onError(context, true, fault);
    }
  }

  /** Whether the provider has said that it does not look at this stream. */
  boolean isUnserved(Http2Stream stream) {
    return stream.id() > lastServed;
  }

  private void closed(Http2Stream stream) {
    if (isGone || !isOpen) {
      return;
    }
    ProviderStream carried = of(stream);
    if (carried != null) {
      carried.closed();
    }
    if (connection().numActiveStreams() > 0) {
      pool.roomChanged(this);
      return;
    }
    becomeIdle();
    if (isDraining || pool.lane().isClosed()) {
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
    if (hasHeard) {
      hasHeard = false;
      isAsked = false;
      heardNanos = now;
    }
    if (isAsked) {
      if (now - askedNanos >= bounds.pingMillisMax() * 1_000_000L) {
        lose("did not answer a ping within " + bounds.pingMillisMax() + " ms");
      }
    } else if ((!isIdle || isKeptWarm)
        && now - heardNanos >= bounds.quietMillisMax() * 1_000_000L) {
      isAsked = true;
      askedNanos = now;
      encoder().writePing(context, false, PING, context.newPromise());
      context.flush();
    }
  }
}
