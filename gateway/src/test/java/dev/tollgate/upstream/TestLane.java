package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetAddress;
import java.net.URI;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;

/**
 * An event loop with the upstream under test, a clock that a test can put forward, and every body
 * it sent, to see that all of them were released.
 */
final class TestLane implements AutoCloseable {
  /** The kinds of event loop that there are on the way. */
  enum LoopKind {
    NIO,
    EPOLL;

    IoHandlerFactory handlers() {
      Assumptions.assumeTrue(this == NIO || Epoll.isAvailable());
      return this == NIO ? NioIoHandler.newFactory() : EpollIoHandler.newFactory();
    }
  }

  static final int FIRST_BYTE_MILLIS = 40_000;
  static final int IDLE_MILLIS = 30_000;
  static final int TOTAL_MILLIS = 900_000;
  static final int CONNECT_MILLIS = 20_000;
  static final int WAITING_MILLIS = 10_000;
  static final int IDLE_CONNECTION_MILLIS = 50_000;
  static final int ATTEMPT_DELAY_MILLIS = 20;
  static final int STREAMS_MAX = 16;
  static final int STREAM_WINDOW = 64 * 1024;
  static final int QUIET_MILLIS = 10_000;
  static final int PING_MILLIS = 5_000;
  static final UpstreamSettings SETTINGS =
      new UpstreamSettings(
          4096,
          16 * 1024,
          64 * 1024,
          4,
          16,
          2_000,
          5,
          30_000,
          3_600_000,
          60_000,
          ATTEMPT_DELAY_MILLIS,
          new StreamBounds(
              STREAMS_MAX, STREAM_WINDOW, 256 * 1024, 200, 30_000, QUIET_MILLIS, PING_MILLIS));

  private static final ThreadLocal<Boolean> IN_CALL = ThreadLocal.withInitial(() -> false);

  final PooledUpstream upstream;
  final Counts counts = new Counts();
  private final EventLoopGroup group;
  private final AtomicLong aheadNanos = new AtomicLong();
  private final List<ByteBuf> bodies = new CopyOnWriteArrayList<>();

  TestLane(LoopKind kind) {
    this(kind, InetAddress::getAllByName);
  }

  TestLane(LoopKind kind, HostAddresses.Lookup lookup) {
    group = new MultiThreadIoEventLoopGroup(1, kind.handlers());
    upstream =
        new PooledUpstream(
            group.next(),
            SETTINGS,
            new HostAddresses(SETTINGS, this::nanos, lookup),
            new TlsContexts(),
            this::nanos,
            counts);
  }

  /** Whether this thread is in the middle of {@link PooledUpstream#call}. */
  static boolean isInCall() {
    return IN_CALL.get();
  }

  static ProviderSettings provider(URI url) {
    return provider(url, 8, 8, "");
  }

  static ProviderSettings provider(
      URI url, int connectionsMax, int waitingMax, String trustCertificates) {
    return new ProviderSettings(
        "acme",
        "openai",
        url,
        "",
        CONNECT_MILLIS,
        FIRST_BYTE_MILLIS,
        IDLE_MILLIS,
        TOTAL_MILLIS,
        connectionsMax,
        waitingMax,
        WAITING_MILLIS,
        IDLE_CONNECTION_MILLIS,
        trustCertificates,
        Reach.PLAIN);
  }

  /** One that speaks HTTP/2 in the clear. */
  static ProviderSettings streams(URI url) {
    return warm(provider(url), Http2Use.PRIOR_KNOWLEDGE, 0);
  }

  /** The same provider, with connections that are kept open. */
  static ProviderSettings warm(ProviderSettings usual, Http2Use http2, int connections) {
    return usual.with(usual.reach().with(http2, connections));
  }

  private long nanos() {
    return System.nanoTime() + aheadNanos.get();
  }

  /**
   * Puts the clock forward once the loop is at rest, and waits until all bounds have been checked
   * against it.
   */
  void advance(long millis) throws Exception {
    settle();
    aheadNanos.addAndGet(millis * 1_000_000L);
    for (int i = 0; i < 3; i++) {
      upstream
          .loop()
          .schedule(() -> {}, 2L * SETTINGS.timeGrainMillis(), TimeUnit.MILLISECONDS)
          .get();
    }
  }

  UpstreamCall get(ProviderSettings provider, RecordingListener listener) throws Exception {
    return call(provider, HttpMethod.GET, "/models", new DefaultHttpHeaders(), "", listener);
  }

  UpstreamCall post(ProviderSettings provider, String body, RecordingListener listener)
      throws Exception {
    return call(provider, HttpMethod.POST, "/chat", new DefaultHttpHeaders(), body, listener);
  }

  UpstreamCall call(
      ProviderSettings provider,
      HttpMethod method,
      String path,
      HttpHeaders headers,
      String body,
      RecordingListener listener)
      throws Exception {
    ByteBuf bytes =
        ByteBufUtil.encodeString(
            PooledByteBufAllocator.DEFAULT, CharBuffer.wrap(body), StandardCharsets.ISO_8859_1);
    bodies.add(bytes);
    UpstreamRequest request = new UpstreamRequest(provider, method, path, headers, bytes);
    return onLoop(
        () -> {
          IN_CALL.set(true);
          try {
            UpstreamCall call = upstream.call(request, listener);
            listener.attach(call);
            return call;
          } finally {
            IN_CALL.set(false);
          }
        });
  }

  /** A request that needs no body. */
  static UpstreamRequest getOf(ProviderSettings provider) {
    return new UpstreamRequest(
        provider, HttpMethod.GET, "/models", new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
  }

  <T> T onLoop(Callable<T> task) throws Exception {
    return upstream.loop().submit(task).get(20, TimeUnit.SECONDS);
  }

  void runOnLoop(Runnable task) throws Exception {
    upstream.loop().submit(task).get(20, TimeUnit.SECONDS);
  }

  /** Returns once the event loop has read whatever had arrived before. */
  void settle() throws Exception {
    for (int i = 0; i < 3; i++) {
      runOnLoop(() -> {});
    }
  }

  static void await(BooleanSupplier condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for a condition").isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  /** Whether every body has been released. */
  boolean hasReleasedBodies() {
    return bodies.stream().allMatch(body -> body.refCnt() == 0);
  }

  @Override
  public void close() {
    try {
      closeAndCheck();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void closeAndCheck() throws Exception {
    upstream.close();
    await(() -> upstream.openConnections() == 0 && upstream.idleConnections() == 0);
    await(this::hasReleasedBodies);
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    assertThat(counts.opened).hasValue(counts.closed.get());
    assertThat(counts.started)
        .hasValue(counts.ended.get() + counts.failed.get() + counts.cancelled.get());
  }

  /** Counts what the observer hears, on the event loop. */
  static final class Counts implements UpstreamObserver {
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger started = new AtomicInteger();
    final AtomicInteger ended = new AtomicInteger();
    final AtomicInteger resent = new AtomicInteger();
    final AtomicInteger cancelled = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();

    @Override
    public void onConnectionOpened(ProviderSettings provider) {
      opened.incrementAndGet();
    }

    @Override
    public void onConnectionClosed(ProviderSettings provider) {
      closed.incrementAndGet();
    }

    @Override
    public void onCallStarted(ProviderSettings provider) {
      started.incrementAndGet();
    }

    @Override
    public void onCallResent(ProviderSettings provider) {
      resent.incrementAndGet();
    }

    @Override
    public void onCallEnded(ProviderSettings provider, int status, long nanos) {
      ended.incrementAndGet();
    }

    @Override
    public void onCallFailed(ProviderSettings provider, UpstreamFailure failure, long nanos) {
      failed.incrementAndGet();
    }

    @Override
    public void onCallCancelled(ProviderSettings provider, long nanos) {
      cancelled.incrementAndGet();
    }
  }
}
