package dev.tollgate.ledger;

import io.lettuce.core.protocol.RedisHandshakeHandler;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Lets a connection begin only while it is there. Lettuce ends its handshake with commands whose
 * failure it puts up with (its name), also when they fail because the connection has broken or was
 * given up. It would then take the dead connection for a live one, connect twice in its place, use
 * the later of the two and never close the other; and when that one ends, which may be months
 * later, take the one in use for lost. Stateless; for any number of connections.
 */
@ChannelHandler.Sharable
final class HandshakeGuard extends ChannelInboundHandlerAdapter implements NettyCustomizer {
  @Override
  public void afterChannelInitialized(Channel channel) {
    ChannelHandlerContext handshake = channel.pipeline().context(RedisHandshakeHandler.class);
    if (handshake == null) {
      throw new IllegalStateException("Lettuce does not shake hands as it used to");
    }
    channel.pipeline().addAfter(handshake.name(), "handshake-guard", this);
  }

  /** The handshake has ended. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (context.channel().isActive()) {
      context.fireChannelActive();
    }
  }
}
