package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One request after the other on real sockets. */
@SuppressWarnings("NullAway.Init")
class HttpServerExchangeTest {
  private static final String HOST = " HTTP/1.1\r\nHost: a\r\n";
  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(HttpServerSettings.builder().discardBytesMax(4096).discardMillisMax(500));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void answer_hasTheServersHeaders() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /hello" + HOST + "\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("hello");
      assertThat(answer.header("date")).isEqualTo("Thu, 05 Mar 2026 12:00:00 GMT");
      assertThat(answer.header("x-request-id")).startsWith("req_");
      assertThat(answer.headers()).doesNotContainKeys("connection", "transfer-encoding");
    }
  }

  @Test
  void connection_keptAlive_servesOneAfterTheOtherOnOneLane() throws Exception {
    try (RawClient one = server.connect();
        RawClient other = server.connect()) {
      String lane = laneOf(one);
      assertThat(laneOf(other)).isNotEqualTo(lane);
      for (int i = 0; i < 5; i++) {
        assertThat(laneOf(one)).isEqualTo(lane);
      }
    }
  }

  private static String laneOf(RawClient client) throws IOException {
    return client.send("GET /lane" + HOST + "\r\n").readAnswer().body();
  }

  @Test
  void connection_closeAsked_isClosedAfterTheAnswer() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /hello" + HOST + "Connection: close\r\n\r\n");
      assertThat(client.readAnswer().header("connection")).isEqualTo("close");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void http10_withoutKeepAlive_isClosed_andStreamsUpToTheEnd() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /streamed HTTP/1.0\r\n\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(answer.headers()).doesNotContainKeys("transfer-encoding", "content-length");
      assertThat(answer.body()).isEqualTo("one,two");
    }
  }

  @Test
  void http10_withKeepAlive_isKept() throws Exception {
    try (RawClient client = server.connect()) {
      for (int i = 0; i < 2; i++) {
        client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertThat(client.readAnswer().header("connection")).isEqualTo("keep-alive");
      }
    }
  }

  @Test
  void pipelined_slowFirst_areAnsweredInOrder() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          "GET /held%sX: 1\r\n\r\nGET /hello%s\r\nPOST /echo%sContent-Length: 2\r\n\r\nabGET /lane%s\r\n"
              .formatted(HOST, HOST, HOST, HOST));
      TestServer.Held first = server.nextHeld();
      client.send("HEAD /hello" + HOST + "\r\nGET /held" + HOST + "\r\n");
      assertThat(server.held).isEmpty();
      first.answer("first");
      assertThat(client.readAnswer().body()).isEqualTo("first");
      assertThat(client.readAnswer().body()).isEqualTo("hello");
      assertThat(client.readAnswer().body()).isEqualTo("ab");
      assertThat(client.readAnswer().body()).matches("[01]");
      assertThat(client.readAnswer("HEAD").header("content-length")).isEqualTo("5");
      server.nextHeld().answer("last");
      assertThat(client.readAnswer().body()).isEqualTo("last");
    }
  }

  @Test
  void pipelined_manySmallOnes_areAllAnswered() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(("GET /hello" + HOST + "\r\n").repeat(2000));
      for (int i = 0; i < 2000; i++) {
        assertThat(client.readAnswer().body()).isEqualTo("hello");
      }
    }
  }

  @Test
  void pipelined_behindAClose_areNotAnswered() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /hello" + HOST + "Connection: close\r\n\r\nGET /hello" + HOST + "\r\n");
      assertThat(client.readAnswer().body()).isEqualTo("hello");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void pipelined_behindABrokenHead_areNotAnswered() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          "GET /hello%s\r\nGET /hello HTTP/1.1\r\n\r\nGET /hello%s\r\n".formatted(HOST, HOST));
      assertThat(client.readAnswer().status()).isEqualTo(200);
      assertThat(client.readAnswer().status()).isEqualTo(400);
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void head_isServedAsGetWithoutABody() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          "HEAD /hello" + HOST + "\r\nHEAD /streamed" + HOST + "\r\nGET /hello" + HOST + "\r\n");
      assertThat(client.readAnswer("HEAD").header("content-length")).isEqualTo("5");
      assertThat(client.readAnswer("HEAD").status()).isEqualTo(200);
      assertThat(client.readAnswer().body()).isEqualTo("hello");
    }
  }

  @Test
  void streamed_isChunkedWithTrailers() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /streamed" + HOST + "\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.header("transfer-encoding")).isEqualTo("chunked");
      assertThat(answer.body()).isEqualTo("one,two\nx-trailer: three");
    }
  }

  @ParameterizedTest
  @CsvSource({"GET,/nowhere,404", "POST,/hello,405", "BREW,/hello,405", "DELETE,/items/1,405"})
  void route_notThere_isRefusedInItsDialect(String method, String path, int status)
      throws Exception {
    try (RawClient client = server.connect()) {
      client.send(method + " " + path + HOST + "\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.body()).contains("\"path\":\"" + path + "\"");
      assertThat(answer.header("allow")).isEqualTo(status == 405 ? "GET, HEAD, OPTIONS" : null);
      assertThat(client.send("GET /hello" + HOST + "\r\n").readAnswer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"/whole,'GET, HEAD, OPTIONS, POST'", "*,'GET, HEAD, OPTIONS, POST'"})
  void options_tellsWhatIsAllowed(String target, String allowed) throws Exception {
    try (RawClient client = server.connect()) {
      client.send("OPTIONS " + target + HOST + "\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.header("allow")).isEqualTo(allowed);
      assertThat(answer.headers()).doesNotContainKeys("content-length", "transfer-encoding");
    }
  }

  @Test
  void parameters_ofPathAndQuery_reachTheHandler() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /items/a%20b?x=%zz" + HOST + "\r\n");
      assertThat(client.readAnswer().body()).isEqualTo("{id=a b}?x=%zz");
    }
  }

  @Test
  void expectContinue_isToldToGoOn() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("POST /echo" + HOST + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
      assertThat(client.readAnswer().status()).isEqualTo(100);
      assertThat(client.send("abc").readAnswer().body()).isEqualTo("abc");
      assertThat(client.send("GET /hello" + HOST + "\r\n").readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void expectContinue_answeredAtOnce_isNotToldToGoOnAndClosed() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("POST /early" + HOST + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void expectContinue_of10_isIgnored() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
      assertThat(client.readAnswer().body()).isEqualTo("abc");
    }
  }

  @Test
  void answeredEarly_smallRest_isReadAndTheConnectionGoesOn() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("POST /early" + HOST + "Content-Length: 1000\r\n\r\n" + "x".repeat(500));
      assertThat(client.readAnswer().body()).isEqualTo("enough");
      client.send("x".repeat(500) + "GET /hello" + HOST + "\r\n");
      assertThat(client.readAnswer().body()).isEqualTo("hello");
    }
  }

  @Test
  void answeredEarly_largeRest_isClosedOnceTheClientHasHadTheAnswer() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("POST /early" + HOST + "Content-Length: 100000\r\n\r\n" + "x".repeat(2000));
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.body()).isEqualTo("enough");
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void answeredEarly_endlessRest_isCutOff() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("POST /early" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
      assertThat(client.readAnswer().body()).isEqualTo("enough");
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100_000; i++) {
                  client.send("400\r\n" + "x".repeat(1024) + "\r\n");
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void wholeBody_reachesTheDoor() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(
          "POST /whole?b=1&a=2&b"
              + HOST
              + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.body()).isEqualTo("abcde");
      assertThat(answer.header("x-names")).isEqualTo("[b, a]");
      client.send("GET /whole" + HOST + "\r\n");
      assertThat(client.readAnswer().body()).isEmpty();
    }
  }

  @Test
  void wholeBody_atItsBound_isTaken_beyondIt_isRefused() throws Exception {
    try (RawClient client = server.connect()) {
      String full = "x".repeat(1024);
      client.send("POST /whole" + HOST + "Content-Length: 1024\r\n\r\n" + full);
      assertThat(client.readAnswer().body()).isEqualTo(full);
      client.send("POST /whole" + HOST + "Content-Length: 1025\r\n\r\n" + full + "x");
      RawClient.Answer announced = client.readAnswer();
      assertThat(announced.status()).isEqualTo(413);
      assertThat(announced.body()).contains("request_too_large", "/whole");
      client.send(
          "POST /whole%sTransfer-Encoding: chunked\r\n\r\n400\r\n%s\r\n1\r\nx\r\n0\r\n\r\n"
              .formatted(HOST, full));
      assertThat(client.readAnswer().status()).isEqualTo(413);
      client.send("GET /hello" + HOST + "\r\n");
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({"a=%zz", "a=%", "a=%c3%28", "a=%00"})
  void wholeBody_queryNonsense_isRefused(String query) throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /whole?" + query + HOST + "\r\n");
      assertThat(client.readAnswer().status()).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @CsvSource({"/whole?do=throw", "/whole?do=fail", "/throws"})
  void handler_failing_isAnInternalErrorWithoutDetails(String target) throws Exception {
    try (RawClient client = server.connect()) {
      client.send("POST " + target + HOST + "Content-Length: 0\r\n\r\n");
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body()).contains("internal_error").doesNotContain("secret");
    }
  }

  @Test
  void interim_isPassedOnBeforeTheAnswer() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /held" + HOST + "\r\n");
      TestServer.Held held = server.nextHeld();
      held.run(
          () ->
              held.response()
                  .interim(
                      HttpResponseStatus.EARLY_HINTS, new DefaultHttpHeaders().set("link", "x")));
      held.answer("done");
      RawClient.Answer hints = client.readAnswer();
      assertThat(hints.status()).isEqualTo(103);
      assertThat(hints.header("link")).isEqualTo("x");
      assertThat(client.readAnswer().body()).isEqualTo("done");
    }
  }

  @Test
  void abort_ofAChunkedAnswer_sendsWhatThereIsAndNoEnd() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /held" + HOST + "\r\n");
      abortAfterPiece(server.nextHeld(), new DefaultHttpHeaders());
      assertThat(client.readToEnd()).endsWith("\r\n\r\n5\r\npiece\r\n");
      assertThat(server.gone).isEmpty();
    }
  }

  @Test
  void abort_ofAnAnswerUpToTheEnd_resets() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /held HTTP/1.0\r\n\r\n");
      abortAfterPiece(server.nextHeld(), new DefaultHttpHeaders());
      assertThatThrownBy(client::readAnswer).isInstanceOf(java.net.SocketException.class);
    }
  }

  private static void abortAfterPiece(
      TestServer.Held held, io.netty.handler.codec.http.HttpHeaders headers) {
    held.run(
        () -> {
          held.response().head(HttpResponseStatus.OK, headers);
          held.response().body(TestServer.ascii("piece"));
          held.response().flush();
          held.response().abort();
        });
  }

  @Test
  void answer_shorterThanItsLength_isBroken() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /held" + HOST + "\r\n");
      TestServer.Held held = server.nextHeld();
      held.run(
          () -> {
            held.response()
                .head(HttpResponseStatus.OK, new DefaultHttpHeaders().set("content-length", 9));
            held.response().body(TestServer.ascii("short"));
            held.response().end(EmptyHttpHeaders.INSTANCE);
          });
      assertThatThrownBy(client::readAnswer)
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("5 of 9");
    }
  }

  @Test
  void answer_longerThanItsLength_isBrokenBeforeTheExcess() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("GET /held" + HOST + "\r\n");
      TestServer.Held held = server.nextHeld();
      held.run(
          () -> {
            held.response()
                .head(HttpResponseStatus.OK, new DefaultHttpHeaders().set("content-length", 4));
            held.response().body(TestServer.ascii("okay, and more"));
            held.response().end(EmptyHttpHeaders.INSTANCE);
          });
      assertThat(client.readToEnd()).endsWith("\r\n\r\n");
    }
  }
}
