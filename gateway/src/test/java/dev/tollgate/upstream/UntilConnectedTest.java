package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.NotYetConnectedException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of another socket is no fault of this one. */
class UntilConnectedTest {
  private final List<Throwable> heard = new CopyOnWriteArrayList<>();
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private Channel channel;

  @BeforeEach
  void register() throws Exception {
    channel = new NioSocketChannel();
    channel
        .pipeline()
        .addLast(
            new UntilConnected(),
            new ChannelInboundHandlerAdapter() {
              @Override
              public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                heard.add(cause);
              }
            });
    group.next().register(channel).sync();
  }

  @AfterEach
  void close() throws Exception {
    channel.close().sync();
    group.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.SECONDS).sync();
  }

  private void tell(Throwable cause) throws Exception {
    channel.eventLoop().submit(() -> channel.pipeline().fireExceptionCaught(cause)).sync();
  }

  @Test
  void readiness_beforeItIsConnected_isNotHeard_andItIsConnectedAllTheSame() throws Exception {
    tell(new NotYetConnectedException());
    assertThat(heard).isEmpty();
    assertThat(channel.isOpen()).isTrue();

    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      channel.connect(server.getLocalSocketAddress()).sync();
      // Its handlers hear of it after whoever waits for it.
      channel.eventLoop().submit(() -> {}).sync();
      assertThat(channel.isActive()).isTrue();
      assertThat(channel.pipeline().get(UntilConnected.class)).isNull();
      NotYetConnectedException late = new NotYetConnectedException();
      tell(late);
      assertThat(heard).containsExactly(late);
    }
  }

  @Test
  void anyOtherFault_isHeard() throws Exception {
    IllegalStateException fault = new IllegalStateException();
    tell(fault);
    assertThat(heard).containsExactly(fault);
  }
}
