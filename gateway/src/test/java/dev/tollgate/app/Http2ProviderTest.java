package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.TestCertificate;
import dev.tollgate.upstream.ScriptedStreams;
import dev.tollgate.upstream.ScriptedStreams.Script;
import dev.tollgate.upstream.ServedStream;
import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whole gateways before a provider that chooses HTTP/2. */
@ExtendWith(LeakWatch.class)
class Http2ProviderTest {
  private static final String MODELS =
      "m: { targets: [ { provider: two, model: m } ], prices: { input: 1, output: 2 } }\n";

  private static final String USAGE =
      """
      data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}

      data: [DONE]

      """;

  private static final long COST_NANO_USD = 10 * 1000 + 20 * 2000;

  private static FakeProvider others;
  private static TestCertificate certificate;
  private static SSLSocketFactory tls;

  @BeforeAll
  static void makeCertificate(@TempDir Path folder) throws Exception {
    certificate = TestCertificate.in(folder);
    tls = certificate.forServer().getSocketFactory();
    others = FakeProvider.start(71);
  }

  @AfterAll
  static void closeOthers() throws Exception {
    others.close();
  }

  private static GatewaySetup before(ScriptedStreams server, String more) {
    return GatewaySetup.USUAL.with(
        """
        two:
          dialect: openai
          base_url: "%s"
          api_key: "${PROVIDER_KEY}"
          trust_certificates: "%s"
        %s\
        """
            .formatted(server.url(), certificate.certificatePem(), more),
        MODELS);
  }

  private static String event(String text) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}\n\n";
  }

  private static final Script STREAM =
      stream -> {
        stream.awaitBody();
        stream.head(200, "content-type", "text/event-stream");
        stream.data(event("one")).data(event("two")).data(USAGE).end();
      };

  private static RawClient asked(GatewayForTests gateway, String key) throws IOException {
    return asked(gateway.connect(), key, "hello");
  }

  private static RawClient asked(RawClient client, String key, String prompt) throws IOException {
    return client.post(
        "/v1/chat/completions",
        """
        {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":99,\
        "messages":[{"role":"user","content":"%s"}]}\
        """
            .formatted(prompt),
        "authorization",
        "Bearer " + key);
  }

  @Test
  void stream_overTlsAndAlpn_isPassedOnAndChargedExactly() throws Exception {
    try (ScriptedStreams server =
            ScriptedStreams.overTls(
                tls,
                stream -> {
                  assertThat(stream.header("authorization"))
                      .isEqualTo("Bearer " + GatewayFiles.PROVIDER_KEY);
                  STREAM.play(stream);
                });
        GatewayForTests gateway = GatewayForTests.start(others, before(server, ""))) {
      String key = gateway.createKey("1");
      for (int i = 1; i <= 5; i++) {
        try (RawClient client = asked(gateway, key)) {
          RawAnswer answer = client.readAnswer();
          assertThat(answer.status()).isEqualTo(200);
          assertThat(answer.text()).isEqualTo(event("one") + event("two") + USAGE);
        }
        gateway.awaitSettled(key);
        assertThat(gateway.spentNanoUsd(key)).isEqualTo(i * COST_NANO_USD);
      }
      assertThat(gateway.metrics())
          .contains("tollgate_connections{side=\"upstream\"} " + server.openConnections());
    }
  }

  @Test
  void goAway_beforeTheCallWasLookedAt_isUnseenAndChargedOnce() throws Exception {
    Script script =
        stream -> {
          if (stream.connection().number() == 0) {
            stream.connection().goAway(0, Http2Error.NO_ERROR);
          } else {
            STREAM.play(stream);
          }
        };
    try (ScriptedStreams server = ScriptedStreams.overTls(tls, script);
        GatewayForTests gateway = GatewayForTests.start(others, before(server, ""))) {
      String key = gateway.createKey("1");
      try (RawClient client = asked(gateway, key)) {
        assertThat(client.readAnswer().status()).isEqualTo(200);
      }
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(COST_NANO_USD);
      assertThat(server.streams()).isEqualTo(2);
    }
  }

  @Test
  void fastReader_isNotHeldUpByAStoppedOneOnTheSameUpstreamConnection() throws Exception {
    byte[] much = (":" + "x".repeat((1 << 20) - 3) + "\n\n").getBytes(StandardCharsets.US_ASCII);
    int pieces = 10;
    CompletableFuture<ServedStream> held = new CompletableFuture<>();
    Script script =
        stream -> {
          boolean stops = stream.awaitBody().contains("stop");
          stream.head(200, "content-type", "text/event-stream").data(event("first"));
          if (stops) {
            held.complete(stream);
          }
          for (int i = 0; i < pieces; i++) {
            stream.data(much);
          }
          stream.data(USAGE).end();
        };
    try (ScriptedStreams server = ScriptedStreams.overTls(tls, script);
        GatewayForTests gateway =
            GatewayForTests.start(others, before(server, "  connections_max: 1\n"))) {
      String key = gateway.createKey("1");
      try (RawClient stopped = asked(gateway.connect(16 << 10), key, "stop")) {
        stopped.readHead();
        ServedStream unread = held.get(20, TimeUnit.SECONDS);
        gateway.await(() -> isHeldUp(unread));
        long expected = event("first").length() + (long) pieces * much.length + USAGE.length();
        for (int i = 0; i < 2; i++) {
          try (RawClient fast = asked(gateway.connect(), key, "go")) {
            fast.readHead();
            assertThat(readToEnd(fast)).isEqualTo(expected);
          }
        }
        assertThat(readToEnd(stopped)).isEqualTo(expected);
      }
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(3 * COST_NANO_USD);
      assertThat(server.connections())
          .isLessThanOrEqualTo(Runtime.getRuntime().availableProcessors());
    }
  }

  /** Its window is used up, and no more of it comes. */
  private static boolean isHeldUp(ServedStream stream) throws Exception {
    for (int i = 0; i < 20; i++) {
      if (stream.windowBytes() > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return true;
  }

  private static long readToEnd(RawClient client) {
    long bytes = 0;
    byte[] piece = client.readBody(1 << 20);
    while (piece.length > 0) {
      bytes += piece.length;
      piece = client.readBody(1 << 20);
    }
    return bytes;
  }

  @Test
  void resetInTheMiddle_isACleanBreak_chargedForWhatWasDelivered() throws Exception {
    Script script =
        stream -> {
          stream.awaitBody();
          stream.head(200, "content-type", "text/event-stream").data(event("one"));
          awaitDelivered(stream);
          stream.reset(Http2Error.INTERNAL_ERROR);
        };
    try (ScriptedStreams server = ScriptedStreams.overTls(tls, script);
        GatewayForTests gateway = GatewayForTests.start(others, before(server, ""))) {
      String key = gateway.createKey("1");
      try (RawClient client = asked(gateway, key)) {
        RawAnswer answer = client.readAnswer();
        assertThat(answer.text()).isEqualTo(event("one"));
        assertThat(answer.isWhole()).isFalse();
      }
      gateway.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isPositive().isLessThan(99 * 2000L + 99 * 1000L);
      assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
    }
  }

  /** The gateway has read all that was sent before. */
  private static void awaitDelivered(ServedStream stream) throws IOException {
    stream.connection().ping().awaitPingAnswers(1);
  }

  @Test
  void warmConnections_areThereFromTheStart_andGoWithTheProvider() throws Exception {
    int lanes = Runtime.getRuntime().availableProcessors();
    try (ScriptedStreams server = ScriptedStreams.overTls(tls, STREAM);
        GatewayForTests gateway =
            GatewayForTests.start(others, before(server, "  warm_connections: 3\n"))) {
      gateway.await(() -> server.openConnections() == lanes);
      String key = gateway.createKey("1");
      try (RawClient client = asked(gateway, key)) {
        assertThat(client.readAnswer().status()).isEqualTo(200);
      }
      assertThat(server.connections()).isEqualTo(lanes);
      gateway.editGateway(yaml -> yaml.replace("warm_connections: 3", "warm_connections: 0"));
      gateway.await(() -> server.openConnections() == 0);
      gateway.editGateway(yaml -> yaml.replace("warm_connections: 0", "warm_connections: 1"));
      gateway.await(() -> server.openConnections() == lanes);
    }
  }
}
