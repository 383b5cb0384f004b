package dev.tollgate.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.NoopAddressResolverGroup;

/**
 * What a lane needs to open connections: sockets of its event loop's kind, addresses and TLS.
 *
 * @param sockets a template without a handler; its addresses must be resolved already
 */
record Connector(
    EventLoop loop,
    UpstreamSettings settings,
    Bootstrap sockets,
    HostAddresses addresses,
    TlsContexts tls) {

  static Connector on(
      EventLoop loop, UpstreamSettings settings, HostAddresses addresses, TlsContexts tls) {
    AdaptiveRecvByteBufAllocator reads =
        new AdaptiveRecvByteBufAllocator(
            Math.min(512, settings.readBytesMax()),
            Math.min(4096, settings.readBytesMax()),
            settings.readBytesMax());
    reads.maxMessagesPerRead(settings.readsMax());
    Bootstrap sockets =
        new Bootstrap()
            .group(loop)
            .channel(socketKind(loop))
            .resolver(NoopAddressResolverGroup.INSTANCE)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            // Who waits for a connection has a bound on all of it.
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
            .option(ChannelOption.RECVBUF_ALLOCATOR, reads)
            // A failed write must not close the connection: a provider that refuses a long request
            // answers and hangs up, and its answer still waits to be read.
            .option(ChannelOption.AUTO_CLOSE, false);
    return new Connector(loop, settings, sockets, addresses, tls);
  }

  private static Class<? extends SocketChannel> socketKind(EventLoop loop) {
    if (loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class)) {
      return EpollSocketChannel.class;
    }
    if (loop instanceof IoEventLoop io && io.isIoType(KQueueIoHandler.class)) {
      return KQueueSocketChannel.class;
    }
    return NioSocketChannel.class;
  }
}
