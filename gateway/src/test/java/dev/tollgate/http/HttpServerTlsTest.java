package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server behind TLS, with a self-signed certificate from the test resources. */
@SuppressWarnings("NullAway.Init")
class HttpServerTlsTest {
  private static final String HOST = " HTTP/1.1\r\nHost: a\r\n";
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(settings());
  }

  private static HttpServerSettings.Builder settings() throws Exception {
    return HttpServerSettings.builder()
        .tls(
            new HttpServerSettings.Tls(
                resource("server-certificate.pem"), resource("server-key.pem")))
        .discardMillisMax(500);
  }

  @AfterAll
  static void stop() {
    assertThat(server.listener.faults).isEmpty();
    server.close();
  }

  private static Path resource(String name) throws Exception {
    return Path.of(
        Objects.requireNonNull(HttpServerTlsTest.class.getResource("/http/" + name)).toURI());
  }

  private static SSLSocket connect(String... protocols) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream pem =
        HttpServerTlsTest.class.getResourceAsStream("/http/server-certificate.pem")) {
      trusted.setCertificateEntry(
          "server", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.server.port());
    javax.net.ssl.SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    parameters.setProtocols(protocols);
    socket.setSSLParameters(parameters);
    return socket;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void request_overTls_isServedAsHttp11(String protocol) throws Exception {
    SSLSocket socket = connect(protocol);
    try (RawClient client = new RawClient(socket)) {
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
      assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
      client.send("GET /hello%s\r\nPOST /echo%sContent-Length: 3\r\n\r\nabc".formatted(HOST, HOST));
      assertThat(client.readAnswer().body()).isEqualTo("hello");
      assertThat(client.readAnswer().body()).isEqualTo("abc");
    }
  }

  @Test
  void answer_ofMegabytes_arrivesWhole() throws Exception {
    try (RawClient client = new RawClient(connect("TLSv1.3"))) {
      client.send("GET /huge/20000000" + HOST + "Connection: close\r\n\r\n");
      assertThat(client.readAnswer().body()).hasSize(20_000_000);
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void refusal_endsWithAProperGoodbye() throws Exception {
    try (RawClient client = new RawClient(connect("TLSv1.3"))) {
      client.send("GET /hello HTTP/1.1\r\n\r\n");
      assertThat(client.readAnswer().status()).isEqualTo(400);
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void abort_ofAnAnswerUpToTheEnd_isNoProperGoodbye() throws Exception {
    try (RawClient client = new RawClient(connect("TLSv1.3"))) {
      client.send("GET /held HTTP/1.0\r\n\r\n");
      TestServer.Held held = server.nextHeld();
      held.run(
          () -> {
            held.response()
                .head(
                    io.netty.handler.codec.http.HttpResponseStatus.OK,
                    new io.netty.handler.codec.http.DefaultHttpHeaders());
            held.response().body(TestServer.ascii("piece"));
            held.response().flush();
            held.response().abort();
          });
      assertThatThrownBy(client::readAnswer).isInstanceOf(IOException.class);
    }
  }

  @Test
  void handshake_notBegunOrPlain_isEndedQuietly() throws Exception {
    try (TestServer impatient = TestServer.start(settings().handshakeMillisMax(200));
        RawClient silent = impatient.connect();
        RawClient plain = impatient.connect()) {
      plain.send("GET /hello" + HOST + "\r\n");
      plain.readUntilClosed();
      silent.readUntilClosed();
      assertThat(impatient.listener.faults).isEmpty();
    }
  }

  @Test
  void files_notUsable_areNamed() throws Exception {
    Path key = resource("server-key.pem");
    assertThatThrownBy(() -> ServerTls.context(new HttpServerSettings.Tls(key, key), true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(key.toString())
        .hasMessageNotContainingAny("PRIVATE KEY");
  }
}
