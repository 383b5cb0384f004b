package dev.tollgate.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;

/** The ways in which a connection ends. The first one chosen stands, but for {@link #reset()}. */
@SuppressWarnings("FutureReturnValueIgnored") // a close that fails has nothing after it
final class Ending {
  private final ChannelHandlerContext context;
  private final Runnable begins;
  private boolean begun;

  /**
   * @param begins runs when it ends in order: from then on what comes is to be thrown away
   */
  Ending(ChannelHandlerContext context, Runnable begins) {
    this.context = context;
    this.begins = begins;
  }

  boolean isBegun() {
    return begun;
  }

  /** Closes when all that is written has gone out. */
  void afterFlush() {
    if (begin()) {
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> context.close());
    }
  }

  /**
   * Says goodbye when all that is written has gone out, and goes on reading until the client has
   * closed: closing at once, with bytes of the client unread, would make its system throw away our
   * answer. The caller bounds for how long.
   */
  void lingering() {
    if (begin()) {
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(this::sayGoodbye);
    }
  }

  /** Breaks the connection now: what was not sent is lost, and the client gets an error. */
  void reset() {
    begun = true;
    Channel channel = context.channel();
    if (channel.isActive()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      // From the first handler on, so that TLS does not say a polite goodbye.
      channel.pipeline().firstContext().close();
    }
  }

  private boolean begin() {
    boolean first = !begun;
    begun = true;
    if (first) {
      begins.run();
    }
    return first;
  }

  private void sayGoodbye(Future<? super Void> flushed) {
    SslHandler tls = context.pipeline().get(SslHandler.class);
    if (tls == null || !flushed.isSuccess()) {
      closeOutput(flushed);
    } else {
      tls.closeOutbound().addListener(this::closeOutput);
    }
  }

  private void closeOutput(Future<? super Void> done) {
    if (done.isSuccess() && context.channel() instanceof DuplexChannel duplex) {
      ChannelFuture half = duplex.shutdownOutput();
      half.addListener(result -> closeUnless(result.isSuccess()));
    } else {
      context.close();
    }
  }

  private void closeUnless(boolean halfClosed) {
    if (!halfClosed) {
      context.close();
    }
  }
}
