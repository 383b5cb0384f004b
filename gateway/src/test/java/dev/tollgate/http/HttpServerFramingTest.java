package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server refuses to read as a request, and what it must still read. */
@SuppressWarnings("NullAway.Init")
class HttpServerFramingTest {
  private static final Pattern REQUEST_LINE =
      Pattern.compile("^(?:\\r\\n)*[!-~]+ (/[!-~&&[^?#]]*)[!-~&&[^#]]* [!-~]+\\r\\n");

  /** Their request lines name no path of the server, or are not read to their end. */
  private static final Set<String> NAMELESS =
      Set.of(
          "dot segments", "encoded dot segments", "encoded slash after dots", "long request line");

  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            HttpServerSettings.builder()
                .headBytesMax(2048)
                .requestLineBytesMax(512)
                .headersMax(20)
                .discardMillisMax(500));
  }

  @AfterAll
  static void stop() {
    assertThat(server.listener.faults).isEmpty();
    server.close();
  }

  static Stream<Arguments> refused() {
    String host = "Host: a\r\n";
    String post = "POST /echo HTTP/1.1\r\n" + host;
    String get = "GET /hello HTTP/1.1\r\n" + host;
    return Stream.of(
        Arguments.of(
            400,
            "length beside coding",
            post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            400,
            "coding beside length",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            400, "two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        Arguments.of(400, "list of lengths", post + "Content-Length: 3, 4\r\n\r\nabcd"),
        Arguments.of(400, "signed length", post + "Content-Length: +3\r\n\r\nabc"),
        Arguments.of(400, "negative length", post + "Content-Length: -3\r\n\r\nabc"),
        Arguments.of(400, "no number", post + "Content-Length: 0x3\r\n\r\nabc"),
        Arguments.of(400, "huge length", post + "Content-Length: 99999999999999999999\r\n\r\nabc"),
        Arguments.of(400, "unknown coding", post + "Transfer-Encoding: gzip\r\n\r\n"),
        Arguments.of(
            400,
            "coding before chunked",
            post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            400, "chunked not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            400,
            "chunked twice",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            400, "identity", post + "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na"),
        Arguments.of(
            400, "disguised chunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            400,
            "vertical tab before chunked",
            post + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(
            400,
            "coding in 1.0",
            "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of(400, "folded header", get + "X-A: b\r\n c\r\n\r\n"),
        Arguments.of(400, "folded with a tab", get + "X-A: b\r\n\tc\r\n\r\n"),
        Arguments.of(400, "space before first header", "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n"),
        Arguments.of(400, "space before colon", get + "X-A : b\r\n\r\n"),
        Arguments.of(400, "tab before colon", get + "Content-Length\t: 3\r\n\r\n"),
        Arguments.of(400, "no colon", get + "X-A\r\n\r\n"),
        Arguments.of(400, "no name", get + ": b\r\n\r\n"),
        Arguments.of(400, "space in name", get + "X A: b\r\n\r\n"),
        Arguments.of(400, "bracket in name", get + "X(A: b\r\n\r\n"),
        Arguments.of(400, "letter beyond ASCII in name", get + "X\u00e9: b\r\n\r\n"),
        Arguments.of(400, "NUL in value", get + "X-A: b\0c\r\n\r\n"),
        Arguments.of(400, "escape in value", get + "X-A: b\u001bc\r\n\r\n"),
        Arguments.of(400, "DEL in value", get + "X-A: b\u007fc\r\n\r\n"),
        Arguments.of(400, "CR in value", get + "X-A: b\rc\r\n\r\n"),
        Arguments.of(400, "two CR", get + "X-A: b\r\r\n\r\n"),
        Arguments.of(400, "CR in name", get + "X\rA: b\r\n\r\n"),
        Arguments.of(400, "bare LF after header", get + "X-A: b\n\r\n"),
        Arguments.of(400, "bare LF at the end", get + "\n"),
        Arguments.of(400, "bare LF after request line", "GET /hello HTTP/1.1\nHost: a\r\n\r\n"),
        Arguments.of(400, "CR in request line", "GET /hello\rHTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "no host", "GET /hello HTTP/1.1\r\n\r\n"),
        Arguments.of(400, "two hosts", get + host + "\r\n"),
        Arguments.of(400, "two hosts in 1.0", "GET /hello HTTP/1.0\r\n" + host + host + "\r\n"),
        Arguments.of(400, "list of hosts", "GET /hello HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        Arguments.of(400, "host with a path", "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Arguments.of(400, "host with a user", "GET /hello HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        Arguments.of(400, "two spaces", "GET  /hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "tab for a space", "GET\t/hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "leading space", " GET /hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "trailing space", "GET /hello HTTP/1.1 \r\n" + host + "\r\n"),
        Arguments.of(400, "space in target", "GET /hello you HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "no version", "GET /hello\r\n" + host + "\r\n"),
        Arguments.of(400, "one word", "GET\r\n" + host + "\r\n"),
        Arguments.of(400, "no protocol", "GET /hello FTP1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "protocol in lower case", "GET /hello http/1.1\r\n" + host + "\r\n"),
        Arguments.of(
            400, "letter beyond ASCII in target", "GET /h\u00e9llo HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "bracket in method", "G(T /hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "relative target", "GET hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "fragment", "GET /hello#x HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "asterisk", "GET * HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "another scheme", "GET ftp://a/hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(
            400, "absolute without authority", "GET http:///hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "dot segments", "GET /items/../hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(
            400, "encoded dot segments", "GET /items/%2e%2E/hello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(
            400, "encoded slash after dots", "GET /items/..%2fhello HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(400, "TLS on a plain port", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001"),
        Arguments.of(
            400,
            "hidden WebSocket body",
            get + "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n12345678"),
        Arguments.of(
            400, "chunk size not hexadecimal", post + "Transfer-Encoding: chunked\r\n\r\ng\r\n"),
        Arguments.of(405, "tunnel", "CONNECT a:443 HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(
            414, "long request line", "GET /" + "x".repeat(600) + " HTTP/1.1\r\n" + host + "\r\n"),
        Arguments.of(
            417, "another expectation", post + "Expect: more\r\nContent-Length: 1\r\n\r\n"),
        Arguments.of(431, "large headers", get + "X-A: " + "x".repeat(2100) + "\r\n\r\n"),
        Arguments.of(431, "many headers", get + "X-A: b\r\n".repeat(20) + "\r\n"),
        Arguments.of(505, "almost the HTTP/2 preface", "PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n"),
        Arguments.of(505, "HTTP/1.2", "GET /hello HTTP/1.2\r\n" + host + "\r\n"));
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("refused")
  void head_brokenSo_isRefusedAndTheConnectionClosed(int status, String how, String bytes)
      throws Exception {
    int before = server.listener.refusedHeads.size();
    try (RawClient client = server.connect()) {
      client.send(bytes);
      RawClient.Answer answer = client.readAnswer();
      assertThat(answer.status()).as(how).isEqualTo(status);
      assertThat(answer.headers()).containsKeys("x-request-id", "date", "content-length");
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(answer.body())
          .contains("\"path\":\"" + (NAMELESS.contains(how) ? "" : pathIn(bytes)) + "\"")
          .doesNotContain("Exception", "at io.");
      assertThat(client.isClosedByServer()).isTrue();
    }
    if (!how.startsWith("chunk size")) {
      assertThat(server.listener.refusedHeads.size()).isEqualTo(before + 1);
    }
  }

  /** The path that the request line names, by which the refusal finds its form; else empty. */
  private static String pathIn(String bytes) {
    Matcher line = REQUEST_LINE.matcher(bytes);
    return line.find() ? line.group(1) : "";
  }

  @Test
  void connect_isToldWhatIsAllowed() throws Exception {
    try (RawClient client = server.connect()) {
      client.send("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readAnswer().header("allow")).isEqualTo("GET, HEAD, OPTIONS, POST");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET http://somewhere.example/hello HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET HTTPS://somewhere.example:1/hello?x=y HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost:\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        "GET /hello HTTP/1.1\r\nhost: a\r\nX-Empty:\r\nX-Tab:\tb \t\r\nX-Latin: \u00e9\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
      })
  void head_unusualButSound_isServedAndTheConnectionGoesOn(String bytes) throws Exception {
    try (RawClient client = server.connect()) {
      client.send(bytes + "GET /lane HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readAnswer().body()).isEqualTo("hello");
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void head_cutAtEveryOffset_isReadTheSame() throws Exception {
    String head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    String request = head + "3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n";
    try (RawClient client = server.connect()) {
      for (int cut = 1; cut < request.length(); cut++) {
        client.send(request.substring(0, cut));
        client.send(request.substring(cut));
        RawClient.Answer answer = client.readAnswer();
        assertThat(answer.body()).as("cut at %s", cut).isEqualTo("abc0123456789");
      }
    }
  }
}
