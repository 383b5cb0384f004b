package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.testing.JavaSocket;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.TestCertificate;
import dev.tollgate.upstream.ScriptedServer;
import dev.tollgate.upstream.ScriptedServer.Peer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Realtime sessions over TLS on both sides, of which each would have HTTP/2 for other calls. */
@ExtendWith(LeakWatch.class)
class RealtimeTlsTest {
  private static final long SEED = 73;
  private static final String MODEL = RealtimeAnswers.MODEL;
  private static final String TUNNELLED = "tunnelled";
  private static final Queue<String> TUNNELS = new ConcurrentLinkedQueue<>();

  /** Many records of TLS. */
  private static final String LARGE =
      "{\"type\":\"conversation.item.create\",\"x\":\"" + "ä€😀z".repeat(40_000) + "\"}";

  private static TestCertificate certificate;
  private static FakeProvider provider;
  private static ScriptedServer proxy;
  private static GatewayForTests gateway;

  private final RealtimeAnswers answers = new RealtimeAnswers(SEED);
  private String key;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    certificate = TestCertificate.in(folder);
    provider = FakeProvider.startTls(SEED, certificate, "h2", "http/1.1");
    proxy = ScriptedServer.playing(RealtimeTlsTest::forward);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL
                .secured(certificate, certificate)
                .with(
                    """
                    proxied:
                      dialect: openai
                      base_url: "%s"
                      api_key: "${PROVIDER_KEY}"
                      trust_certificates: "%s"
                      proxy: "http://127.0.0.1:%d"
                    """
                        .formatted(provider.baseUrl(), certificate.certificatePem(), proxy.port()),
                    RealtimeAnswers.yaml("openai-fake")
                        + RealtimeAnswers.yaml("proxied").replaceFirst(MODEL, TUNNELLED)));
  }

  /** A proxy as it should be. */
  private static void forward(Peer peer) throws IOException {
    String head = peer.readHead();
    TUNNELS.add(head.lines().findFirst().orElse(""));
    peer.tunnel(head);
  }

  @BeforeEach
  void begin() throws Exception {
    key = gateway.createKey("10");
    provider.onHead("/realtime", request -> answers.script());
    TUNNELS.clear();
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    proxy.close();
    provider.close();
  }

  private void assertConverses(String model) throws Exception {
    try (RealtimeClient client =
        RealtimeClient.open(
            gateway.connectTls(certificate.forClient()), model, "authorization", "Bearer " + key)) {
      client.await("session.created");
      for (int turn = 1; turn <= 3; turn++) {
        client.send(LARGE);
        assertThat(client.turn()).contains("\"id\":\"resp_" + turn + "\"");
      }
      client.close(1000, "bye");
      assertThat(client.closing()).isEqualTo("1000 bye");
    }
    gateway.awaitSettled(key);
    assertThat(answers.served()).hasSize(3);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  private String chosenLast() {
    return provider.chosen().getLast();
  }

  @Test
  void aSession_withAProviderThatWouldChooseHttp2_isOfHttp1() throws Exception {
    assertConverses(MODEL);
    assertThat(chosenLast()).isNotEqualTo("h2");

    String chat = "{\"model\":\"llama-3.3-70b\",\"messages\":[]}";
    try (var client = gateway.connectTls(certificate.forClient())) {
      client.post("/v1/chat/completions", chat, "authorization", "Bearer " + key).readAnswer();
    }
    assertThat(chosenLast()).as("of other calls").isEqualTo("h2");
  }

  @Test
  void aSession_throughAProxy_isTunnelled() throws Exception {
    assertConverses(TUNNELLED);

    assertThat(TUNNELS)
        .containsExactly("CONNECT 127.0.0.1:" + provider.baseUrl().getPort() + " HTTP/1.1");
    assertThat(chosenLast()).isNotEqualTo("h2");
  }

  @Test
  void aProvider_thatCutsTls_isABreak() throws Exception {
    provider.onHead(
        "/realtime",
        request ->
            Script.socket(
                socket -> {
                  socket.message();
                  answers.begin(socket);
                  socket.reset();
                }));
    try (RealtimeClient client =
        RealtimeClient.open(
            gateway.connectTls(certificate.forClient()), MODEL, "authorization", "Bearer " + key)) {
      client.send("{\"type\":\"response.create\"}");
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void javasOwnClient_overTls_getsAWebSocket_whereItsCallsGetHttp2() throws Exception {
    String uri = gateway.publicUrl() + "/v1/realtime?model=" + MODEL;
    try (JavaSocket socket =
        JavaSocket.open(
            certificate.forClient(), URI.create(uri.replaceFirst("https", "wss")), key)) {
      socket.send("{\"type\":\"response.create\"}");
      socket.await("response.done");
      socket.sendClose(1000, "bye");
      socket.await("closed 1000 bye");
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isPositive().isEqualTo(answers.costNanoUsd());

    int asked = provider.account().received();
    HttpResponse<String> refused =
        gateway.askOverTls(
            certificate.forClient(),
            key,
            "GET",
            "/v1/realtime?model=" + MODEL,
            "sec-websocket-version",
            "13");
    assertThat(refused.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(refused.statusCode()).isEqualTo(426);
    assertThat(refused.body())
        .startsWith(
            "{\"error\":{\"message\":\"WebSockets are spoken here over HTTP/1.1, by GET.\",")
        .contains("\"code\":\"upgrade_required\"");
    assertThat(refused.headers().map())
        .containsKey("x-request-id")
        .doesNotContainKeys("upgrade", "connection");
    assertThat(gateway.heldNanoUsd(key)).isZero();
    assertThat(provider.account().received()).isEqualTo(asked);
  }
}
