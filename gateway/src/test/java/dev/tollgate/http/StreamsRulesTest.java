package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.FrameClient.GoAway;
import dev.tollgate.http.FrameClient.StreamAnswer;
import dev.tollgate.testing.RawFrame;
import io.netty.handler.codec.http2.Http2Error;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is no request (RFC 9113, 8.1.1), what is none of this server's, and what is no HTTP/2. */
@SuppressWarnings("NullAway.Init")
class StreamsRulesTest {
  private static TestServer server;
  private FrameClient client;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            HttpServerSettings.builder()
                .headersMax(12)
                .headBytesMax(4096)
                .requestLineBytesMax(1024)
                .discardMillisMax(200));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void connect() throws Exception {
    client = FrameClient.connect(server.server.port());
    server.listener.refusedHeads.clear();
  }

  @AfterEach
  void hangUp() throws Exception {
    client.close();
    assertThat(server.listener.faults).isEmpty();
  }

  private static String[] with(String... more) {
    return FrameClient.request("POST", "/echo", more);
  }

  private static String[] without(String name) {
    List<String> fields = new ArrayList<>(List.of(with()));
    int at = fields.indexOf(name);
    fields.subList(at, at + 2).clear();
    return fields.toArray(String[]::new);
  }

  private static String[] instead(String name, String value) {
    List<String> fields = new ArrayList<>(List.of(with()));
    fields.set(fields.indexOf(name) + 1, value);
    return fields.toArray(String[]::new);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of("upper case", with("X-Upper", "a")),
        Arguments.of("no name", with("", "a")),
        Arguments.of("space in a name", with("x y", "a")),
        Arguments.of("colon in a name", with("x:y", "a")),
        Arguments.of("line end in a name", with("x\r\ny", "a")),
        Arguments.of("line end in a value", with("x-y", "a\r\nz: b")),
        Arguments.of("line feed in a value", with("x-y", "a\nb")),
        Arguments.of("NUL in a value", with("x-y", "a\0b")),
        Arguments.of("space before a value", with("x-y", " a")),
        Arguments.of("tab after a value", with("x-y", "a\t")),
        Arguments.of("line end in the path", instead(":path", "/hello\r\nx: y")),
        Arguments.of("connection", with("connection", "close")),
        Arguments.of("keep-alive", with("keep-alive", "1")),
        Arguments.of("proxy-connection", with("proxy-connection", "keep-alive")),
        Arguments.of("transfer-encoding", with("transfer-encoding", "chunked")),
        Arguments.of("upgrade", with("upgrade", "websocket")),
        Arguments.of("te of more", with("te", "trailers, gzip")),
        Arguments.of("no method", without(":method")),
        Arguments.of("no scheme", without(":scheme")),
        Arguments.of("no path", without(":path")),
        Arguments.of("empty path", instead(":path", "")),
        Arguments.of("no authority and no host", without(":authority")),
        Arguments.of("a host that differs", with("host", "b.example")),
        Arguments.of("two methods", with(":method", "GET")),
        Arguments.of("two paths", with(":path", "/hello")),
        Arguments.of("a status", with(":status", "200")),
        Arguments.of("a pseudo field of no request", with(":other", "200")),
        Arguments.of("an extended CONNECT's protocol", with(":protocol", "websocket")),
        Arguments.of("a method that is no word", instead(":method", "GET /")),
        Arguments.of("two lengths", with("content-length", "1", "content-length", "2")),
        Arguments.of("a length that is none", with("content-length", "+1")),
        Arguments.of("a negative length", with("content-length", "-1")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void request_malformed_isReset_andNoOther(String what, String[] fields) throws Exception {
    client.get(1, "/held");
    TestServer.Held held = server.nextHeld();
    client.head(3, false, fields).data(3, "x", false);
    StreamAnswer answer = client.answer(3);
    assertThat(answer.reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
    assertThat(answer.head).isNull();
    client.data(3, "late", true);
    held.answer("still here");
    assertThat(client.answer(1).body()).isEqualTo("still here");
  }

  @Test
  void pseudoField_afterOthers_isReset() throws Exception {
    client.head(
        1, true, ":method", "GET", ":scheme", "http", ":authority", "a", "x-y", "z", ":path", "/");
    assertThat(client.answer(1).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
    assertThat(server.listener.refusedHeads).containsExactly(400);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(404, "/nowhere", FrameClient.request("GET", "/nowhere")),
        Arguments.of(405, "/hello", FrameClient.request("DELETE", "/hello")),
        Arguments.of(405, "", FrameClient.request("CONNECT", "a.example:80")),
        Arguments.of(400, "", instead(":path", "hello")),
        Arguments.of(400, "", instead(":path", "http://a.example/hello")),
        Arguments.of(400, "", instead(":path", "*")),
        Arguments.of(400, "", instead(":path", "/a b")),
        Arguments.of(400, "", instead(":path", "/\u00e9")),
        Arguments.of(400, "", instead(":path", "/a/../hello")),
        Arguments.of(400, "", instead(":path", "/hello#here")),
        Arguments.of(400, "/echo", instead(":authority", "user@a.example")),
        Arguments.of(414, "/", instead(":path", "/?" + "x".repeat(1024))),
        Arguments.of(417, "/echo", with("expect", "more")),
        Arguments.of(
            431,
            "/echo",
            with(
                "a", "", "b", "", "c", "", "d", "", "e", "", "f", "", "g", "", "h", "", "i", "",
                "j", "", "k", "", "l", "")),
        Arguments.of(431, "/echo", with("x-large", "x".repeat(4096))),
        Arguments.of(431, "/echo", with("x-large", "\u00ff".repeat(5000))));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("refused")
  void request_refused_isAnsweredInTheFormOfItsPath(int status, String path, String[] fields)
      throws Exception {
    boolean connect = fields[1].equals("CONNECT");
    client.head(
        1,
        false,
        connect ? new String[] {":method", "CONNECT", ":authority", "a.example:80"} : fields);
    StreamAnswer answer = client.answer(1);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).contains("\"path\":\"" + path + "\"");
    assertThat(answer.header("x-request-id")).startsWith("req_");
    if (status == 405) {
      assertThat(answer.header("allow")).contains("GET");
    }
    client.data(1, "the rest", true);
    assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
    assertThat(client.goAways).isEmpty();
  }

  @Test
  void head_tooLarge_withoutABody_isAnsweredAndOver() throws Exception {
    client.get(1, "/hello", "x-large", "x".repeat(5000));
    assertThat(client.answer(1).status()).isEqualTo(431);
    assertThat(client.soFar(1).reset).isNull();
    assertThat(server.listener.refusedHeads).containsExactly(431);
    // What it put into the table of fields is known, or this would be read as something else.
    assertThat(client.get(3, "/hello", "x-large", "x".repeat(5000)).answer(3).status())
        .isEqualTo(431);
    assertThat(client.get(5, "/hello").answer(5).body()).isEqualTo("hello");
  }

  @Test
  void head_farTooLarge_endsTheConnection() throws Exception {
    byte[] block = client.block(FrameClient.request("GET", "/", "x", "\u00ff".repeat(20_000)));
    client.frame(RawFrame.HEADERS, 0, 1, Arrays.copyOf(block, 16_384));
    client.frame(
        RawFrame.CONTINUATION,
        RawFrame.END_HEADERS,
        1,
        Arrays.copyOfRange(block, 16_384, block.length));
    assertThat(client.goAway().error()).isNotEqualTo(Http2Error.NO_ERROR);
    client.readToEnd();
  }

  static Stream<Arguments> lengths() {
    return Stream.of(
        Arguments.of("3", "ab", true),
        Arguments.of("3", "abcd", false),
        Arguments.of("3", "", true));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void body_ofAnotherLengthThanItSaid_isReset_andTheHandlerTold(
      String length, String body, boolean last) throws Exception {
    client.post(1, "/held", "content-length", length).data(1, body, last);
    assertThat(client.answer(1).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
    assertThat(server.nextGone()).startsWith("req_");
  }

  @Test
  void head_thatEndsARequestWithALength_isReset() throws Exception {
    client.get(1, "/hello", "content-length", "3");
    assertThat(client.answer(1).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
  }

  @Test
  void trailers_thatAreNone_areReset() throws Exception {
    client.post(1, "/held").head(1, false, "x-sum", "6");
    assertThat(client.answer(1).reset).as("no end").isEqualTo(Http2Error.PROTOCOL_ERROR);
    client.post(3, "/held").head(3, true, ":path", "/");
    assertThat(client.answer(3).reset).as("pseudo").isEqualTo(Http2Error.PROTOCOL_ERROR);
    client.post(5, "/held").head(5, true, "X-Sum", "6");
    assertThat(client.answer(5).reset).as("upper case").isEqualTo(Http2Error.PROTOCOL_ERROR);
    for (int i = 0; i < 3; i++) {
      server.nextGone();
    }
  }

  @Test
  void data_afterTheEnd_isReset_andTheHandlerTold() throws Exception {
    client.get(1, "/held");
    TestServer.Held held = server.nextHeld();
    client.data(1, "more", true);
    assertThat(client.answer(1).reset).isEqualTo(Http2Error.STREAM_CLOSED);
    assertThat(server.nextGone()).isEqualTo(held.request().id().value());
    assertThat(client.get(3, "/hello").answer(3).body()).isEqualTo("hello");
  }

  @Test
  void windowUpdate_ofNothing_isReset() throws Exception {
    client.get(1, "/held");
    server.nextHeld();
    assertThat(client.window(1, 0).answer(1).reset).isEqualTo(Http2Error.PROTOCOL_ERROR);
    server.nextGone();
  }

  @Test
  void windowUpdate_beyondAllMeasure_isReset() throws Exception {
    client.get(1, "/held");
    server.nextHeld();
    client.window(1, Integer.MAX_VALUE);
    assertThat(client.answer(1).reset).isEqualTo(Http2Error.FLOW_CONTROL_ERROR);
    server.nextGone();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Broken(Http2Error error, String what, byte[] bytes) {
    static Broken of(Http2Error error, String what, int type, int flags, int stream, int... bytes) {
      byte[] payload = new byte[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        payload[i] = (byte) bytes[i];
      }
      return new Broken(error, what, new RawFrame(type, flags, stream, payload).bytes());
    }

    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Broken> broken() {
    return Stream.of(
        Broken.of(Http2Error.PROTOCOL_ERROR, "a stream of the server's", 1, 5, 2, 0x82),
        Broken.of(Http2Error.PROTOCOL_ERROR, "data on no stream", 0, 0, 0, 1),
        Broken.of(Http2Error.PROTOCOL_ERROR, "data on an idle stream", 0, 0, 7, 1),
        Broken.of(Http2Error.PROTOCOL_ERROR, "reset of an idle stream", 3, 0, 7, 0, 0, 0, 8),
        Broken.of(Http2Error.PROTOCOL_ERROR, "window of an idle stream", 8, 0, 7, 0, 0, 0, 8),
        Broken.of(Http2Error.PROTOCOL_ERROR, "a push", 5, 4, 1, 0, 0, 0, 2, 0x82),
        Broken.of(Http2Error.PROTOCOL_ERROR, "continuation of nothing", 9, 4, 1, 0x82),
        Broken.of(Http2Error.PROTOCOL_ERROR, "padding beyond the frame", 0, 8, 7, 9, 1),
        Broken.of(Http2Error.PROTOCOL_ERROR, "settings on a stream", 4, 0, 1),
        Broken.of(Http2Error.PROTOCOL_ERROR, "a push setting", 4, 0, 0, 0, 2, 0, 0, 0, 2),
        Broken.of(Http2Error.FLOW_CONTROL_ERROR, "a window setting", 4, 0, 0, 0, 4, 255, 0, 0, 0),
        Broken.of(Http2Error.FRAME_SIZE_ERROR, "half a setting", 4, 0, 0, 0, 4, 0),
        Broken.of(
            Http2Error.FRAME_SIZE_ERROR, "an acknowledgement of more", 4, 1, 0, 0, 4, 0, 0, 0, 1),
        Broken.of(Http2Error.FRAME_SIZE_ERROR, "a short ping", 6, 0, 0, 1, 2, 3),
        Broken.of(Http2Error.PROTOCOL_ERROR, "a window of nothing", 8, 0, 0, 0, 0, 0, 0),
        Broken.of(Http2Error.FLOW_CONTROL_ERROR, "too large a window", 8, 0, 0, 127, 255, 255, 255),
        Broken.of(Http2Error.COMPRESSION_ERROR, "an index that is none", 1, 5, 1, 0xff, 0xff, 0x03),
        new Broken(
            Http2Error.FRAME_SIZE_ERROR,
            "a frame that is too large",
            new RawFrame(0, 0, 1, new byte[16_385]).bytes()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void connection_broken_endsWithACode_andHandlersAreTold(Broken broken) throws Exception {
    client.get(1, "/held");
    TestServer.Held held = server.nextHeld();
    byte[] bytes = broken.bytes();
    if (bytes[3] == 1 && bytes[8] == 1) {
      bytes[8] = 3; // the first stream is taken
    }
    client.send(bytes);
    GoAway goAway = client.goAway();
    assertThat(goAway.error()).isEqualTo(broken.error());
    assertThat(goAway.lastStream()).isEqualTo(1);
    assertThat(goAway.why()).doesNotContain("Exception").doesNotContain("\tat ");
    assertThat(server.nextGone()).isEqualTo(held.request().id().value());
    client.readToEnd();
  }

  @Test
  void headOfOneStream_withinThatOfAnother_endsTheConnection() throws Exception {
    byte[] block = client.block(FrameClient.request("GET", "/hello"));
    client.frame(RawFrame.HEADERS, RawFrame.END_STREAM, 1, Arrays.copyOf(block, 3));
    client.frame(RawFrame.HEADERS, RawFrame.END_HEADERS, 3, block);
    assertThat(client.goAway().error()).isEqualTo(Http2Error.PROTOCOL_ERROR);
  }

  @Test
  void preface_thatGoesWrong_endsTheConnection() throws Exception {
    try (FrameClient wrong = FrameClient.silent(server.server.port())) {
      wrong.send(
          "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      assertThat(wrong.goAway().error()).isEqualTo(Http2Error.PROTOCOL_ERROR);
      wrong.readToEnd();
    }
    try (FrameClient wrong = FrameClient.silent(server.server.port())) {
      wrong.send(RawFrame.preface()).ping();
      assertThat(wrong.goAway().error()).isEqualTo(Http2Error.PROTOCOL_ERROR);
      wrong.readToEnd();
    }
  }
}
