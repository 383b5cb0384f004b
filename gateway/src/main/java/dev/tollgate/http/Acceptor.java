package dev.tollgate.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Spreads accepted connections over the lanes, one after the other, up to a bound. */
final class Acceptor extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

  /** Accepting fails mostly for want of file descriptors; trying again at once would only spin. */
  private static final long PAUSE_MILLIS = 1000;

  private final List<Lane> lanes;
  private final int connectionsMax;
  private final ServerListener listener;
  private final AtomicInteger connections = new AtomicInteger();
  private int next;

  Acceptor(List<Lane> lanes, int connectionsMax, ServerListener listener) {
    this.lanes = lanes;
    this.connectionsMax = connectionsMax;
    this.listener = listener;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel accepted = (Channel) message;
    if (connections.incrementAndGet() > connectionsMax) {
      connections.decrementAndGet();
      listener.connectionRefused();
      accepted.unsafe().closeForcibly();
      return;
    }
    accepted.closeFuture().addListener(closed -> connections.decrementAndGet());
    next = (next + 1) % lanes.size();
    lanes.get(next).admit(accepted);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored")
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.warn("cannot accept connections, trying again in {} ms", PAUSE_MILLIS, cause);
    ctx.channel().config().setAutoRead(false);
    ctx.channel()
        .eventLoop()
        .schedule(
            () -> ctx.channel().config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
