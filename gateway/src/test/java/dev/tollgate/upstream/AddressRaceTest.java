package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is tried, who wins, and what becomes of the others. */
final class AddressRaceTest {
  private static final UpstreamSettings SETTINGS = TestLane.SETTINGS;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final AtomicLong nanos = new AtomicLong();
  private final Queue<Channel> made = new ConcurrentLinkedQueue<>();
  private final HostAddresses addresses = new HostAddresses(SETTINGS, nanos::get);
  private final CompletableFuture<InetSocketAddress> won = new CompletableFuture<>();
  private final CompletableFuture<Boolean> lostOnTheLoop = new CompletableFuture<>();

  @AfterEach
  void stop() throws Exception {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
  }

  private AddressRace race(ChannelFactory<Channel> sockets, InetSocketAddress... places)
      throws Exception {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channelFactory(sockets)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0);
    Connector connector = new Connector(loop, SETTINGS, bootstrap, addresses, new TlsContexts());
    AddressRace race =
        new AddressRace(
            connector,
            List.of(places),
            nanos::get,
            new AddressRace.Ending() {
              @Override
              public void won(Channel winner, InetSocketAddress address) {
                var unused = winner.close();
                won.complete(address);
              }

              @Override
              public void lost(Throwable lastFailure) {
                lostOnTheLoop.complete(loop.inEventLoop());
              }
            });
    loop.submit(race::start).get(20, TimeUnit.SECONDS);
    return race;
  }

  private Channel recorded() {
    Channel channel = new NioSocketChannel();
    made.add(channel);
    return channel;
  }

  private static InetAddress loopback(int last) throws Exception {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
  }

  private List<InetSocketAddress> order(InetSocketAddress... places) {
    return addresses
        .order()
        .of(
            List.of(places).stream().map(InetSocketAddress::getAddress).toList(),
            places[0].getPort());
  }

  @Test
  void aSilentAddress_losesToTheNext_isClosedAndTriedLastFromThen() throws Exception {
    try (ServerSocket answers = new ServerSocket(0, 8, loopback(1));
        BlackHole silent = new BlackHole(loopback(2), answers.getLocalPort())) {
      InetSocketAddress good = (InetSocketAddress) answers.getLocalSocketAddress();
      race(this::recorded, silent.address(), good);

      assertThat(won.get(20, TimeUnit.SECONDS)).isEqualTo(good);
      assertThat(made).hasSize(2);
      for (Channel channel : made) {
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(order(silent.address(), good)).containsExactly(good, silent.address());
    }
  }

  @Test
  void anAddressThatAnswersAtOnce_isTheOnlyOneTried() throws Exception {
    try (ServerSocket answers = new ServerSocket(0, 8, loopback(1));
        BlackHole silent = new BlackHole(loopback(2), answers.getLocalPort())) {
      InetSocketAddress good = (InetSocketAddress) answers.getLocalSocketAddress();
      race(this::recorded, good, silent.address());

      assertThat(won.get(20, TimeUnit.SECONDS)).isEqualTo(good);
      loop.schedule(() -> {}, 2L * SETTINGS.connectionAttemptDelayMillis(), TimeUnit.MILLISECONDS)
          .get();
      assertThat(made).hasSize(1);
    }
  }

  @Test
  void anAbandonedRace_closesAll_andTellsWhetherAllWereInVain() throws Exception {
    try (BlackHole one = new BlackHole(loopback(2), 0);
        BlackHole other = new BlackHole(loopback(3), one.address().getPort())) {
      AddressRace race = race(this::recorded, one.address(), other.address());
      TestLane.await(() -> made.size() == 2);
      loop.submit(() -> {}).get(20, TimeUnit.SECONDS);
      nanos.addAndGet(SETTINGS.connectionAttemptDelayMillis() * 1_000_000L);

      assertThat(loop.submit(race::abandon).get(20, TimeUnit.SECONDS)).isTrue();
      for (Channel channel : made) {
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(won).isNotDone();
      assertThat(lostOnTheLoop).isNotDone();
      assertThat(loop.submit(race::abandon).get(20, TimeUnit.SECONDS)).isFalse();
    }
  }

  @Test
  void aRaceAbandonedAtOnce_blamesNobody() throws Exception {
    try (BlackHole one = new BlackHole(loopback(2), 0)) {
      AddressRace race = race(this::recorded, one.address());
      TestLane.await(() -> made.size() == 1);

      assertThat(loop.submit(race::abandon).get(20, TimeUnit.SECONDS)).isFalse();
    }
  }

  @Test
  void sockets_thatCannotEvenBeMade_loseOnTheEventLoop() throws Exception {
    race(
        () -> {
          throw new ChannelException("too many open files");
        },
        new InetSocketAddress(loopback(1), 1),
        new InetSocketAddress(loopback(2), 1));

    assertThat(lostOnTheLoop.get(20, TimeUnit.SECONDS)).isTrue();
  }
}
