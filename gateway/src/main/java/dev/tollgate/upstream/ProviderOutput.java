package dev.tollgate.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * What goes to the provider of a {@link ProviderStreams}, of all its calls: what is written while
 * something is read goes out when all of it is read. A request's body is Netty's once it is
 * written. For use on the connection's event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the stream or the connection
final class ProviderOutput {
  private static final long PING = 0x746f6c6c67617465L;

  /** Beyond this nothing more is read, since all that comes would only be acknowledged. */
  private static final int UNSENT_BYTES_MAX = 1024 * 1024;

  private final ProviderStreams streams;
  private final StreamsReader reader;
  private final ChannelHandlerContext context;
  private final Http2ConnectionEncoder encoder;
  private boolean isReading;

  ProviderOutput(ProviderStreams streams, StreamsReader reader, ChannelHandlerContext context) {
    this.streams = streams;
    this.reader = reader;
    this.context = context;
    this.encoder = reader.encoder();
  }

  // ---- one stream's

  /** Writes all of a request, as far as the provider's windows let it. */
  void request(ProviderStream carried, Http2Stream stream, PooledCall call) {
    FullHttpRequest message = call.message(true);
    boolean hasBody = message.content().isReadable();
    encoder.writeHeaders(
        context,
        stream.id(),
        StreamHeads.ofRequest(message, streams.pool().origin()),
        0,
        !hasBody,
        hasBody ? context.newPromise() : carried.sending(call));
    if (hasBody && carried.isUnderWay()) {
      encoder.writeData(context, stream.id(), message.content(), 0, true, carried.sending(call));
    } else {
      message.release();
    }
    flushWritten();
  }

  ChannelPromise newPromise() {
    return context.newPromise();
  }

  void reset(Http2Stream stream, Http2Error error) {
    if (!streams.isGone()) {
      reader.resetStream(context, stream.id(), error.code(), context.newPromise());
      flushWritten();
    }
  }

  /** So many bytes of an answer have been taken by its reader. */
  void giveBack(Http2Stream stream, int bytes) {
    if (streams.isGone()) {
      return;
    }
    try {
      if (reader.decoder().flowController().consumeBytes(stream, bytes)) {
        flushWritten();
      }
    } catch (Http2Exception fault) {
      reader.onError(context, true, fault);
    }
  }

  // ---- the connection's

  /** Asks whether anybody is there. */
  void ping() {
    encoder.writePing(context, false, PING, context.newPromise());
    context.flush();
  }

  /** What is written from here on waits until {@link #readEnds()}. */
  void readBegins() {
    isReading = true;
  }

  /** Follow it by {@link #flush()}. */
  void readEnds() {
    isReading = false;
  }

  private void flushWritten() {
    if (!isReading) {
      flush();
    }
  }

  void flush() {
    reader.flush(context);
  }

  /** Whether the provider takes so little that nothing more of its own is to be read. */
  boolean isFull() {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    return buffer != null && buffer.totalPendingWriteBytes() > UNSENT_BYTES_MAX;
  }
}
