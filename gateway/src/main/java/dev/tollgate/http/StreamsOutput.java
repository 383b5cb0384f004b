package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What goes to the client of a {@link StreamsConnection}, of all its streams: a handler that is too
 * fast for its client is told so, and told when that is over. A piece is Netty's once it is
 * written. For use on the connection's event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the stream or the connection
final class StreamsOutput {
  private final StreamsConnection connection;
  private final ChannelHandlerContext context;
  private final Http2ConnectionEncoder encoder;
  private final int highWatermarkBytes;
  private final WriteStall stall;

  /** Exchanges that were told that their client does not keep up. */
  private final Queue<StreamExchange> waiting = new ArrayDeque<>();

  private boolean isReading;
  private boolean isAnnouncing;
  private long unflushedBytes;

  StreamsOutput(
      StreamsConnection connection,
      ChannelHandlerContext context,
      HttpServerSettings settings,
      WriteStall stall) {
    this.connection = connection;
    this.context = context;
    this.encoder = connection.encoder();
    this.highWatermarkBytes = settings.highWatermarkBytes();
    this.stall = stall;
  }

  // ---- one stream's

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
    return encoder.flowController().isWritable(exchange.stream());
  }

  /** Whether a part of its answer waits for the client's windows, or for a flush. */
  boolean isSending(Http2Stream stream) {
    return encoder.flowController().hasFlowControlled(stream);
  }

  void headers(StreamExchange exchange, Http2Headers headers, boolean last) {
    encoder.writeHeaders(context, exchange.stream().id(), headers, 0, last, context.newPromise());
  }

  /** So that a fast handler sees in time that it is too fast, not much waits for a flush. */
  void data(StreamExchange exchange, ByteBuf piece, boolean last) {
    unflushedBytes += piece.readableBytes();
    encoder.writeData(context, exchange.stream().id(), piece, 0, last, context.newPromise());
    if (unflushedBytes > highWatermarkBytes) {
      writePending();
    }
  }

  // ---- all streams'

  /** Hands to the channel what fits in the client's windows. */
  void writePending() {
    unflushedBytes = 0;
    try {
      encoder.flowController().writePendingBytes();
    } catch (Http2Exception fault) {
      connection.onError(context, true, fault);
    }
  }

  /** What is written from here on waits for {@link #readComplete()}. */
  void readBegins() {
    isReading = true;
  }

  void readComplete() {
    isReading = false;
    flush();
  }

  /** What is written while something is read goes out when all of it is read. */
  void flushWritten() {
    if (!isReading) {
      flush();
    }
  }

  private void flush() {
    connection.flush(context);
    unflushedBytes = 0;
    stall.flushed();
    announce();
  }

  /** What the channel has not taken yet. */
  long unsentBytes() {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /**
   * Netty's own notice of this can be missed: a channel behind TLS may be full and have room again
   * before either is told. One that writes and flushes in here may get through at once: so it goes
   * round until nobody has been told.
   */
  void announce() {
    if (isAnnouncing) {
      return;
    }
    isAnnouncing = true;
    try {
      boolean told = true;
      while (told) {
        told = announceOnce();
      }
    } finally {
      isAnnouncing = false;
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
}
