package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tollgate.testing.RawFrame;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 and HTTP/2 on one port, in the clear and under TLS, with clients of others' making. */
class ProtocolChoiceTest {
  private static final Path CURL = Path.of("/usr/bin/curl");
  private static final String HOST = " HTTP/1.1\r\nHost: a\r\n";

  @TempDir private Path directory;

  private static HttpServerSettings.Builder encrypted(boolean http2) throws Exception {
    Http2Bounds usual = Http2Bounds.DEFAULT;
    return HttpServerSettings.builder()
        .tls(
            new HttpServerSettings.Tls(
                resource("server-certificate.pem"), resource("server-key.pem")))
        .http2(
            new Http2Bounds(
                http2,
                usual.streamsMax(),
                usual.frameBytesMax(),
                usual.streamWindowBytes(),
                usual.connectionWindowBytes(),
                usual.resetsMax(),
                usual.controlFramesMax(),
                usual.floodMillis()));
  }

  private static Path resource(String name) throws Exception {
    return Path.of(
        Objects.requireNonNull(ProtocolChoiceTest.class.getResource("/http/" + name)).toURI());
  }

  @Test
  void preface_inPieces_isUnderstood() throws Exception {
    try (TestServer server = TestServer.start()) {
      byte[] preface = RawFrame.preface();
      for (int cut = 1; cut < preface.length; cut++) {
        try (FrameClient client = FrameClient.silent(server.server.port())) {
          client.send(Arrays.copyOf(preface, cut));
          client.send(Arrays.copyOfRange(preface, cut, preface.length)).settings();
          assertThat(client.get(1, "/hello").answer(1).body()).isEqualTo("hello");
        }
      }
      try (FrameClient client = FrameClient.silent(server.server.port())) {
        for (byte octet : preface) {
          client.send(new byte[] {octet});
        }
        assertThat(client.settings().get(1, "/hello").answer(1).body()).isEqualTo("hello");
      }
      assertThat(server.listener.faults).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST /echo", "PRI /hello", "PRI * HTTP/1.1", "P"})
  void whatIsAlmostAPreface_isHttp1(String begun) throws Exception {
    try (TestServer server = TestServer.start();
        RawClient client = server.connect()) {
      for (int i = 0; i < begun.length(); i++) {
        client.send(begun.substring(i, i + 1));
      }
      client.send("\r\n\r\n");
      assertThat(client.readAnswer().status()).isEqualTo(400);
    }
  }

  @Test
  void http1_onTheSamePort_isServedAsBefore() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient client = server.connect();
        FrameClient streams = FrameClient.connect(server.server.port())) {
      client.send("P");
      client.send("OST /echo" + HOST + "Content-Length: 3\r\n\r\nabcGET /hello" + HOST + "\r\n");
      assertThat(client.readAnswer().body()).isEqualTo("abc");
      assertThat(client.readAnswer().body()).isEqualTo("hello");
      assertThat(streams.get(1, "/hello").answer(1).body()).isEqualTo("hello");
      assertThat(server.listener.opened.get()).isEqualTo(2);
    }
  }

  @Test
  void upgradeHeader_isIgnored() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient client = server.connect()) {
      client.send(
          "GET /hello"
              + HOST
              + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
              + "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n");
      assertThat(client.readAnswer().body()).isEqualTo("hello");
    }
  }

  @Test
  void http2_turnedOff_isNotSpoken() throws Exception {
    try (TestServer server = TestServer.start(encrypted(false).tls(null));
        RawClient client = server.connect();
        TestServer secured = TestServer.start(encrypted(false));
        HttpClient java = client()) {
      client.send(RawFrame.preface());
      assertThat(client.readAnswer().status()).isEqualTo(505);
      HttpResponse<String> answer = java.send(request(secured), ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.body()).isEqualTo("hello");
    }
  }

  private static HttpClient client() throws Exception {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_2)
        .sslContext(trusting())
        .build();
  }

  private static HttpResponse.BodyHandler<String> ofString() {
    return HttpResponse.BodyHandlers.ofString(StandardCharsets.ISO_8859_1);
  }

  private static SSLContext trusting() throws Exception {
    java.security.KeyStore trusted =
        java.security.KeyStore.getInstance(java.security.KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream pem =
        ProtocolChoiceTest.class.getResourceAsStream("/http/server-certificate.pem")) {
      trusted.setCertificateEntry(
          "server",
          java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    javax.net.ssl.TrustManagerFactory trust =
        javax.net.ssl.TrustManagerFactory.getInstance(
            javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static URI uri(TestServer server, String path) {
    return URI.create("https://localhost:" + server.server.port() + path);
  }

  private static HttpRequest request(TestServer server) {
    return HttpRequest.newBuilder(uri(server, "/hello")).build();
  }

  @Test
  void java_overTls_speaksHttp2_withManyRequestsAtOnce() throws Exception {
    try (TestServer server = TestServer.start(encrypted(true));
        HttpClient java = client()) {
      HttpResponse<String> first = java.send(request(server), ofString());
      assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
      List<CompletableFuture<HttpResponse<String>>> echoes =
          IntStream.range(0, 60)
              .mapToObj(
                  i ->
                      java.sendAsync(
                          HttpRequest.newBuilder(uri(server, "/echo"))
                              .POST(
                                  HttpRequest.BodyPublishers.ofString(
                                      ("piece " + i).repeat(5000), StandardCharsets.ISO_8859_1))
                              .build(),
                          ofString()))
              .toList();
      for (int i = 0; i < echoes.size(); i++) {
        assertThat(echoes.get(i).get(20, TimeUnit.SECONDS).body())
            .isEqualTo(("piece " + i).repeat(5000));
      }
      HttpResponse<String> huge =
          java.send(HttpRequest.newBuilder(uri(server, "/huge/20000000")).build(), ofString());
      assertThat(huge.body()).hasSize(20_000_000);
      assertThat(server.listener.opened.get()).as("connections").isEqualTo(1);
      assertThat(server.listener.faults).isEmpty();
    }
  }

  @Test
  void java_whoseServerStops_isToldInOrder() throws Exception {
    try (TestServer server = TestServer.start(encrypted(true));
        HttpClient java = client()) {
      CompletableFuture<HttpResponse<String>> held =
          java.sendAsync(HttpRequest.newBuilder(uri(server, "/held")).build(), ofString());
      TestServer.Held exchange = server.nextHeld();
      var stopped = server.server.stop().toCompletableFuture();
      exchange.answer("in time");
      assertThat(held.get(20, TimeUnit.SECONDS).body()).isEqualTo("in time");
      stopped.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void tls_broken_endsTheConnectionQuietly() throws Exception {
    try (TestServer server = TestServer.start(encrypted(true));
        FrameClient plain = FrameClient.connect(server.server.port())) {
      plain.readToEnd();
      assertThat(server.listener.faults).isEmpty();
    }
  }

  private String curl(String... arguments) throws Exception {
    Path out = directory.resolve("out");
    List<String> command = new java.util.ArrayList<>(List.of(CURL.toString(), "-sS", "-m", "20"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return Files.readString(out, StandardCharsets.ISO_8859_1);
  }

  @Test
  void curl_speaksAllThree() throws Exception {
    assumeTrue(Files.isExecutable(CURL) && curl("--version").contains("HTTP2"));
    String[] told = {"-w", "\n%{http_version} %{http_code}"};
    try (TestServer clear = TestServer.start();
        TestServer secured = TestServer.start(encrypted(true))) {
      String plain = "http://127.0.0.1:" + clear.server.port();
      assertThat(curl("--http1.1", told[0], told[1], plain + "/hello")).isEqualTo("hello\n1.1 200");
      assertThat(curl("--http2-prior-knowledge", told[0], told[1], plain + "/streamed"))
          .isEqualTo("one,two\n2 200");
      assertThat(curl("--http2-prior-knowledge", told[0], told[1], "-d", "a=b", plain + "/echo"))
          .isEqualTo("a=b\n2 200");
      assertThat(curl("--http2", "-k", told[0], told[1], uri(secured, "/streamed").toString()))
          .isEqualTo("one,two\n2 200");
      assertThat(curl("--http1.1", "-k", told[0], told[1], uri(secured, "/hello").toString()))
          .isEqualTo("hello\n1.1 200");
      byte[] large = new byte[3_000_000];
      Path file = Files.write(directory.resolve("large"), large);
      assertThat(
              curl(
                  "--http2-prior-knowledge",
                  "-w",
                  "%{http_version} %{http_code} %{size_download}",
                  "-o",
                  directory.resolve("back").toString(),
                  "--data-binary",
                  "@" + file,
                  plain + "/echo"))
          .isEqualTo("2 200 3000000");
      assertThat(Files.readAllBytes(directory.resolve("back"))).isEqualTo(large);
      assertThat(curl("--http2-prior-knowledge", told[0], told[1], "-X", "BREW", plain + "/hello"))
          .endsWith("\n2 405");
    }
  }
}
