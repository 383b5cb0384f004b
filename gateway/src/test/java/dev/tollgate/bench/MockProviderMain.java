package dev.tollgate.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * A provider to measure gateways with: every request gets the same OpenAI chat completion of about
 * 1 KiB, or the same stream if it asks for one, at once or after a latency.
 *
 * <pre>java -cp … dev.tollgate.bench.MockProviderMain [port [latencyMillis [threads]]]</pre>
 *
 * Prints {@code ready port=…} and runs until it is killed.
 */
public final class MockProviderMain implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final EventLoopGroup loops;
  private final Channel listener;

  /**
   * @param port 0 for any
   */
  MockProviderMain(int port, long latencyMillis, int threads) {
    boolean hasEpoll = Epoll.isAvailable();
    IoHandlerFactory io = hasEpoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    Class<? extends ServerChannel> kind =
        hasEpoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    // Several threads of NIO would share the one view that a fixed answer has of itself.
    loops = new MultiThreadIoEventLoopGroup(hasEpoll ? threads : 1, io);
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(kind)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new MockConnection(latencyMillis));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .syncUninterruptibly()
            .channel();
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Starts it, says so, and waits. */
  public static void main(String[] arguments) {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
    long latencyMillis = arguments.length > 1 ? Long.parseLong(arguments[1]) : 0;
    int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
    MockProviderMain mock = new MockProviderMain(port, latencyMillis, threads);
    System.out.println("ready port=" + mock.port());
    mock.listener.closeFuture().syncUninterruptibly();
  }
}
