package dev.tollgate.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.TimeUnit;

/**
 * How a connection with HTTP/2 takes no more streams (RFC 9113, 6.8): a first GOAWAY that names
 * none, so that what is on its way is still served; then, once the client has answered a PING or
 * had a second for it, the one that names the last. For use on the event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the connection
final class StreamsGoodbye {
  /** How long the answer to the question whether a first GOAWAY was read is waited for. */
  private static final long PING_MILLIS = 1_000;

  private static final long PING = 0x746f6c6c67617465L;

  /** No stream is too late while the last one is the highest there can be. */
  private static final int NOT_TOLD = Integer.MAX_VALUE;

  private final ChannelHandlerContext context;
  private final Http2Connection connection;
  private final Http2ConnectionEncoder encoder;
  private final Ending ending;
  private final Runnable told;
  private boolean isBegun;
  private int lastStream = NOT_TOLD;

  /**
   * @param told runs when the client knows that no more requests are taken
   */
  StreamsGoodbye(
      ChannelHandlerContext context, Http2ConnectionEncoder encoder, Ending ending, Runnable told) {
    this.context = context;
    this.connection = encoder.connection();
    this.encoder = encoder;
    this.ending = ending;
    this.told = told;
  }

  /** Idempotent. */
  void begin() {
    if (isBegun) {
      return;
    }
    isBegun = true;
    goAway(NOT_TOLD, Http2Error.NO_ERROR, "");
    encoder.writePing(context, false, PING, context.newPromise());
    context.flush();
    context.channel().eventLoop().schedule(this::heard, PING_MILLIS, TimeUnit.MILLISECONDS);
  }

  void onPingAnswered(long data) {
    if (isBegun && data == PING) {
      heard();
    }
  }

  private void heard() {
    if (!isTold() && !ending.isBegun() && context.channel().isActive()) {
      tellLastStream();
      told.run();
    }
  }

  /** Whether the client knows the last stream that is served. */
  boolean isTold() {
    return lastStream != NOT_TOLD;
  }

  boolean isTooLate(int stream) {
    return stream > lastStream;
  }

  void tellLastStream() {
    lastStream = connection.remote().lastStreamCreated();
    goAway(lastStream, Http2Error.NO_ERROR, "");
    context.flush();
  }

  /** The connection ends now, and all its streams with it. */
  void tellFault(Http2Error error, String why) {
    goAway(Math.min(lastStream, connection.remote().lastStreamCreated()), error, why);
  }

  /**
   * Not by way of Netty, which from then on takes what a later stream still sends for a fault of
   * the connection: all others would end with it.
   */
  private void goAway(int id, Http2Error error, String why) {
    encoder
        .frameWriter()
        .writeGoAway(
            context,
            id,
            error.code(),
            ByteBufUtil.writeUtf8(context.alloc(), why),
            context.newPromise());
  }
}
