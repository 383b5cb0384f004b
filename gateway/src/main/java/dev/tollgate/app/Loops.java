package dev.tollgate.app;

import dev.tollgate.domain.Blocking;
import dev.tollgate.http.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The event loops: one for each lane, and one for the ops port, so that operators never stand in a
 * customer's way.
 */
@Blocking
final class Loops implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup group;
  private final List<EventLoop> all;

  private Loops(MultiThreadIoEventLoopGroup group, List<EventLoop> all) {
    this.group = group;
    this.all = List.copyOf(all);
  }

  static Loops start(int lanes) {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            lanes + 1,
            new DefaultThreadFactory("tollgate-lane"),
            Transport.best().ioHandlerFactory());
    List<EventLoop> all = new ArrayList<>();
    for (EventExecutor loop : group) {
      all.add((EventLoop) loop);
    }
    return new Loops(group, all);
  }

  /** The lanes, and last the ops loop. */
  List<EventLoop> all() {
    return all;
  }

  List<EventLoop> lanes() {
    return all.subList(0, all.size() - 1);
  }

  EventLoop ops() {
    return all.getLast();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
