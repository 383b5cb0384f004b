package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.provider;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Providers behind an HTTP proxy, which looks up their names itself. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class ProxyTest {
  private static final String PASSWORD = "p@ss:w\u00f6rd";
  private static final String CREDENTIALS =
      "Basic "
          + Base64.getEncoder().encodeToString(("me:" + PASSWORD).getBytes(StandardCharsets.UTF_8));

  private static final HostAddresses.Lookup KNOWS_NONE =
      host -> {
        throw new UnknownHostException(host);
      };

  private static final Script ALWAYS_OK =
      peer -> {
        while (true) {
          String request = peer.readRequest();
          assertThat(request.contains("proxy-")).isFalse();
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      };

  private final LoopKind kind;
  private final Queue<String> heads = new ConcurrentLinkedQueue<>();

  ProxyTest(LoopKind kind) {
    this.kind = kind;
  }

  /** A proxy as it should be, for those who know the password. */
  private void forward(Peer peer) throws Exception {
    String head = peer.readHead();
    heads.add(head);
    if (!head.contains("proxy-authorization: " + CREDENTIALS + "\r\n")) {
      peer.send("HTTP/1.1 407 Who are you\r\nContent-Length: 4\r\n\r\nWho?");
      return;
    }
    String target = head.substring("CONNECT ".length(), head.indexOf(" HTTP/1.1"));
    int port = Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    Socket provider = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    peer.send("HTTP/1.1 103 Wait\r\n\r\nHTTP/1.1 200 Connection established\r\n\r\n");
    peer.relay(provider);
  }

  private static ProviderSettings through(ProviderSettings usual, int port, String password) {
    return usual.with(
        new Reach(
            Map.of(),
            HeaderEdits.NONE,
            "",
            "",
            new ProxyAddress("127.0.0.1", port, password.isEmpty() ? "" : "me", password)));
  }

  private static UpstreamFailure failureOf(TestLane lane, ProviderSettings provider)
      throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    UpstreamFailure failure = listener.awaitFailure();
    assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
    assertThat(failure.reason() + provider + provider.reach() + provider.reach().proxy())
        .doesNotContain(PASSWORD)
        .doesNotContain(CREDENTIALS.substring(6));
    return failure;
  }

  @Test
  void tlsThroughAProxy_carriesCallsOnOneConnection() throws Exception {
    try (TestLane lane = new TestLane(kind, KNOWS_NONE);
        ScriptedServer proxy = ScriptedServer.playing(this::forward);
        ScriptedServer server = ScriptedServer.playingOverTls(ALWAYS_OK)) {
      ProviderSettings provider =
          through(
              provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost()),
              proxy.port(),
              PASSWORD);
      for (int i = 0; i < 3; i++) {
        RecordingListener listener = new RecordingListener();
        lane.post(provider, "x".repeat(100_000), listener);
        assertThat(listener.awaitEnd().body()).isEqualTo("ok");
        lane.settle();
      }
      assertThat(heads)
          .singleElement()
          .asString()
          .startsWith("CONNECT localhost:" + server.port() + " HTTP/1.1\r\n")
          .contains("host: localhost:" + server.port() + "\r\n");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void plainHttpThroughAProxy_isTunnelledToo() throws Exception {
    try (TestLane lane = new TestLane(kind, KNOWS_NONE);
        ScriptedServer proxy = ScriptedServer.playing(this::forward);
        ScriptedServer server = ScriptedServer.playing(ALWAYS_OK)) {
      RecordingListener listener = new RecordingListener();
      lane.post(
          through(provider(server.urlOf("acme_inference")), proxy.port(), PASSWORD),
          "hello",
          listener);
      assertThat(listener.awaitEnd().body()).isEqualTo("ok");
    }
  }

  @Test
  void wrongCredentials_andNone_areRefused() throws Exception {
    try (TestLane lane = new TestLane(kind, KNOWS_NONE);
        ScriptedServer proxy = ScriptedServer.playing(this::forward)) {
      for (String password : new String[] {"wrong", ""}) {
        UpstreamFailure failure =
            failureOf(
                lane,
                through(provider(URI.create("https://acme.example")), proxy.port(), password));
        assertThat(failure.reason())
            .isEqualTo(
                "acme cannot be reached: its proxy 127.0.0.1:"
                    + proxy.port()
                    + " wants other credentials (407)");
      }
      assertThat(heads).hasSize(2).last().asString().doesNotContain("authorization");
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("answered 503", "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\n\r\n"),
        fault("answered 302", "HTTP/1.1 302 Found\r\nLocation: http://else\r\n\r\n"),
        fault("sent what is not HTTP, or beyond a bound", "220 smtp.example ESMTP\r\n\r\n"),
        fault(
            "sent what is not HTTP, or beyond a bound",
            "HTTP/1.1 200 OK\r\na: " + "x".repeat(TestLane.SETTINGS.headerBytesMax()) + "\r\n\r\n"),
        fault("answered with HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"),
        fault(
            "sent too many interim answers",
            "HTTP/1.1 100 On\r\n\r\n".repeat(TestLane.SETTINGS.interimMax() + 1)),
        fault("sent more than an answer", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n"),
        fault("closed the connection", "HTTP/1.1 200 O"),
        fault("closed the connection", ""));
  }

  private static Arguments fault(String expected, String answer) {
    return Arguments.of(expected, Named.of("an answer of " + answer.length() + " bytes", answer));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aProxy_thatDoesNotLetThrough_failsTheCall(String expected, String answer) throws Exception {
    Script script =
        peer -> {
          peer.readHead();
          peer.send(answer);
        };
    try (TestLane lane = new TestLane(kind, KNOWS_NONE);
        ScriptedServer proxy = ScriptedServer.playing(script)) {
      UpstreamFailure failure =
          failureOf(
              lane, through(provider(URI.create("https://acme.example")), proxy.port(), PASSWORD));
      assertThat(failure.isTimeout()).isFalse();
      assertThat(failure.reason())
          .isEqualTo(
              "acme cannot be reached: its proxy 127.0.0.1:" + proxy.port() + " " + expected);
      TestLane.await(() -> lane.upstream.openConnections() == 0);
    }
  }

  @Test
  void aProxy_thatResets_failsTheCall() throws Exception {
    Script script =
        peer -> {
          peer.readHead();
          peer.reset();
        };
    try (TestLane lane = new TestLane(kind, KNOWS_NONE);
        ScriptedServer proxy = ScriptedServer.playing(script)) {
      UpstreamFailure failure =
          failureOf(lane, through(provider(URI.create("https://acme.example")), proxy.port(), ""));
      assertThat(failure.reason()).contains(" broke the connection");
    }
  }

  @Test
  void aProxy_thatSaysNothing_orCannotBeReached_isNamed() throws Exception {
    URI url = URI.create("https://acme.example");
    try (TestLane lane = new TestLane(kind, KNOWS_NONE);
        ScriptedServer proxy = ScriptedServer.playing(Peer::awaitClosed)) {
      RecordingListener listener = new RecordingListener();
      lane.post(through(provider(url), proxy.port(), PASSWORD), "hello", listener);
      TestLane.await(() -> proxy.connections() == 1);
      lane.advance(TestLane.CONNECT_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.isTimeout()).isTrue();
      assertThat(failure.reason())
          .isEqualTo(
              "acme did not accept a connection through its proxy 127.0.0.1:%d within %d ms"
                  .formatted(proxy.port(), TestLane.CONNECT_MILLIS));

      int free;
      try (ServerSocket socket = new ServerSocket(0)) {
        free = socket.getLocalPort();
      }
      assertThat(failureOf(lane, through(provider(url), free, PASSWORD)).reason())
          .isEqualTo("acme cannot be reached: its proxy 127.0.0.1:" + free + " cannot be reached");
      ProviderSettings nowhere =
          provider(url)
              .with(
                  new Reach(
                      Map.of(), HeaderEdits.NONE, "", "", new ProxyAddress("squid", 3128, "", "")));
      assertThat(failureOf(lane, nowhere).reason())
          .isEqualTo(
              "acme cannot be reached: its proxy squid:3128 has a host name that cannot be"
                  + " resolved");
    }
  }

  @Test
  void aCallThatIsCancelled_givesTheProxyUp() throws Exception {
    try (TestLane lane = new TestLane(kind, KNOWS_NONE);
        ScriptedServer proxy = ScriptedServer.playing(Peer::awaitClosed)) {
      RecordingListener listener = new RecordingListener();
      UpstreamCall call =
          lane.post(
              through(provider(URI.create("https://acme.example")), proxy.port(), PASSWORD),
              "hello",
              listener);
      TestLane.await(() -> proxy.connections() == 1);
      lane.runOnLoop(
          () -> {
            listener.expectSilence();
            call.cancel();
          });
      lane.settle();
    }
  }
}
