package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.provider;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses, connecting and TLS. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class ConnectTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private static final InetAddress LOCALHOST = loopback(1);
  private static final InetAddress OTHER = loopback(2);

  private final LoopKind kind;

  ConnectTest(LoopKind kind) {
    this.kind = kind;
  }

  private static final Script ALWAYS_OK =
      peer -> {
        while (true) {
          peer.readRequest();
          peer.send(OK);
        }
      };

  private static UpstreamFailure failureOf(TestLane lane, ProviderSettings provider)
      throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    return listener.awaitFailure();
  }

  private static InetAddress loopback(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, LOCALHOST)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void connect_refused_fails() throws Exception {
    try (TestLane lane = new TestLane(kind)) {
      ProviderSettings provider = provider(URI.create("http://127.0.0.1:" + freePort()));
      UpstreamFailure failure = failureOf(lane, provider);
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.isTimeout()).isFalse();
      assertThat(failure.reason()).isEqualTo("acme cannot be reached");
    }
  }

  @Test
  void connect_toUnknownHost_fails() throws Exception {
    HostAddresses.Lookup knowsNone =
        host -> {
          throw new UnknownHostException(host);
        };
    try (TestLane lane = new TestLane(kind, knowsNone)) {
      UpstreamFailure failure = failureOf(lane, provider(URI.create("http://acme.example")));
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.reason()).contains("cannot be resolved");
    }
  }

  @Test
  void connect_whileTheLookUpHangs_timesOut() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    HostAddresses.Lookup hangs =
        host -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          throw new UnknownHostException(host);
        };
    try (TestLane lane = new TestLane(kind, hangs)) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(URI.create("http://acme.example")), "hello", listener);
      lane.advance(TestLane.CONNECT_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.isTimeout()).isTrue();
    } finally {
      never.countDown();
    }
  }

  @Test
  void connect_whenTheFirstAddressRefuses_triesTheNext() throws Exception {
    HostAddresses.Lookup two = host -> new InetAddress[] {OTHER, LOCALHOST};
    try (TestLane lane = new TestLane(kind, two);
        ScriptedServer server = ScriptedServer.playing(ALWAYS_OK)) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.urlOf("acme_inference")), "hello", listener);
      listener.awaitEnd();
    }
  }

  @Test
  void connect_whenTheFirstAddressIsSilent_takesTheNext() throws Exception {
    HostAddresses.Lookup two = host -> new InetAddress[] {OTHER, LOCALHOST};
    try (TestLane lane = new TestLane(kind, two);
        ScriptedServer server = ScriptedServer.playing(ALWAYS_OK);
        BlackHole silent = new BlackHole(OTHER, server.port())) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.urlOf("acme_inference")), "hello", listener);
      assertThat(listener.awaitEnd().body()).isEqualTo("ok");
      assertThat(silent.address().getAddress()).isEqualTo(OTHER);
    }
  }

  @Test
  void connect_whenTheOtherFamilyRefuses_takesTheOne() throws Exception {
    InetAddress six =
        InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    for (InetAddress[] found : new InetAddress[][] {{six, LOCALHOST}, {OTHER, six, LOCALHOST}}) {
      try (TestLane lane = new TestLane(kind, host -> found);
          ScriptedServer server = ScriptedServer.playing(ALWAYS_OK)) {
        RecordingListener listener = new RecordingListener();
        lane.post(provider(server.urlOf("acme_inference")), "hello", listener);
        assertThat(listener.awaitEnd().body()).isEqualTo("ok");
      }
    }
  }

  @Test
  void connect_whenAllAddressesAreSilent_timesOutAndLooksUpAnew() throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    HostAddresses.Lookup two =
        host -> {
          lookups.incrementAndGet();
          return new InetAddress[] {LOCALHOST, OTHER};
        };
    try (TestLane lane = new TestLane(kind, two);
        BlackHole one = new BlackHole(LOCALHOST, 0);
        BlackHole other = new BlackHole(OTHER, one.address().getPort())) {
      ProviderSettings provider =
          provider(URI.create("http://acme.example:" + other.address().getPort()));
      for (int round = 1; round <= 2; round++) {
        RecordingListener listener = new RecordingListener();
        lane.post(provider, "hello", listener);
        int expected = round;
        TestLane.await(() -> lookups.get() == expected);
        lane.upstream
            .loop()
            .schedule(() -> {}, 4L * TestLane.ATTEMPT_DELAY_MILLIS, TimeUnit.MILLISECONDS)
            .get();
        lane.advance(TestLane.CONNECT_MILLIS + 1);
        UpstreamFailure failure = listener.awaitFailure();
        assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
        assertThat(failure.isTimeout()).isTrue();
        assertThat(failure.reason()).startsWith("acme did not accept a connection within");
      }
    }
  }

  @Test
  void connect_toAnAddressThatFailedLately_isTriedLastForAWhile() throws Exception {
    Script once =
        peer -> {
          peer.readRequest();
          peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
          peer.awaitClosed();
        };
    HostAddresses.Lookup two = host -> new InetAddress[] {OTHER, LOCALHOST};
    try (TestLane lane = new TestLane(kind, two);
        ScriptedServer server = ScriptedServer.playing(once)) {
      ProviderSettings provider = provider(server.urlOf("acme_inference"));
      askOnce(lane, provider);
      assertThat(server.connections()).isEqualTo(1);
      try (ScriptedServer recovered = ScriptedServer.playingAt(OTHER, server.port(), once)) {
        askOnce(lane, provider);
        assertThat(server.connections()).isEqualTo(2);
        lane.advance(TestLane.SETTINGS.failedAddressMillis());
        askOnce(lane, provider);
        assertThat(server.connections()).isEqualTo(2);
        assertThat(recovered.connections()).isEqualTo(1);
      }
    }
  }

  private static void askOnce(TestLane lane, ProviderSettings provider) throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    listener.awaitEnd();
    TestLane.await(() -> lane.upstream.openConnections() == 0);
  }

  @Test
  void connect_withoutAHandshakeInReturn_timesOut() throws Exception {
    try (TestLane lane = new TestLane(kind);
        ScriptedServer server = ScriptedServer.playing(Peer::awaitClosed)) {
      URI url = URI.create("https://127.0.0.1:" + server.port());
      RecordingListener listener = new RecordingListener();
      lane.post(provider(url), "hello", listener);
      TestLane.await(() -> server.connections() == 1);
      lane.advance(TestLane.CONNECT_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.isTimeout()).isTrue();
    }
  }

  @Test
  void tls_withATrustedCertificate_carriesCallsOnOneConnection() throws Exception {
    try (TestLane lane = new TestLane(kind);
        ScriptedServer server = ScriptedServer.playingOverTls(ALWAYS_OK)) {
      ProviderSettings provider =
          provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost());
      for (int i = 0; i < 5; i++) {
        RecordingListener listener = new RecordingListener();
        lane.post(provider, "x".repeat(100_000), listener);
        assertThat(listener.awaitEnd().body()).isEqualTo("ok");
        lane.settle();
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void tls_toAProviderItKnows_resumesTheSession() throws Exception {
    Queue<Long> sessions = new ConcurrentLinkedQueue<>();
    Script once =
        peer -> {
          peer.readRequest();
          sessions.add(peer.tlsSessionMillis());
          peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
          peer.awaitClosed();
        };
    try (TestLane lane = new TestLane(kind);
        ScriptedServer server = ScriptedServer.playingOverTls(once)) {
      ProviderSettings provider =
          provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost());
      for (int i = 0; i < 2; i++) {
        RecordingListener listener = new RecordingListener();
        lane.post(provider, "hello", listener);
        listener.awaitEnd();
        TestLane.await(() -> lane.upstream.openConnections() == 0);
        long now = System.currentTimeMillis();
        TestLane.await(() -> System.currentTimeMillis() > now);
      }
      assertThat(sessions).hasSize(2);
      assertThat(Set.copyOf(sessions)).hasSize(1);
    }
  }

  @Test
  void tls_withAnUntrustedCertificate_fails() throws Exception {
    try (TestLane lane = new TestLane(kind);
        ScriptedServer server = ScriptedServer.playingOverTls(ALWAYS_OK)) {
      for (String trusted : new String[] {"", TestCertificates.stranger()}) {
        UpstreamFailure failure =
            failureOf(lane, provider(server.urlOf("localhost"), 8, 8, trusted));
        assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
        assertThat(failure.isTimeout()).isFalse();
        assertThat(failure.reason()).startsWith("acme failed the TLS handshake");
      }
    }
  }

  @Test
  void tls_withTheCertificateOfAnotherHost_fails() throws Exception {
    try (TestLane lane = new TestLane(kind);
        ScriptedServer server = ScriptedServer.playingOverTls(ALWAYS_OK)) {
      UpstreamFailure failure =
          failureOf(lane, provider(server.url(), 8, 8, TestCertificates.localhost()));
      assertThat(failure.reason()).startsWith("acme failed the TLS handshake");
    }
  }

  @Test
  void tls_withoutReadableCertificatesToTrust_fails() throws Exception {
    try (TestLane lane = new TestLane(kind);
        ScriptedServer server = ScriptedServer.playingOverTls(ALWAYS_OK)) {
      UpstreamFailure failure =
          failureOf(lane, provider(server.urlOf("localhost"), 8, 8, "/no/such.pem"));
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.reason()).isEqualTo("acme has no usable certificates to trust");
    }
  }

  @Test
  void tls_cutWithoutNotice_isNoEndOfAnAnswer() throws Exception {
    AtomicInteger connection = new AtomicInteger();
    Script script =
        peer -> {
          peer.readRequest();
          peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
          if (connection.getAndIncrement() > 0) {
            peer.cut();
          }
        };
    try (TestLane lane = new TestLane(kind);
        ScriptedServer server = ScriptedServer.playingOverTls(script)) {
      ProviderSettings provider =
          provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost());
      RecordingListener properly = new RecordingListener();
      lane.post(provider, "hello", properly);
      assertThat(properly.awaitEnd().body()).isEqualTo("hello");
      UpstreamFailure failure = failureOf(lane, provider);
      assertThat(failure.stage()).isEqualTo(Stage.READING_BODY);
    }
  }
}
