package dev.tollgate.ledger;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Event loops of the transport that the gateway would take. */
public final class TestLoops implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup group;
  private final List<EventLoop> loops = new ArrayList<>();

  public TestLoops(int count) {
    this.group = new MultiThreadIoEventLoopGroup(count, transport());
    for (int i = 0; i < count; i++) {
      loops.add(group.next());
    }
  }

  public List<EventLoop> all() {
    return loops;
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static IoHandlerFactory transport() {
    if (Epoll.isAvailable()) {
      return EpollIoHandler.newFactory();
    }
    return KQueue.isAvailable() ? KQueueIoHandler.newFactory() : NioIoHandler.newFactory();
  }
}
