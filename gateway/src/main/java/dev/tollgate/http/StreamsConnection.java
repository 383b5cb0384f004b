package dev.tollgate.http;

import dev.tollgate.http.Patience.Wait;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection with HTTP/2 on it: each stream is an exchange of its own, which a handler
 * cannot tell from one over HTTP/1.1. Netty keeps the protocol (frames, HPACK, windows, the states
 * of streams); this keeps the bounds, and sees to it that every exchange ends. All of it happens on
 * one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the stream or the connection
final class StreamsConnection extends Http2ConnectionHandler implements ClientConnection {
  /**
   * Bodies wait for the high watermark; heads, resets and acknowledgements do not. Where these wait
   * behind a client that reads nothing, no more of what it sends is read.
   */
  private static final int UNSENT_PER_WATERMARK = 2;

  private static final int RESETS_KNOWN = 64;

  private final Lane lane;
  private final HttpServerSettings settings;
  private final StreamHeadDecoder heads;
  private final Http2Connection.PropertyKey exchanges;
  private final FrameWalk walk = new FrameWalk();
  private final Flood resets;
  private final Flood controls;

  /** The last streams that we have reset. */
  private final int[] resetByUs = new int[RESETS_KNOWN];

  private int resetsByUs;

  private boolean begun;
  private long discardedBytes;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  @SuppressWarnings("NullAway.Init")
  private Patience patience;

  @SuppressWarnings("NullAway.Init")
  private WriteStall stall;

  @SuppressWarnings("NullAway.Init")
  private StreamsOutput output;

  @SuppressWarnings("NullAway.Init")
  private StreamsGoodbye goodbye;

  @SuppressWarnings("NullAway.Init")
  private Ending ending;

  @SuppressWarnings("NullAway.Init")
  private StreamsWatch watch;

  static StreamsConnection of(Lane lane) {
    return StreamsCodec.build(lane);
  }

  StreamsConnection(
      Lane lane,
      StreamHeadDecoder heads,
      Http2Connection.PropertyKey exchanges,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings said) {
    super(decoder, encoder, said, /* decoupleCloseAndGoAway= */ true);
    this.lane = lane;
    this.settings = lane.settings();
    this.heads = heads;
    this.exchanges = exchanges;
    Http2Bounds bounds = settings.http2();
    this.resets = new Flood(bounds.resetsMax(), bounds.floodMillis());
    this.controls = new Flood(bounds.controlFramesMax(), bounds.floodMillis());
    decoder.frameListener(new StreamFrames(this));
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
    ending = new Ending(ctx, () -> readOn(true));
    patience = new Patience(settings, ctx.channel().eventLoop(), this::patienceLost);
    stall = new WriteStall(ctx.channel(), settings.writeStallMillisMax(), ending::reset);
    output = new StreamsOutput(this, ctx, settings, stall);
    goodbye = new StreamsGoodbye(ctx, encoder(), ending, this::endWhenDone);
    watch = new StreamsWatch(ctx.channel().eventLoop(), connection(), exchanges);
    super.handlerAdded(ctx);
    int more = settings.http2().connectionWindowBytes() - Http2Bounds.LEAST_WINDOW_BYTES;
    if (more > 0) {
      decoder().flowController().incrementWindowSize(connection().connectionStream(), more);
    }
    ctx.flush();
    watch();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx); // closes all streams
    patience.end();
    watch.end();
    lane.closed(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    ByteBuf bytes = (ByteBuf) message;
    if (ending.isBegun()) {
      discardedBytes += bytes.readableBytes();
      bytes.release();
      return;
    }
    walk.over(bytes);
    if (resets.rises(walk.takeResets()) || controls.rises(walk.takeControls())) {
      bytes.release();
      onError(ctx, false, tooMuch("Too many frames that ask for nothing."));
      return;
    }
    output.readBegins();
    super.channelRead(ctx, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (ending.isBegun()) {
      in.skipBytes(in.readableBytes());
    } else {
      super.decode(ctx, in, out);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    discardSomeReadBytes();
    ctx.fireChannelReadComplete();
    output.readComplete();
    if (discardedBytes > settings.discardBytesMax()) {
      ending.reset();
    } else if (!ending.isBegun() && output.unsentBytes() > unsentBytesMax()) {
      readOn(false);
    }
    watch();
  }

  private long unsentBytesMax() {
    return (long) UNSENT_PER_WATERMARK * settings.highWatermarkBytes();
  }

  private void readOn(boolean on) {
    context.channel().config().setAutoRead(on);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
    super.channelWritabilityChanged(ctx);
    if (ctx.channel().isWritable()) {
      readOn(true);
    }
    output.announce();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
      onError(ctx, false, cause);
    } else {
      lane.broke(cause);
      ending.reset();
    }
  }

  private void watch() {
    if (ending.isBegun()) {
      patience.with(Wait.GOODBYE);
    } else if (!begun) {
      patience.with(Wait.HANDSHAKE);
    } else if (walk.isHeadBegun()) {
      patience.with(Wait.HEAD);
    } else if (connection().numActiveStreams() == 0) {
      patience.with(Wait.REQUEST);
    } else {
      patience.with(Wait.NOTHING);
    }
  }

  private void patienceLost() {
    switch (patience.current()) {
      case HANDSHAKE -> onError(context, false, tooMuch("The preface took too long to come."));
      case HEAD -> onError(context, false, tooMuch("A head took too long to come."));
      case REQUEST -> {
        goodbye.tellLastStream();
        end();
      }
      case NOTHING, BODY, REST_OF_BODY, GOODBYE -> ending.reset();
    }
  }

  private static Http2Exception tooMuch(String message) {
    return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, message);
  }

  /** Says goodbye to a client that may go on sending for a moment. */
  private void end() {
    ending.lingering();
    stall.flushed();
    watch();
  }

  // ---- stopping

  @Override
  public void drain() {
    if (ending.isBegun()) {
      return;
    }
    if (begun) {
      goodbye.begin();
    } else {
      end();
    }
  }

  void onPingAnswered(long data) {
    goodbye.onPingAnswered(data);
  }

  private void endWhenDone() {
    if (goodbye.isTold() && !ending.isBegun() && connection().numActiveStreams() == 0) {
      end();
    }
  }

  @Override
  public void drop() {
    ending.reset();
  }

  // ---- streams

  /** The preface is complete. */
  void begun() {
    begun = true;
  }

  void onHead(Http2Stream stream, StreamHead head, boolean whole) {
    String fault = head.requestFault();
    if (fault != null) {
      lane.listener().headRefused(400);
      reject(stream, Http2Error.PROTOCOL_ERROR);
    } else if (goodbye.isTooLate(stream.id())
        || connection().numActiveStreams() > settings.http2().streamsMax()) {
      refuse(stream);
    } else {
      open(stream, head, whole).begin(whole);
    }
  }

  private StreamExchange open(Http2Stream stream, StreamHead head, boolean whole) {
    StreamExchange exchange = new StreamExchange(this, lane, stream, head);
    stream.setProperty(exchanges, exchange);
    watch.within(
        whole
            ? settings.writeStallMillisMax()
            : Math.min(settings.bodyIdleMillisMax(), settings.writeStallMillisMax()));
    return exchange;
  }

  @Nullable StreamExchange exchange(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(exchanges);
  }

  private void closed(Http2Stream stream) {
    StreamExchange exchange = exchange(stream);
    if (exchange != null) {
      exchange.gone();
    }
    if (connection().numActiveStreams() == 0 && context.channel().isActive()) {
      endWhenDone();
      watch();
    }
  }

  /** The client broke a rule on a stream. */
  void reject(Http2Stream stream, Http2Error error) {
    StreamExchange exchange = exchange(stream);
    if (exchange != null) {
      exchange.gone();
    }
    reset(stream, error);
    if (resets.rises(1)) {
      onError(context, false, tooMuch("Too many streams that are reset."));
    }
  }

  /** A client that could not know yet that it is one too many, or too late, may try again. */
  private void refuse(Http2Stream stream) {
    reset(stream, Http2Error.REFUSED_STREAM);
    if (controls.rises(1)) {
      onError(context, false, tooMuch("Too many streams."));
    }
  }

  /** Ends a stream; what of its answer fits in the client's windows goes before. */
  void reset(Http2Stream stream, Http2Error error) {
    output.writePending();
    resetByUs[resetsByUs] = stream.id();
    resetsByUs = (resetsByUs + 1) % RESETS_KNOWN;
    resetStream(context, stream.id(), error.code(), context.newPromise());
    output.flushWritten();
  }

  /** What is sent on a stream may cross its reset: it is no fault. */
  private boolean mayCrossReset(int id) {
    return IntStream.of(resetByUs).anyMatch(reset -> reset == id);
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException fault) {
    Http2Stream stream = connection().stream(fault.streamId());
    if (ending.isBegun()) {
      return;
    }
    if (outbound) {
      // A write that came too late: of a stream that is over.
      if (stream != null && stream.state() != Http2Stream.State.CLOSED) {
        reset(stream, fault.error());
      }
    } else if (fault instanceof Http2Exception.HeaderListSizeException && stream == null) {
      onLargeHead(fault.streamId());
    } else if (stream != null) {
      reject(stream, fault.error());
    } else if (!mayCrossReset(fault.streamId())) {
      resetStream(ctx, fault.streamId(), fault.error().code(), ctx.newPromise());
      if (resets.rises(1)) {
        onError(ctx, false, tooMuch("Too many streams that are reset."));
      }
    }
  }

  private void onLargeHead(int id) {
    boolean whole = walk.isRequestWithoutBody();
    try {
      Http2Stream stream = connection().remote().createStream(id, whole);
      StreamExchange exchange = open(stream, heads.last(), whole);
      if (whole) {
        exchange.end();
      } else {
        stream.headersReceived(/* isInformational= */ false);
      }
      exchange.refuse(
          Malformed.headTooLarge(
              HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
              "The request headers are too large."));
    } catch (Http2Exception bad) {
      onError(context, false, bad);
    }
  }

  /** All streams end with the connection, which says why. */
  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception known) {
    if (ending.isBegun()) {
      return;
    }
    Http2Error error = known == null ? Http2Error.INTERNAL_ERROR : known.error();
    if (known == null || error == Http2Error.INTERNAL_ERROR) {
      lane.broke(cause);
    } else {
      lane.listener().connectionBroken(error.name());
    }
    String why = known == null ? "" : String.valueOf(known.getMessage());
    goodbye.tellFault(error, why);
    ending.lingering();
    connection().close(ctx.voidPromise());
    watch();
  }

  // ---- what its exchanges use

  ChannelHandlerContext context() {
    return context;
  }

  StreamsOutput output() {
    return output;
  }

  String date() {
    return lane.date();
  }

  /** Looks at all streams in so many milliseconds at the latest. */
  void watchWithin(long millis) {
    watch.within(millis);
  }
}
