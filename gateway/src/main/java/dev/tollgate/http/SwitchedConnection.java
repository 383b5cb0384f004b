package dev.tollgate.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;

/**
 * A connection that has left HTTP, as far as the server still has to do with it: it counts, it must
 * take what is written to it, and it ends with the server. All else is its new protocol's.
 */
final class SwitchedConnection extends ChannelDuplexHandler implements ClientConnection {
  private final Lane lane;
  private final Switched switched;
  private final WriteStall stall;

  SwitchedConnection(Lane lane, Channel channel, Switched switched) {
    this.lane = lane;
    this.switched = switched;
    this.stall =
        new WriteStall(channel, lane.settings().writeStallMillisMax(), () -> reset(channel));
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    context.flush();
    stall.flushed();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    lane.closed(this);
    context.fireChannelInactive();
  }

  @Override
  public void drain() {
    switched.drain();
  }

  @Override
  public void drop() {
    switched.drop();
  }

  /** What waits for it is lost, and it sees an error. */
  private static void reset(Channel channel) {
    if (channel.isActive()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      // From the first handler on, so that TLS does not say a polite goodbye.
      var unused = channel.pipeline().firstContext().close();
    }
  }
}
