package dev.tollgate.http;

import dev.tollgate.http.Patience.Wait;
import dev.tollgate.http2.Flood;
import dev.tollgate.http2.FrameWalk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
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
  /** How long the answer to the question whether a first GOAWAY was read is waited for. */
  private static final long GOAWAY_MILLIS = 1_000;

  private static final long GOAWAY_PING = 0x746f6c6c67617465L;

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
  private final FrameWalk walk = FrameWalk.ofClient();
  private final Flood resets;
  private final Flood controls;

  /** The last streams that we have reset. */
  private final int[] resetByUs = new int[RESETS_KNOWN];

  private int resetsByUs;

  /** Exchanges that were told that their client does not keep up. */
  private final Queue<StreamExchange> waiting = new ArrayDeque<>();

  private boolean begun;
  private boolean reading;
  private boolean announcing;
  private boolean draining;

  /** The last stream that is served; none is too late while it is the highest there can be. */
  private int lastStream = Integer.MAX_VALUE;

  private long unflushedBytes;
  private long discardedBytes;

  @SuppressWarnings("NullAway.Init") // set as soon as it is in a pipeline
  private ChannelHandlerContext context;

  @SuppressWarnings("NullAway.Init")
  private Patience patience;

  @SuppressWarnings("NullAway.Init")
  private WriteStall stall;

  @SuppressWarnings("NullAway.Init")
  private Ending ending;

  @SuppressWarnings("NullAway.Init")
  private Deadline watch;

  private long watchedUntilNanos;
  private boolean watching;

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
    watch = new Deadline(ctx.channel().eventLoop(), this::lookAtStreams);
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
    watch.cancel();
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
    reading = true;
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
    reading = false;
    discardSomeReadBytes();
    ctx.fireChannelReadComplete();
    flush(ctx);
    flushed();
    if (discardedBytes > settings.discardBytesMax()) {
      ending.reset();
    } else if (!ending.isBegun() && unsentBytes() > UNSENT_PER_WATERMARK * highWatermark()) {
      readOn(false);
    }
    watch();
  }

  private long unsentBytes() {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  private long highWatermark() {
    return settings.highWatermarkBytes();
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
    announce();
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
        tellLastStream();
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
    if (draining || ending.isBegun()) {
      return;
    }
    draining = true;
    if (!begun) {
      end();
      return;
    }
    // What the client sent before it could know is still served.
    goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR, "");
    encoder().writePing(context, false, GOAWAY_PING, context.newPromise());
    context.flush();
    context.channel().eventLoop().schedule(this::drained, GOAWAY_MILLIS, TimeUnit.MILLISECONDS);
  }

  void onPingAnswered(long data) {
    if (draining && data == GOAWAY_PING) {
      drained();
    }
  }

  /** The client knows that no more requests are taken. */
  private void drained() {
    if (!isLastStreamTold() && !ending.isBegun() && context.channel().isActive()) {
      tellLastStream();
      endWhenDone();
    }
  }

  private boolean isLastStreamTold() {
    return lastStream != Integer.MAX_VALUE;
  }

  private void tellLastStream() {
    lastStream = connection().remote().lastStreamCreated();
    goAway(lastStream, Http2Error.NO_ERROR, "");
    context.flush();
  }

  /**
   * Not by way of Netty, which from then on takes what a later stream still sends for a fault of
   * the connection: all others would end with it.
   */
  private void goAway(int id, Http2Error error, String why) {
    frameWriter()
        .writeGoAway(
            context,
            id,
            error.code(),
            ByteBufUtil.writeUtf8(context.alloc(), why),
            context.newPromise());
  }

  private void endWhenDone() {
    if (isLastStreamTold() && !ending.isBegun() && connection().numActiveStreams() == 0) {
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
    } else if (stream.id() > lastStream
        || connection().numActiveStreams() > settings.http2().streamsMax()) {
      refuse(stream);
    } else {
      open(stream, head, whole).begin(whole);
    }
  }

  private StreamExchange open(Http2Stream stream, StreamHead head, boolean whole) {
    StreamExchange exchange = new StreamExchange(this, lane, stream, head);
    stream.setProperty(exchanges, exchange);
    watchWithin(
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
    writePending();
    resetByUs[resetsByUs] = stream.id();
    resetsByUs = (resetsByUs + 1) % RESETS_KNOWN;
    resetStream(context, stream.id(), error.code(), context.newPromise());
    flushWritten();
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
    goAway(Math.min(lastStream, connection().remote().lastStreamCreated()), error, why);
    ending.lingering();
    connection().close(ctx.voidPromise());
    watch();
  }

  // ---- writing

  ChannelHandlerContext context() {
    return context;
  }

  String date() {
    return lane.date();
  }

  /** Who has been told no is told when that changes. */
  boolean isWritable(StreamExchange exchange) {
    boolean writable = isOpen(exchange);
    if (!writable && exchange.waits()) {
      waiting.add(exchange);
    }
    return writable;
  }

  /** Whether both windows are, and the channel. */
  private boolean isOpen(StreamExchange exchange) {
    return encoder().flowController().isWritable(exchange.stream());
  }

  /** Whether a part of its answer waits for the client's windows, or for a flush. */
  boolean isSending(Http2Stream stream) {
    return encoder().flowController().hasFlowControlled(stream);
  }

  void writeHeaders(StreamExchange exchange, Http2Headers headers, boolean last) {
    encoder().writeHeaders(context, exchange.stream().id(), headers, 0, last, context.newPromise());
  }

  /** So that a fast handler sees in time that it is too fast, not much waits for a flush. */
  void writeData(StreamExchange exchange, ByteBuf piece, boolean last) {
    unflushedBytes += piece.readableBytes();
    encoder().writeData(context, exchange.stream().id(), piece, 0, last, context.newPromise());
    if (unflushedBytes > settings.highWatermarkBytes()) {
      writePending();
    }
  }

  void writePending() {
    unflushedBytes = 0;
    try {
      encoder().flowController().writePendingBytes();
    } catch (Http2Exception fault) {
      onError(context, true, fault);
    }
  }

  /** What is written while something is read goes out when all of it is read. */
  void flushWritten() {
    if (!reading) {
      flush(context);
      flushed();
    }
  }

  private void flushed() {
    unflushedBytes = 0;
    stall.flushed();
    announce();
  }

  /**
   * Netty's own notice of this can be missed: a channel behind TLS may be full and have room again
   * before either is told. One that writes and flushes in here may get through at once: so it goes
   * round until nobody has been told.
   */
  private void announce() {
    if (announcing) {
      return;
    }
    announcing = true;
    try {
      boolean told = true;
      while (told) {
        told = announceOnce();
      }
    } finally {
      announcing = false;
    }
  }

  private boolean announceOnce() {
    boolean told = false;
    for (int left = waiting.size(); left > 0; left--) {
      StreamExchange next = waiting.remove();
      if (isOpen(next)) {
        told = true;
        next.announceWritable();
      } else if (next.stream().state() != Http2Stream.State.CLOSED) {
        waiting.add(next);
      }
    }
    return told;
  }

  // ---- streams on which nothing moves

  /** Looks at all streams in so many milliseconds at the latest. */
  void watchWithin(long millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    if (!watching || until - watchedUntilNanos < 0) {
      watching = true;
      watchedUntilNanos = until;
      watch.in(millis);
    }
  }

  private void lookAtStreams() {
    watching = false;
    long now = System.nanoTime();
    long[] next = {StreamExchange.FOR_EVER};
    try {
      connection()
          .forEachActiveStream(
              stream -> {
                StreamExchange exchange = exchange(stream);
                if (exchange != null) {
                  next[0] = Math.min(next[0], exchange.check(now));
                }
                return true;
              });
    } catch (Http2Exception impossible) {
      throw new IllegalStateException(impossible);
    }
    if (next[0] != StreamExchange.FOR_EVER) {
      watchWithin(TimeUnit.NANOSECONDS.toMillis(next[0]) + 1);
    }
  }
}
