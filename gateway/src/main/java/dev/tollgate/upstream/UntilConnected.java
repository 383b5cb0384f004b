package dev.tollgate.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.channels.NotYetConnectedException;

/**
 * Stands first in a pipeline until the channel is connected, and lets nobody hear that it cannot be
 * read before. Epoll tells of readiness by file descriptor: when one socket is closed and another
 * one opened in the same turn of the event loop, the new one may get the descriptor, and with it
 * what was still to be told of the old one. Netty then reads from a socket that is not connected
 * yet. That is no fault of the connection, which is made all the same.
 */
final class UntilConnected extends ChannelInboundHandlerAdapter {
  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.pipeline().remove(this);
    context.fireChannelActive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof NotYetConnectedException)) {
      context.fireExceptionCaught(cause);
    }
  }
}
