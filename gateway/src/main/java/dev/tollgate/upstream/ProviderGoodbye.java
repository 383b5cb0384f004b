package dev.tollgate.upstream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * How a {@link ProviderStreams} ends in good order (RFC 9113, 6.8): whether it takes more calls,
 * which of its streams the provider still looks at, and the GOAWAY that is said to the provider.
 * For use on the connection's event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the connection
final class ProviderGoodbye {
  private final ChannelHandlerContext context;
  private final Http2ConnectionEncoder encoder;
  private boolean isDraining;

  /** The last stream that the provider looks at. */
  private int lastServed = Integer.MAX_VALUE;

  ProviderGoodbye(ChannelHandlerContext context, Http2ConnectionEncoder encoder) {
    this.context = context;
    this.encoder = encoder;
  }

  /** The provider has said it; more than once, it may have taken back some. */
  void hear(int last) {
    isDraining = true;
    lastServed = Math.min(lastServed, last);
  }

  /** No more calls; those that are there may still get their answers. */
  void drain() {
    isDraining = true;
  }

  boolean isDraining() {
    return isDraining;
  }

  /** Whether the provider has said that it does not look at this stream. */
  boolean isUnserved(Http2Stream stream) {
    return stream.id() > lastServed;
  }

  /** Not by way of Netty, which would close the connection in its own time. */
  void say(Http2Error error) {
    encoder
        .frameWriter()
        .writeGoAway(
            context,
            encoder.connection().remote().lastStreamCreated(),
            error.code(),
            Unpooled.EMPTY_BUFFER,
            context.newPromise());
    context.flush();
  }
}
