package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.FrameClient.StreamAnswer;
import dev.tollgate.testing.RawFrame;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Error;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests and answers on the streams of an HTTP/2 connection. */
@SuppressWarnings("NullAway.Init")
class StreamsExchangeTest {
  private static TestServer server;
  private FrameClient client;

  @BeforeAll
  static void start() {
    server = TestServer.start(HttpServerSettings.builder().discardMillisMax(500));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void connect() throws Exception {
    client = FrameClient.connect(server.server.port());
  }

  @AfterEach
  void hangUp() throws Exception {
    client.close();
    assertThat(server.listener.faults).isEmpty();
  }

  @Test
  void get_isAnsweredWhole() throws Exception {
    StreamAnswer answer = client.get(1, "/hello").answer(1);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("hello");
    assertThat(answer.header("content-length")).isEqualTo("5");
    assertThat(answer.header("content-type")).isEqualTo("text/plain");
    assertThat(answer.header("x-request-id")).startsWith("req_");
    assertThat(answer.header("date")).isEqualTo("Thu, 05 Mar 2026 12:00:00 GMT");
    assertThat(answer.reset).isNull();
  }

  @Test
  void parametersAndQuery_areThoseOfThePath() throws Exception {
    StreamAnswer answer = client.get(1, "/items/a%2fb?c=d").answer(1);
    assertThat(answer.body()).isEqualTo("{id=a/b}?c=d");
  }

  @Test
  void head_hasTheHeadersOfABodyAndNone() throws Exception {
    StreamAnswer answer = client.head(1, true, FrameClient.request("HEAD", "/hello")).answer(1);
    assertThat(answer.header("content-length")).isEqualTo("5");
    assertThat(answer.body()).isEmpty();
    StreamAnswer streamed =
        client.head(3, true, FrameClient.request("HEAD", "/streamed")).answer(3);
    assertThat(streamed.status()).isEqualTo(200);
    assertThat(streamed.body()).isEmpty();
    assertThat(streamed.trailers).isNull();
  }

  @Test
  void options_isAnsweredWithoutABody() throws Exception {
    StreamAnswer answer = client.head(1, true, FrameClient.request("OPTIONS", "/hello")).answer(1);
    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("allow")).contains("GET");
    assertThat(answer.header("content-length")).isNull();
    assertThat(client.head(3, true, FrameClient.request("OPTIONS", "*")).answer(3).status())
        .isEqualTo(204);
  }

  @Test
  void body_inPieces_comesBack_andItsTrailersAreDropped() throws Exception {
    client.post(1, "/echo").data(1, "one,", false).data(1, "two", false);
    client.frame(
        RawFrame.HEADERS,
        RawFrame.END_HEADERS | RawFrame.END_STREAM,
        1,
        client.block("x-sum", "6"));
    assertThat(client.answer(1).body()).isEqualTo("one,two");
  }

  @Test
  void body_paddedAndInAnEmptyLastFrame_comesBack() throws Exception {
    client.post(1, "/echo");
    client.frame(RawFrame.DATA, 0x8, 1, new byte[] {3, 'a', 'b', 0, 0, 0});
    client.data(1, "", true);
    assertThat(client.answer(1).body()).isEqualTo("ab");
  }

  @Test
  void body_ofMegabytes_getsItsWindowsBack() throws Exception {
    String piece = "x".repeat(16 * 1024);
    client.post(1, "/whole", "content-length", "" + 64 * piece.length());
    for (int i = 0; i < 64; i++) {
      client.data(1, piece, i == 63);
    }
    StreamAnswer answer = client.answer(1);
    assertThat(answer.status()).as("more than this route takes").isEqualTo(413);
    for (int stream = 3; stream < 9; stream += 2) {
      client.post(stream, "/echo");
      for (int i = 0; i < 16; i++) {
        client.data(stream, piece, i == 15);
      }
      assertThat(client.wholeAnswer(stream).bytes.size()).isEqualTo(16 * piece.length());
    }
    assertThat(client.soFar(0).windowUpdates).as("of the connection").isPositive();
  }

  @Test
  void streamedAnswer_carriesItsTrailers() throws Exception {
    StreamAnswer answer = client.get(1, "/streamed").answer(1);
    assertThat(answer.body()).isEqualTo("one,two");
    assertThat(Objects.requireNonNull(answer.trailers).get("x-trailer")).hasToString("three");
    assertThat(answer.header("transfer-encoding")).isNull();
  }

  @Test
  void cookies_areJoined_andTheAuthorityIsTheHost() throws Exception {
    client.get(1, "/held", "cookie", "a=b", "cookie", "c=d", "te", "trailers");
    TestServer.Held held = server.nextHeld();
    assertThat(held.request().headers().getAll("cookie")).containsExactly("a=b; c=d");
    assertThat(held.request().headers().getAll("host")).containsExactly("a.example");
    assertThat(held.request().headers().names()).noneMatch(name -> name.startsWith(":"));
    held.answer("");
    assertThat(client.answer(1).status()).isEqualTo(200);
  }

  @Test
  void contentLength_saidTwiceAlike_isSaidOnce() throws Exception {
    client.post(1, "/held", "content-length", "2", "content-length", "2").data(1, "ab", true);
    TestServer.Held held = server.nextHeld();
    assertThat(held.request().headers().getAll("content-length")).containsExactly("2");
    held.answer("");
    assertThat(client.answer(1).status()).isEqualTo(200);
  }

  @Test
  void expectation_isMet_andFinalAnswersNeedNone() throws Exception {
    client.post(1, "/echo", "expect", "100-continue");
    StreamAnswer answer = client.until(1, () -> !client.soFar(1).interims.isEmpty());
    assertThat(answer.interims.getFirst().status()).hasToString("100");
    client.data(1, "ok", true);
    assertThat(client.answer(1).body()).isEqualTo("ok");
    StreamAnswer early = client.post(3, "/early", "expect", "100-continue").answer(3);
    assertThat(early.interims).isEmpty();
    assertThat(early.body()).isEqualTo("enough");
  }

  @Test
  void interimOfAHandler_comesBeforeItsAnswer() throws Exception {
    client.get(1, "/held");
    TestServer.Held held = server.nextHeld();
    held.run(
        () ->
            held.response()
                .interim(
                    HttpResponseStatus.valueOf(103),
                    new DefaultHttpHeaders().set("Link", "</style>").set("Connection", "close")));
    held.answer("after");
    StreamAnswer answer = client.answer(1);
    assertThat(answer.interims).hasSize(1);
    assertThat(answer.interims.getFirst().get("link")).hasToString("</style>");
    assertThat(answer.interims.getFirst().contains("connection")).isFalse();
    assertThat(answer.body()).isEqualTo("after");
  }

  @Test
  void headersOfTheConnection_neverGoOut_andNamesAreInLowerCase() throws Exception {
    client.get(1, "/held");
    TestServer.Held held = server.nextHeld();
    held.run(
        () -> {
          held.response()
              .head(
                  HttpResponseStatus.OK,
                  new DefaultHttpHeaders()
                      .set("Connection", "keep-alive")
                      .set("Keep-Alive", "timeout=5")
                      .set("Transfer-Encoding", "chunked")
                      .set("Upgrade", "h2c")
                      .set("X-Mixed", "Kept"));
          held.response().end(EmptyHttpHeaders.INSTANCE);
        });
    StreamAnswer answer = client.answer(1);
    assertThat(answer.header("x-mixed")).isEqualTo("Kept");
    for (String name : new String[] {"connection", "keep-alive", "transfer-encoding", "upgrade"}) {
      assertThat(answer.header(name)).as(name).isNull();
    }
  }

  @Test
  void abort_midway_resetsTheStreamAndNoOther() throws Exception {
    client.get(1, "/held").get(3, "/held");
    TestServer.Held one = server.nextHeld();
    TestServer.Held other = server.nextHeld();
    one.run(
        () -> {
          one.response().head(HttpResponseStatus.OK, new DefaultHttpHeaders());
          one.response().body(TestServer.ascii("half"));
          one.response().abort();
        });
    StreamAnswer broken = client.answer(1);
    assertThat(broken.reset).isEqualTo(Http2Error.INTERNAL_ERROR);
    assertThat(broken.ended).isFalse();
    assertThat(broken.body()).as("what was written still goes out").isEqualTo("half");
    other.answer("whole");
    assertThat(client.answer(3).body()).isEqualTo("whole");
  }

  @Test
  void answer_longerOrShorterThanItSaid_isBroken() throws Exception {
    for (int stream = 1; stream <= 3; stream += 2) {
      client.get(stream, "/held");
      TestServer.Held held = server.nextHeld();
      String body = stream == 1 ? "four" : "no";
      held.run(
          () -> {
            held.response()
                .head(HttpResponseStatus.OK, new DefaultHttpHeaders().set("content-length", 3));
            held.response().body(TestServer.ascii(body));
            held.response().end(EmptyHttpHeaders.INSTANCE);
          });
      assertThat(client.answer(stream).reset).isEqualTo(Http2Error.INTERNAL_ERROR);
    }
  }

  @Test
  void handler_thatThrows_isAFaultOfOursAndOfOneStream() throws Exception {
    StreamAnswer answer = client.post(1, "/throws").data(1, "x", true).answer(1);
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).contains("internal_error").doesNotContain("secret");
    assertThat(server.listener.faults.poll()).hasMessage("secret detail");
    assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
  }

  @Test
  void reset_byTheClient_isToldTheHandler() throws Exception {
    client.get(1, "/held");
    TestServer.Held held = server.nextHeld();
    client.reset(1, Http2Error.CANCEL);
    assertThat(server.nextGone()).isEqualTo(held.request().id().value());
    held.answer("to nobody");
    assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
    assertThat(client.soFar(1).reset).as("a reset is not answered with one").isNull();
  }

  @Test
  void reset_withAnAnswerUnderWay_isToldTheHandler() throws Exception {
    client.get(1, "/huge/10000000");
    client.until(1, () -> client.soFar(1).bytes.size() > 60_000);
    client.reset(1, Http2Error.CANCEL);
    assertThat(server.nextGone()).startsWith("req_");
    assertThat(client.get(3, "/hello").window(0, 100_000).answer(3).body()).isEqualTo("hello");
    assertThat(client.soFar(1).reset).isNull();
  }

  @Test
  void connection_gone_isToldEveryHandler() throws Exception {
    client.get(1, "/held").get(3, "/held").post(5, "/held").data(5, "a", false);
    server.nextHeld();
    server.nextHeld();
    client.hangUp();
    server.nextGone();
    server.nextGone();
    server.nextGone();
  }

  @Test
  void answer_beforeTheBodyIsComplete_letsItEnd() throws Exception {
    client.post(1, "/early").data(1, "some", false);
    assertThat(client.answer(1).body()).isEqualTo("enough");
    client.data(1, "more", false).data(1, "last", true);
    assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
    assertThat(client.soFar(1).reset).isNull();
  }

  @Test
  void answer_beforeABodyThatNeverEnds_endsItWithoutAnError() throws Exception {
    client.post(1, "/early").data(1, "some", false);
    assertThat(client.answer(1).body()).isEqualTo("enough");
    client.until(1, () -> client.soFar(1).reset != null);
    assertThat(client.soFar(1).reset).isEqualTo(Http2Error.NO_ERROR);
  }

  @Test
  void oneSlowStream_stopsNoOther() throws Exception {
    client.get(1, "/huge/1000000").get(3, "/huge/1000000");
    client.window(0, 10_000_000);
    client.until(1, () -> client.soFar(1).bytes.size() == 65_535);
    client.until(3, () -> client.soFar(3).bytes.size() == 65_535);
    // From here on the first stream's window stays shut.
    client.window(3, 10_000_000);
    assertThat(client.answer(3).bytes.size()).isEqualTo(1_000_000);
    assertThat(client.get(5, "/hello").answer(5).body()).isEqualTo("hello");
    assertThat(client.soFar(1).bytes.size()).isEqualTo(65_535);
    client.window(1, 10_000_000);
    assertThat(client.answer(1).bytes.size()).isEqualTo(1_000_000);
  }

  @Test
  void connectionWindow_bounds_allStreamsTogether() throws Exception {
    client.settings(RawFrame.INITIAL_WINDOW_SIZE, 1 << 30);
    client.get(1, "/huge/1000000").get(3, "/huge/1000000");
    client.until(1, () -> client.soFar(1).bytes.size() + client.soFar(3).bytes.size() == 65_535);
    client.window(0, 2_000_000);
    assertThat(client.answer(1).bytes.size()).isEqualTo(1_000_000);
    assertThat(client.answer(3).bytes.size()).isEqualTo(1_000_000);
  }

  @Test
  void settings_midway_openTheWindowsOfStreams() throws Exception {
    client.settings(RawFrame.INITIAL_WINDOW_SIZE, 10).window(0, 1_000_000);
    client.get(1, "/huge/100000");
    client.until(1, () -> client.soFar(1).bytes.size() == 10);
    client.settings(RawFrame.INITIAL_WINDOW_SIZE, 0);
    client.settings(RawFrame.INITIAL_WINDOW_SIZE, 50_000);
    client.until(1, () -> client.soFar(1).bytes.size() == 50_000);
    client.settings(RawFrame.INITIAL_WINDOW_SIZE, 1_000_000);
    assertThat(client.answer(1).bytes.size()).isEqualTo(100_000);
  }

  @Test
  void fastHandler_isHeldBackByTheWatermark_howeverLargeTheWindows() throws Exception {
    TestServer.Flood.pendingBytesMax = 0;
    client.settings(RawFrame.INITIAL_WINDOW_SIZE, Integer.MAX_VALUE);
    client.window(0, Integer.MAX_VALUE - 65_535);
    assertThat(client.get(1, "/huge/20000000").answer(1).bytes.size()).isEqualTo(20_000_000);
    assertThat(TestServer.Flood.pendingBytesMax)
        .isLessThan(256 * 1024 + 2 * 64 * 1024 + TestServer.Flood.PIECE_BYTES);
  }

  @Test
  void framesOfNoUse_areIgnored() throws Exception {
    client.frame(RawFrame.PRIORITY, 0, 9, new byte[] {0, 0, 0, 3, 16});
    client.frame(0x42, 0xff, 0, new byte[] {1, 2, 3});
    client.post(1, "/echo");
    client.frame(0x42, 0xff, 1, new byte[100]);
    client.frame(RawFrame.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 16});
    client.data(1, "ok", true);
    assertThat(client.answer(1).body()).isEqualTo("ok");
    assertThat(client.ping().get(3, "/hello").answer(3).body()).isEqualTo("hello");
  }

  @Test
  void head_inContinuations_isOne() throws Exception {
    byte[] block = client.block(FrameClient.request("GET", "/hello"));
    client.frame(RawFrame.HEADERS, RawFrame.END_STREAM, 1, java.util.Arrays.copyOf(block, 5));
    client.frame(RawFrame.CONTINUATION, 0, 1, new byte[0]);
    client.frame(
        RawFrame.CONTINUATION,
        RawFrame.END_HEADERS,
        1,
        java.util.Arrays.copyOfRange(block, 5, block.length));
    assertThat(client.answer(1).body()).isEqualTo("hello");
  }

  @Test
  void manyStreams_atOnce_getTheirOwnAnswers() throws Exception {
    for (int stream = 1; stream < 200; stream += 2) {
      client.post(stream, "/echo").data(stream, "of " + stream, false);
    }
    for (int stream = 199; stream > 0; stream -= 2) {
      client.data(stream, ".", true);
    }
    for (int stream = 1; stream < 200; stream += 2) {
      assertThat(client.answer(stream).body()).isEqualTo("of " + stream + ".");
    }
  }

  @Test
  void answer_fromAnotherThread_arrives() throws Exception {
    client.get(1, "/whole?a=b");
    assertThat(client.answer(1).header("x-names")).isEqualTo("[a]");
    client.get(3, "/held");
    TestServer.Held held = server.nextHeld();
    CompletableFuture.runAsync(() -> held.answer("from afar")).join();
    assertThat(client.answer(3).body()).isEqualTo("from afar");
  }
}
