package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.FrameClient.StreamAnswer;
import dev.tollgate.testing.RawFrame;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What one client may cost over HTTP/2, and how a connection with streams ends. */
class StreamsBoundsTest {
  private static final Http2Bounds USUAL = Http2Bounds.DEFAULT;

  private static HttpServerSettings.Builder streams(int streamsMax) {
    return HttpServerSettings.builder()
        .http2(
            new Http2Bounds(
                true,
                streamsMax,
                USUAL.frameBytesMax(),
                USUAL.streamWindowBytes(),
                USUAL.connectionWindowBytes(),
                USUAL.resetsMax(),
                USUAL.controlFramesMax(),
                USUAL.floodMillis()));
  }

  private static HttpServerSettings.Builder floods(int resetsMax, int controlFramesMax) {
    return HttpServerSettings.builder()
        .http2(
            new Http2Bounds(
                true,
                USUAL.streamsMax(),
                USUAL.frameBytesMax(),
                USUAL.streamWindowBytes(),
                USUAL.connectionWindowBytes(),
                resetsMax,
                controlFramesMax,
                600_000));
  }

  private static FrameClient connect(TestServer server) throws Exception {
    return FrameClient.connect(server.server.port());
  }

  private static void assertCalmed(FrameClient client) throws Exception {
    assertThat(client.goAway().error()).isEqualTo(Http2Error.ENHANCE_YOUR_CALM);
    client.readToEnd();
  }

  @Test
  void bounds_areTold() throws Exception {
    try (TestServer server = TestServer.start(streams(7).headBytesMax(5000));
        FrameClient client = connect(server)) {
      client.get(1, "/hello").answer(1);
      assertThat(client.settings)
          .containsEntry(RawFrame.MAX_CONCURRENT_STREAMS, 7L)
          .containsEntry(RawFrame.INITIAL_WINDOW_SIZE, (long) USUAL.streamWindowBytes())
          .containsEntry(RawFrame.MAX_HEADER_LIST_SIZE, 5000L);
      assertThat(client.soFar(0).windowUpdates).as("the connection's window").isPositive();
    }
  }

  @Test
  void streams_beyondTheBound_areRefused_untilOthersEnd() throws Exception {
    try (TestServer server = TestServer.start(streams(2));
        FrameClient client = connect(server)) {
      client.get(1, "/held").get(3, "/held");
      TestServer.Held one = server.nextHeld();
      TestServer.Held other = server.nextHeld();
      client.post(5, "/echo").data(5, "refused", true);
      assertThat(client.answer(5).reset).isEqualTo(Http2Error.REFUSED_STREAM);
      one.answer("one");
      assertThat(client.answer(1).body()).isEqualTo("one");
      assertThat(client.get(7, "/hello").answer(7).body()).isEqualTo("hello");
      other.answer("other");
      assertThat(client.answer(3).body()).isEqualTo("other");
      assertThat(client.goAways).isEmpty();
    }
  }

  @Test
  void resets_tooMany_endTheConnection() throws Exception {
    try (TestServer server = TestServer.start(floods(50, 1000));
        FrameClient client = connect(server)) {
      for (int stream = 1; stream < 102; stream += 2) {
        client.get(stream, "/held").reset(stream, Http2Error.CANCEL);
      }
      assertCalmed(client);
    }
  }

  @Test
  void resets_within_theBound_endNothing() throws Exception {
    try (TestServer server = TestServer.start(floods(50, 1000));
        FrameClient client = connect(server)) {
      for (int stream = 1; stream < 100; stream += 2) {
        client.get(stream, "/held").reset(stream, Http2Error.CANCEL);
      }
      assertThat(client.get(101, "/hello").answer(101).body()).isEqualTo("hello");
    }
  }

  /** A client can have streams reset without sending a RST_STREAM itself. */
  @Test
  void faultyStreams_tooMany_endTheConnection() throws Exception {
    try (TestServer server = TestServer.start(floods(50, 1000));
        FrameClient client = connect(server)) {
      for (int stream = 1; stream < 102; stream += 2) {
        client.get(stream, "/held").window(stream, 0);
      }
      assertCalmed(client);
    }
  }

  @Test
  void frames_ofNoUse_tooMany_endTheConnection() throws Exception {
    byte[][] useless = {
      new RawFrame(RawFrame.PING, 0, 0, new byte[8]).bytes(),
      new RawFrame(RawFrame.SETTINGS, 0, 0, new byte[0]).bytes(),
      new RawFrame(RawFrame.PRIORITY, 0, 9, new byte[] {0, 0, 0, 1, 1}).bytes(),
      new RawFrame(RawFrame.DATA, 0, 3, new byte[0]).bytes(),
      new RawFrame(0x77, 0, 9, new byte[1]).bytes()
    };
    try (TestServer server = TestServer.start(floods(50, 100))) {
      for (byte[] frame : useless) {
        try (FrameClient client = connect(server)) {
          client.post(3, "/echo").get(5, "/held");
          server.nextHeld();
          for (int i = 0; i < 101; i++) {
            client.send(frame);
          }
          assertCalmed(client);
          server.nextGone();
        }
      }
    }
  }

  @Test
  void continuations_smallAndTooMany_endTheConnection() throws Exception {
    try (TestServer server = TestServer.start();
        FrameClient client = connect(server)) {
      client.frame(RawFrame.HEADERS, 0, 1, new byte[0]);
      for (int i = 0; i < 20; i++) {
        client.frame(RawFrame.CONTINUATION, 0, 1, new byte[0]);
      }
      assertCalmed(client);
    }
  }

  @Test
  void preface_thatDoesNotCome_endsTheConnection() throws Exception {
    try (TestServer server =
            TestServer.start(HttpServerSettings.builder().handshakeMillisMax(150));
        FrameClient begun = FrameClient.silent(server.server.port());
        FrameClient half = FrameClient.silent(server.server.port())) {
      begun.send(java.util.Arrays.copyOf(RawFrame.preface(), 5)).readToEnd();
      half.acknowledgingNothing().send(RawFrame.preface());
      assertCalmed(half);
    }
  }

  @Test
  void connection_idle_isClosed_whateverItSays() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().idleMillisMax(300));
        FrameClient silent = FrameClient.silent(server.server.port());
        FrameClient unused = connect(server);
        FrameClient used = connect(server)) {
      assertThat(used.get(1, "/hello").answer(1).body()).isEqualTo("hello");
      assertThat(used.ping().goAway().error()).isEqualTo(Http2Error.NO_ERROR);
      assertThat(used.goAways.getLast().lastStream()).isEqualTo(1);
      used.readToEnd();
      assertThat(unused.goAway().error()).isEqualTo(Http2Error.NO_ERROR);
      unused.readToEnd();
      silent.readToEnd();
    }
  }

  @Test
  void connection_withAnOpenStream_isNotIdle() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().idleMillisMax(100));
        FrameClient client = connect(server)) {
      client.get(1, "/held");
      TestServer.Held held = server.nextHeld();
      assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
      Thread.sleep(400);
      held.answer("at last");
      assertThat(client.answer(1).body()).isEqualTo("at last");
      assertThat(client.goAway().error()).isEqualTo(Http2Error.NO_ERROR);
    }
  }

  @Test
  void head_thatNeverEnds_endsTheConnection() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().headMillisMax(200));
        FrameClient inFrames = connect(server);
        FrameClient inOne = connect(server)) {
      byte[] block = inFrames.block(FrameClient.request("GET", "/hello"));
      inFrames.acknowledgingNothing().frame(RawFrame.HEADERS, RawFrame.END_STREAM, 1, block);
      assertCalmed(inFrames);
      byte[] frame = new RawFrame(RawFrame.HEADERS, 5, 3, block).bytes();
      inOne.acknowledgingNothing().get(1, "/held");
      inOne.send(java.util.Arrays.copyOf(frame, frame.length - 1));
      assertCalmed(inOne);
      server.nextGone();
    }
  }

  @Test
  void body_thatStops_isRefused_andTheHandlerTold() throws Exception {
    try (TestServer server =
            TestServer.start(
                HttpServerSettings.builder().bodyIdleMillisMax(200).discardMillisMax(100));
        FrameClient client = connect(server)) {
      client.post(1, "/held").data(1, "some", false);
      StreamAnswer answer = client.answer(1);
      assertThat(answer.status()).isEqualTo(408);
      assertThat(server.nextGone()).startsWith("req_");
      client.until(1, () -> client.soFar(1).reset != null);
      assertThat(answer.reset).isEqualTo(Http2Error.NO_ERROR);
      assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
    }
  }

  @Test
  void restOfABody_isReadWithinBounds() throws Exception {
    try (TestServer server =
            TestServer.start(
                HttpServerSettings.builder().discardBytesMax(10_000).discardMillisMax(60_000));
        FrameClient client = connect(server)) {
      client.post(1, "/early").data(1, "x".repeat(9_000), false);
      assertThat(client.answer(1).body()).isEqualTo("enough");
      client.data(1, "x".repeat(9_000), false);
      client.until(1, () -> client.soFar(1).reset != null);
      assertThat(client.soFar(1).reset).isEqualTo(Http2Error.NO_ERROR);
      client.post(3, "/early", "content-length", "10001");
      assertThat(client.answer(3).body()).isEqualTo("enough");
      client.until(3, () -> client.soFar(3).reset != null);
      assertThat(client.soFar(3).reset).isEqualTo(Http2Error.NO_ERROR);
    }
  }

  @Test
  void client_thatOpensNoWindow_losesTheStreamAndNoOther() throws Exception {
    try (TestServer server =
            TestServer.start(HttpServerSettings.builder().writeStallMillisMax(200));
        FrameClient client = connect(server)) {
      client.window(0, 1_000_000).get(1, "/huge/1000000").get(3, "/held");
      TestServer.Held held = server.nextHeld();
      StreamAnswer stalled = client.answer(1);
      assertThat(stalled.bytes.size()).isEqualTo(65_535);
      assertThat(stalled.reset).isEqualTo(Http2Error.ENHANCE_YOUR_CALM);
      assertThat(server.nextGone()).startsWith("req_");
      held.answer("fine");
      assertThat(client.answer(3).body()).isEqualTo("fine");
    }
  }

  @Test
  void client_thatReadsNothing_isClosed() throws Exception {
    try (TestServer server =
            TestServer.start(HttpServerSettings.builder().writeStallMillisMax(200));
        FrameClient client = FrameClient.silent(server.server.port(), 4096)) {
      client.preface(RawFrame.INITIAL_WINDOW_SIZE, Integer.MAX_VALUE);
      client.window(0, Integer.MAX_VALUE - 65_535).get(1, "/huge/1000000000");
      assertThat(server.nextGone()).startsWith("req_");
    }
  }

  /** Refusals are short and wait for no window: they must not heap up behind a client either. */
  @Test
  void client_thatAsksWithoutReading_isNotReadFrom() throws Exception {
    try (TestServer server =
            TestServer.start(
                HttpServerSettings.builder()
                    .lowWatermarkBytes(8 * 1024)
                    .highWatermarkBytes(16 * 1024)
                    .writeStallMillisMax(500));
        FrameClient client = FrameClient.silent(server.server.port(), 4096)) {
      client.preface();
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> {
                for (int stream = 1; stream < 20_000_000; stream += 2) {
                  client.get(stream, "/nowhere");
                }
              })
          .isInstanceOf(java.io.IOException.class);
    }
  }

  @Test
  void stop_letsStreamsEnd_andTakesNoMore() throws Exception {
    try (TestServer server = TestServer.start();
        FrameClient client = connect(server).acknowledgingNothing()) {
      client.get(1, "/held");
      TestServer.Held held = server.nextHeld();
      CompletionStage<?> stopped = server.server.stop();
      FrameClient.GoAway first = client.goAway();
      assertThat(first.error()).isEqualTo(Http2Error.NO_ERROR);
      assertThat(first.lastStream()).isEqualTo(Integer.MAX_VALUE);
      // Sent before the client could know.
      assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
      assertThat(client.goAway().lastStream()).isEqualTo(3);
      client.post(5, "/echo").data(5, "too", false);
      assertThat(client.answer(5).reset).isEqualTo(Http2Error.REFUSED_STREAM);
      client.data(5, "late", true);
      assertThat(stopped.toCompletableFuture()).isNotDone();
      held.answer("last words");
      assertThat(client.answer(1).body()).isEqualTo("last words");
      client.readToEnd();
      client.hangUp();
      stopped.toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(client.goAways).hasSize(2);
    }
  }

  @Test
  void stop_ofAConnectionWithoutStreams_isAtOnce() throws Exception {
    try (TestServer server = TestServer.start();
        FrameClient client = connect(server)) {
      client.get(1, "/hello").answer(1);
      CompletionStage<?> stopped = server.server.stop();
      assertThat(client.goAway().lastStream()).isEqualTo(Integer.MAX_VALUE);
      assertThat(client.goAway().lastStream()).isEqualTo(1);
      client.readToEnd();
      client.hangUp();
      stopped.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void stop_doesNotWaitForEver() throws Exception {
    try (TestServer server = TestServer.start(HttpServerSettings.builder().drainMillisMax(100));
        FrameClient client = connect(server)) {
      client.get(1, "/held");
      TestServer.Held held = server.nextHeld();
      server.server.stop().toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(server.nextGone()).isEqualTo(held.request().id().value());
      client.readToEnd();
    }
  }

  @Test
  void faults_areCounted_byTheirCode() throws Exception {
    try (TestServer server = TestServer.start();
        FrameClient client = connect(server)) {
      client.frame(RawFrame.DATA, 0, 0, new byte[1]).goAway();
      client.readToEnd();
      assertThat(server.listener.broken).containsExactly("PROTOCOL_ERROR");
    }
  }
}
