package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Ids;
import dev.tollgate.testing.LeakWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A real server on a free port, with routes that show what arrives, and loops of its own. */
final class TestServer implements AutoCloseable {
  static final InstantSource NOON = InstantSource.fixed(Instant.parse("2026-03-05T12:00:00Z"));
  static final RefusalRenderer REFUSALS =
      (refusal, path, id) ->
          Reply.json(
              refusal.status(),
              "{\"code\":\"%s\",\"path\":\"%s\",\"message\":\"%s\"}"
                  .formatted(refusal.code(), path, refusal.message()));

  final BlockingQueue<Held> held = new LinkedBlockingQueue<>();
  final BlockingQueue<String> gone = new LinkedBlockingQueue<>();
  final Counting listener = new Counting();
  final HttpServer server;
  private final LeakWatch leaks = new LeakWatch().open();
  private final EventLoopGroup group;

  /** A request of {@code /held}, for the test to answer. */
  record Held(ServerRequest request, ServerResponse response) {
    void answer(String text) {
      response.eventLoop().execute(() -> response.send(text(text)));
    }

    void run(Runnable onLoop) {
      response.eventLoop().execute(onLoop);
    }
  }

  static final class Counting implements ServerListener {
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger refusedConnections = new AtomicInteger();
    final BlockingQueue<Integer> refusedHeads = new LinkedBlockingQueue<>();
    final BlockingQueue<String> broken = new LinkedBlockingQueue<>();
    final BlockingQueue<Throwable> faults = new LinkedBlockingQueue<>();

    @Override
    public void connectionOpened() {
      opened.incrementAndGet();
    }

    @Override
    public void connectionClosed() {
      closed.incrementAndGet();
    }

    @Override
    public void connectionRefused() {
      refusedConnections.incrementAndGet();
    }

    @Override
    public void headRefused(int status) {
      refusedHeads.add(status);
    }

    @Override
    public void connectionBroken(String error) {
      broken.add(error);
    }

    @Override
    public void faulted(Throwable bug) {
      faults.add(bug);
    }
  }

  TestServer(Transport transport, HttpServerSettings.Builder settings) {
    group = new MultiThreadIoEventLoopGroup(2, transport.ioHandlerFactory());
    List<EventLoop> lanes = new ArrayList<>();
    group.forEach(executor -> lanes.add((EventLoop) executor));
    AtomicInteger lane = new AtomicInteger();
    try {
      server =
          new HttpServer(
              settings.host("127.0.0.1").port(0).build(),
              lanes.getFirst(),
              lanes,
              loop -> routes(lane.getAndIncrement()),
              () -> new Ids(new Random(lane.get())),
              NOON,
              listener);
      server.start().toCompletableFuture().join();
    } catch (java.io.IOException unusable) {
      throw new IllegalStateException(unusable);
    }
  }

  static TestServer start(HttpServerSettings.Builder settings) {
    return new TestServer(Transport.best(), settings);
  }

  static TestServer start() {
    return start(HttpServerSettings.builder());
  }

  RawClient connect() throws java.io.IOException {
    return RawClient.connect(server.port());
  }

  Held nextHeld() throws InterruptedException {
    Held next = held.poll(20, TimeUnit.SECONDS);
    assertThat(next).as("a request that reached the handler").isNotNull();
    return java.util.Objects.requireNonNull(next);
  }

  String nextGone() throws InterruptedException {
    String next = gone.poll(20, TimeUnit.SECONDS);
    assertThat(next).as("a client that went").isNotNull();
    return java.util.Objects.requireNonNull(next);
  }

  static Reply text(String text) {
    return Reply.of(200, "text/plain", text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }

  private Router routes(int lane) {
    return Router.builder(REFUSALS)
        .route(HttpMethod.GET, "/hello", answering("hello"))
        .route(HttpMethod.GET, "/lane", answering(String.valueOf(lane)))
        .route(HttpMethod.POST, "/echo", Echo::new)
        .route(HttpMethod.GET, "/held", this::hold)
        .route(HttpMethod.POST, "/held", this::hold)
        .route(HttpMethod.GET, "/streamed", TestServer::stream)
        .route(
            HttpMethod.GET,
            "/huge/{bytes}",
            (request, response) -> new Flood(request, response, this))
        .route(HttpMethod.POST, "/early", answering("enough"))
        .route(HttpMethod.GET, "/items/{id}", TestServer::showParameters)
        .route(
            HttpMethod.POST,
            "/throws",
            (request, response) -> {
              throw new IllegalStateException("secret detail");
            })
        .route(HttpMethod.POST, "/whole", whole(1024))
        .route(HttpMethod.GET, "/whole", whole(1024))
        .build();
  }

  private static Handler answering(String text) {
    return (request, response) -> {
      response.send(text(text));
      return new Ignoring();
    };
  }

  private static RequestSink showParameters(ServerRequest request, ServerResponse response) {
    response.send(text(request.pathParameters() + "?" + request.query()));
    return new Ignoring();
  }

  private RequestSink hold(ServerRequest request, ServerResponse response) {
    return new Ignoring() {
      @Override
      public void onBodyEnd() {
        held.add(new Held(request, response));
      }

      @Override
      public void onClientGone() {
        gone.add(request.id().value());
      }
    };
  }

  /** Two pieces and a trailer, without a length. */
  private static RequestSink stream(ServerRequest request, ServerResponse response) {
    response.head(HttpResponseStatus.OK, new DefaultHttpHeaders());
    response.body(ascii("one,"));
    response.body(ascii("two"));
    HttpHeaders trailers = new DefaultHttpHeaders();
    trailers.set("x-trailer", "three");
    response.end(trailers);
    return new Ignoring();
  }

  private static Handler whole(int bodyBytesMax) {
    Door door =
        (request, query, body) -> {
          if ("throw".equals(query.first("do"))) {
            throw new IllegalStateException("secret detail");
          }
          if ("fail".equals(query.first("do"))) {
            return CompletableFuture.failedFuture(new IllegalStateException("secret detail"));
          }
          return CompletableFuture.supplyAsync(
              () -> Reply.of(200, "text/plain", body).with("x-names", query.names().toString()));
        };
    return new WholeBodyHandler(door, REFUSALS, bodyBytesMax);
  }

  static ByteBuf ascii(String text) {
    return Unpooled.copiedBuffer(text, java.nio.charset.StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    server.stop().toCompletableFuture().join();
    group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    assertThat(listener.closed.get()).isEqualTo(listener.opened.get());
    leaks.close();
  }

  /** Releases what comes. */
  static class Ignoring implements RequestSink {
    @Override
    public void onBody(ByteBuf piece) {
      piece.release();
    }

    @Override
    public void onBodyEnd() {}

    @Override
    public void onClientGone() {}
  }

  /** Sends back what comes, as it comes. */
  private static final class Echo extends Ignoring {
    private final ServerResponse response;
    private @Nullable HttpHeaders headers = new DefaultHttpHeaders();

    Echo(ServerRequest request, ServerResponse response) {
      this.response = response;
    }

    private void start() {
      if (headers != null) {
        response.head(HttpResponseStatus.OK, headers);
        headers = null;
      }
    }

    @Override
    public void onBody(ByteBuf piece) {
      start();
      response.body(piece);
      response.flush();
    }

    @Override
    public void onBodyEnd() {
      start();
      response.end(EmptyHttpHeaders.INSTANCE);
    }
  }

  /** Sends as much as is asked for, as fast as the client takes it; watches what waits. */
  static final class Flood extends Ignoring {
    static final int PIECE_BYTES = 16 * 1024;
    static volatile long pendingBytesMax;

    private final ServerResponse response;
    private final TestServer server;
    private final String id;
    private long left;

    Flood(ServerRequest request, ServerResponse response, TestServer server) {
      this.response = response;
      this.server = server;
      this.id = request.id().value();
      this.left =
          Long.parseLong(java.util.Objects.requireNonNull(request.pathParameters().get("bytes")));
      response.head(HttpResponseStatus.OK, new DefaultHttpHeaders().set("content-length", left));
    }

    @Override
    public void onBodyEnd() {
      write();
    }

    @Override
    public void onWritable() {
      write();
    }

    private void write() {
      while (left > 0 && response.isWritable()) {
        int bytes = (int) Math.min(PIECE_BYTES, left);
        left -= bytes;
        response.body(
            ((OpenResponse) response).channel().alloc().directBuffer(bytes).writeZero(bytes));
        io.netty.channel.ChannelOutboundBuffer buffer =
            ((OpenResponse) response).channel().unsafe().outboundBuffer();
        if (buffer != null) {
          pendingBytesMax = Math.max(pendingBytesMax, buffer.totalPendingWriteBytes());
        }
      }
      if (left == 0) {
        left = -1;
        response.end(EmptyHttpHeaders.INSTANCE);
      } else {
        response.flush();
      }
    }

    @Override
    public void onClientGone() {
      server.gone.add(id);
    }
  }
}
