package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slow, greedy and vanishing clients; and stopping. */
class HttpServerBoundsTest {
  private static final String HOST = " HTTP/1.1\r\nHost: a\r\n";

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answer_toASlowReader_waitsWithinTheWatermarks(Transport transport) throws Exception {
    long bytes = 256L * 1024 * 1024;
    int high = 256 * 1024;
    TestServer.Flood.pendingBytesMax = 0;
    try (TestServer server =
            new TestServer(
                transport,
                HttpServerSettings.builder()
                    .lowWatermarkBytes(64 * 1024)
                    .highWatermarkBytes(high));
        RawClient client = RawClient.connect(server.server.port(), 16 * 1024)) {
      client.send("GET /huge/" + bytes + HOST + "\r\n");
      while (!client.readLine().isEmpty()) {}
      await(() -> TestServer.Flood.pendingBytesMax >= high); // it has to wait for us by now
      client.in().skipNBytes(bytes);
      assertThat(TestServer.Flood.pendingBytesMax)
          .isBetween((long) high, (long) high + TestServer.Flood.PIECE_BYTES + 1024);
      assertThat(client.send("GET /hello" + HOST + "\r\n").readAnswer().body()).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void client_hangingUpDuringAnAnswer_isNoticedOnce(Transport transport) throws Exception {
    try (TestServer server = new TestServer(transport, HttpServerSettings.builder())) {
      RawClient client = server.connect();
      client.send("GET /held" + HOST + "\r\n");
      TestServer.Held held = server.nextHeld();
      held.run(
          () -> {
            held.response().head(HttpResponseStatus.OK, new DefaultHttpHeaders());
            held.response().body(TestServer.ascii("begin"));
            held.response().flush();
          });
      assertThat(client.readLine()).contains("200");
      client.close();
      assertThat(server.nextGone()).isEqualTo(held.request().id().value());
      CompletableFuture<@org.jspecify.annotations.Nullable Void> written =
          new CompletableFuture<>();
      held.run(
          () -> {
            held.response().body(TestServer.ascii("swallowed"));
            held.response().end(EmptyHttpHeaders.INSTANCE);
            held.response().abort();
            written.complete(null);
          });
      written.get(20, TimeUnit.SECONDS);
      assertThat(server.gone).isEmpty();
      assertThat(server.listener.faults).isEmpty();
    }
  }

  @Test
  void client_resettingBehindPipelinedRequests_isNoticed() throws Exception {
    try (TestServer server = TestServer.start()) {
      RawClient client = server.connect();
      client.send(("GET /held" + HOST + "\r\n").repeat(3));
      TestServer.Held held = server.nextHeld();
      client.reset();
      assertThat(server.nextGone()).isEqualTo(held.request().id().value());
      assertThat(server.held).isEmpty();
    }
  }

  @Test
  void pipelined_beyondTheBound_isNotRead() throws Exception {
    try (TestServer server =
            TestServer.start(HttpServerSettings.builder().pipelinedBytesMax(4096));
        RawClient client = RawClient.connect(server.server.port())) {
      client.send("GET /held" + HOST + "\r\n");
      TestServer.Held held = server.nextHeld();
      io.netty.channel.Channel channel = ((OpenResponse) held.response()).channel();
      client.send(("GET /hello" + HOST + "\r\n").repeat(500));
      await(() -> !channel.config().isAutoRead());
      held.answer("first");
      assertThat(client.readAnswer().body()).isEqualTo("first");
      for (int i = 0; i < 500; i++) {
        assertThat(client.readAnswer().body()).isEqualTo("hello");
      }
    }
  }

  @Test
  void pipelined_toAClientThatDoesNotRead_areNotAnsweredAhead() throws Exception {
    try (TestServer server =
            TestServer.start(
                HttpServerSettings.builder().lowWatermarkBytes(1024).highWatermarkBytes(8192));
        RawClient client = RawClient.connect(server.server.port(), 4096)) {
      int pieceBytes = 4 * 1024 * 1024;
      TestServer.Flood.pendingBytesMax = 0;
      client.send(("GET /huge/" + pieceBytes + HOST + "\r\n").repeat(4));
      for (int i = 0; i < 4; i++) {
        assertThat(client.readAnswer().body()).hasSize(pieceBytes);
      }
      assertThat(TestServer.Flood.pendingBytesMax).isLessThan(8192 + 2 * 16 * 1024L);
    }
  }

  @Test
  void head_thatNeverEnds_isRefusedAfterAWhile() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().headMillisMax(200));
        RawClient client = server.connect()) {
      client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void head_thatDripsIn_isRefusedAllTheSame() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().headMillisMax(200));
        RawClient client = server.connect()) {
      assertThatThrownBy(
              () -> {
                client.send("GET /hello HTTP/1.1\r\n");
                for (int i = 0; i < 20_000; i++) {
                  client.send("X: y\r\n");
                  Thread.sleep(5);
                  if (client.in().available() > 0) {
                    throw new IOException(client.readLine());
                  }
                }
              })
          .hasMessageContaining("408");
    }
  }

  @Test
  void connection_idle_isClosed() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().idleMillisMax(150));
        RawClient unused = server.connect();
        RawClient used = server.connect()) {
      used.send("GET /hello" + HOST + "\r\n");
      assertThat(used.readAnswer().status()).isEqualTo(200);
      assertThat(used.isClosedByServer()).isTrue();
      assertThat(unused.isClosedByServer()).isTrue();
    }
  }

  @Test
  void body_thatStops_isRefusedAndTheHandlerTold() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().bodyIdleMillisMax(200));
        RawClient client = server.connect()) {
      client.send("POST /held" + HOST + "Content-Length: 9\r\n\r\nabc");
      assertThat(client.readAnswer().status()).isEqualTo(408);
      assertThat(server.nextGone()).startsWith("req_");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void body_malformed_isRefusedAndTheHandlerTold() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient client = server.connect()) {
      client.send("POST /held" + HOST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n");
      assertThat(client.readAnswer().status()).isEqualTo(400);
      assertThat(server.nextGone()).startsWith("req_");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void client_thatTakesNothing_isClosed() throws Exception {
    try (TestServer server =
            TestServer.start(HttpServerSettings.builder().writeStallMillisMax(200));
        RawClient client = RawClient.connect(server.server.port(), 4096)) {
      client.send("GET /huge/1000000000" + HOST + "\r\n");
      assertThat(server.nextGone()).startsWith("req_");
      assertThatThrownBy(client::readToEnd).isInstanceOf(java.net.SocketException.class);
    }
  }

  @Test
  void connections_beyondTheBound_areClosed_untilOthersAre() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().connectionsMax(2));
        RawClient one = server.connect();
        RawClient two = server.connect()) {
      assertThat(one.send("GET /hello" + HOST + "\r\n").readAnswer().status()).isEqualTo(200);
      assertThat(two.send("GET /hello" + HOST + "\r\n").readAnswer().status()).isEqualTo(200);
      try (RawClient three = server.connect()) {
        assertThat(three.isClosedByServer()).isTrue();
      }
      assertThat(server.listener.refusedConnections.get()).isEqualTo(1);
      one.reset();
      await(() -> server.listener.closed.get() == 1);
      try (RawClient four = server.connect()) {
        assertThat(four.send("GET /hello" + HOST + "\r\n").readAnswer().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void stop_letsAnswersEndAndClosesTheRest() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient idle = server.connect();
        RawClient busy = server.connect()) {
      idle.send("GET /hello" + HOST + "\r\n").readAnswer();
      busy.send("GET /held" + HOST + "\r\n");
      TestServer.Held held = server.nextHeld();
      CompletionStage<?> stopped = server.server.stop();
      assertThat(idle.isClosedByServer()).isTrue();
      assertThatThrownBy(() -> RawClient.connect(server.server.port()))
          .isInstanceOf(Exception.class);
      assertThat(stopped.toCompletableFuture()).isNotDone();
      held.answer("last words");
      RawClient.Answer answer = busy.readAnswer();
      assertThat(answer.body()).isEqualTo("last words");
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(busy.isClosedByServer()).isTrue();
      stopped.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void stop_doesNotWaitForEver() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().drainMillisMax(100));
        RawClient busy = server.connect()) {
      busy.send("GET /held" + HOST + "\r\n");
      TestServer.Held held = server.nextHeld();
      server.server.stop().toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(server.nextGone()).isEqualTo(held.request().id().value());
      assertThat(busy.isClosedByServer()).isTrue();
    }
  }

  @Test
  void reroute_servesNewRequestsByTheNewRoutes() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient client = server.connect()) {
      assertThat(client.send("GET /hello" + HOST + "\r\n").readAnswer().status()).isEqualTo(200);
      server.server.reroute(loop -> Router.builder(TestServer.REFUSALS).build());
      await(
          () -> {
            try {
              client.send("GET /hello" + HOST + "\r\n");
              return client.readAnswer().status() == 404;
            } catch (IOException lost) {
              throw new AssertionError(lost);
            }
          });
    }
  }

  @Test
  void port_taken_isSaidClearly() {
    try (TestServer server = TestServer.start()) {
      int port = server.server.port();
      assertThatThrownBy(() -> startOn(port))
          .hasRootCauseInstanceOf(IOException.class)
          .hasMessageContaining("cannot listen on 127.0.0.1:" + port);
    }
  }

  private static void startOn(int port) throws Exception {
    try (io.netty.channel.EventLoopGroup group =
        new io.netty.channel.MultiThreadIoEventLoopGroup(1, Transport.best().ioHandlerFactory())) {
      io.netty.channel.EventLoop loop = group.next();
      new HttpServer(
              HttpServerSettings.builder().host("127.0.0.1").port(port).build(),
              loop,
              java.util.List.of(loop),
              any -> Router.builder(TestServer.REFUSALS).build(),
              () -> new dev.tollgate.domain.Ids(new java.util.Random(1)),
              TestServer.NOON,
              ServerListener.NONE)
          .start()
          .toCompletableFuture()
          .join();
    }
  }

  private static void await(java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
      Thread.sleep(2);
    }
  }
}
