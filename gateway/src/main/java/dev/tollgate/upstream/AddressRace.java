package dev.tollgate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A socket to the first of some addresses that accepts one (RFC 8305, "happy eyeballs"): the next
 * is tried when the one before has failed, or has not connected for a while; those under way stay
 * in the race. The winner's channel has no handlers yet, the losers' are closed. It has no time
 * bound: whoever waits abandons it. Confined to the lane's event loop.
 */
final class AddressRace {
  /** One of these is called once, unless the race is abandoned, and never from within a method. */
  interface Ending {
    /**
     * @param winner connected, and nothing has been read from it; the receiver owns it
     */
    void won(Channel winner, InetSocketAddress address);

    /** None of the addresses could be reached. */
    void lost(Throwable lastFailure);
  }

  /** Whoever wins gets its handlers then. */
  private static final ChannelInitializer<Channel> NO_HANDLERS =
      new ChannelInitializer<>() {
        @Override
        protected void initChannel(Channel opened) {}
      };

  private final Connector connector;
  private final AddressOrder order;
  private final List<InetSocketAddress> addresses;
  private final LongSupplier nanoClock;
  private final Ending ending;
  private final List<Attempt> underWay = new ArrayList<>();
  private int next;
  private boolean isNextQueued;
  private @Nullable Future<?> patience;
  private boolean isOver;

  private record Attempt(InetSocketAddress address, Channel channel, long sinceNanos) {}

  /**
   * @param addresses at least one, in the order to try them
   */
  AddressRace(
      Connector connector,
      List<InetSocketAddress> addresses,
      LongSupplier nanoClock,
      Ending ending) {
    this.connector = connector;
    this.order = connector.addresses().order();
    this.addresses = List.copyOf(addresses);
    this.nanoClock = nanoClock;
    this.ending = ending;
  }

  /**
   * Not at once, but between two turns of the event loop. Epoll tells of readiness by file
   * descriptor: a socket that is opened in the midst of a turn may get the descriptor of one that
   * the same turn has closed, and would be told what was meant for that. Timers are such tasks too.
   */
  void start() {
    queueNext();
  }

  private void queueNext() {
    if (!isNextQueued) {
      isNextQueued = true;
      connector.loop().execute(this::tryNext);
    }
  }

  private void tryNext() {
    isNextQueued = false;
    stopWaiting();
    if (isOver || next == addresses.size()) {
      return;
    }
    InetSocketAddress address = addresses.get(next);
    next++;
    ChannelFuture connecting = connector.sockets().clone().handler(NO_HANDLERS).connect(address);
    Attempt attempt = new Attempt(address, connecting.channel(), nanoClock.getAsLong());
    underWay.add(attempt);
    if (next < addresses.size()) {
      patience =
          connector
              .loop()
              .schedule(
                  this::queueNext,
                  connector.settings().connectionAttemptDelayMillis(),
                  TimeUnit.MILLISECONDS);
    }
    connecting.addListener(done -> onLoop(() -> ended(attempt, done.cause())));
  }

  /** A socket that could not even be made says so on a thread of Netty's own. */
  private void onLoop(Runnable task) {
    if (connector.loop().inEventLoop()) {
      task.run();
    } else {
      connector.loop().execute(task);
    }
  }

  private void ended(Attempt attempt, @Nullable Throwable failure) {
    underWay.remove(attempt);
    if (isOver) {
      close(attempt);
    } else if (failure == null) {
      win(attempt);
    } else {
      order.failed(attempt.address);
      if (next < addresses.size()) {
        queueNext();
      } else if (underWay.isEmpty()) {
        isOver = true;
        ending.lost(failure);
      }
    }
  }

  private void win(Attempt winner) {
    isOver = true;
    stopWaiting();
    order.reached(winner.address);
    for (Attempt slow : leaving()) {
      if (addresses.indexOf(slow.address) < addresses.indexOf(winner.address)) {
        order.failed(slow.address);
      }
      close(slow);
    }
    ending.won(winner.channel, winner.address);
  }

  /**
   * Nobody waits for it any more.
   *
   * @return whether every address has had its chance, in vain
   */
  boolean abandon() {
    if (isOver) {
      return false;
    }
    isOver = true;
    stopWaiting();
    boolean isInVain = next == addresses.size();
    long patienceNanos = connector.settings().connectionAttemptDelayMillis() * 1_000_000L;
    long now = nanoClock.getAsLong();
    for (Attempt silent : leaving()) {
      if (now - silent.sinceNanos >= patienceNanos) {
        order.failed(silent.address);
      } else {
        isInVain = false;
      }
      close(silent);
    }
    return isInVain;
  }

  /** All under way, which are so no longer: the end of each is told as it is closed. */
  private List<Attempt> leaving() {
    List<Attempt> leaving = List.copyOf(underWay);
    underWay.clear();
    return leaving;
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel(false);
      patience = null;
    }
  }

  private static void close(Attempt attempt) {
    var unused = attempt.channel.close();
  }
}
