package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.await;
import static dev.tollgate.upstream.TestLane.warm;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakWatch.class)
final class WarmConnectionsTest {
  private static final Script OK =
      peer -> {
        while (true) {
          peer.readRequest();
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      };

  private final TestLane lane = new TestLane(LoopKind.NIO);

  @AfterEach
  void closeLane() {
    lane.close();
  }

  private void keepWarm(ProviderSettings... providers) {
    lane.upstream.keepWarm(List.of(providers));
  }

  private RecordingListener asked(ProviderSettings provider) throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    return listener.awaitEnd();
  }

  private void awaitIdle(int connections) throws Exception {
    await(() -> lane.upstream.idleConnections() == connections);
  }

  @Test
  void warmConnections_areThereBeforeACall_andAreKept() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(OK)) {
      ProviderSettings provider = warm(TestLane.provider(server.url()), Http2Use.OFFERED, 3);
      keepWarm(provider);
      awaitIdle(3);
      lane.advance(TestLane.IDLE_CONNECTION_MILLIS + 1);
      lane.advance(TestLane.IDLE_CONNECTION_MILLIS + 1);
      assertThat(lane.upstream.idleConnections()).isEqualTo(3);
      asked(provider);
      assertThat(server.connections()).isBetween(3, 4);
    }
  }

  @Test
  void warmConnection_thatIsInUse_isMadeUpFor() throws Exception {
    Script busy = Peer::awaitClosed;
    try (ScriptedServer server = ScriptedServer.playing(busy)) {
      ProviderSettings provider = warm(TestLane.provider(server.url()), Http2Use.OFFERED, 2);
      keepWarm(provider);
      awaitIdle(2);
      UpstreamCall first = lane.get(provider, new RecordingListener());
      await(() -> server.connections() == 3);
      awaitIdle(2);
      lane.runOnLoop(first::cancel);
      assertThat(lane.upstream.openConnections()).isEqualTo(2);
    }
  }

  @Test
  void warmConnections_keepWithinConnectionsMax() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(OK)) {
      keepWarm(warm(TestLane.provider(server.url(), 2, 0, ""), Http2Use.OFFERED, 5));
      awaitIdle(2);
      lane.advance(1000);
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void warmConnection_closedAtOnce_isReplacedAfterAPauseThatDoubles() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(peer -> {})) {
      keepWarm(warm(TestLane.provider(server.url()), Http2Use.OFFERED, 1));
      await(() -> lane.counts.closed.get() == 1);
      lane.advance(500);
      assertThat(server.connections()).isEqualTo(1);
      lane.advance(600);
      await(() -> lane.counts.closed.get() == 2);
      lane.advance(1_500);
      assertThat(server.connections()).isEqualTo(2);
      lane.advance(600);
      await(() -> lane.counts.closed.get() == 3);
    }
  }

  @Test
  void warmConnection_closedAfterAWhile_isReplacedAtOnce() throws Exception {
    CountDownLatch mayClose = new CountDownLatch(1);
    try (ScriptedServer server = ScriptedServer.playing(peer -> mayClose.await(), OK)) {
      keepWarm(warm(TestLane.provider(server.url()), Http2Use.OFFERED, 1));
      awaitIdle(1);
      lane.advance(5_000);
      mayClose.countDown();
      await(() -> server.connections() == 2);
      awaitIdle(1);
    }
  }

  @Test
  void warmConnections_ofAProviderThatIsAway_comeWhenItIsBack() throws Exception {
    ScriptedServer gone = ScriptedServer.playing(OK);
    URI url = gone.url();
    gone.close();
    keepWarm(warm(TestLane.provider(url), Http2Use.OFFERED, 1));
    lane.advance(1);
    assertThat(lane.upstream.openConnections()).isZero();
    try (ScriptedServer back =
        ScriptedServer.playingAt(
            InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), url.getPort(), OK)) {
      await(
          () -> {
            try {
              lane.advance(1_000);
            } catch (Exception e) {
              throw new AssertionError(e);
            }
            return lane.upstream.idleConnections() == 1;
          });
      assertThat(back.connections()).isEqualTo(1);
    }
  }

  @Test
  void warmConnections_ofAProviderThatIsNoLongerConfigured_go() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(OK)) {
      ProviderSettings old = warm(TestLane.provider(server.url()), Http2Use.OFFERED, 2);
      ProviderSettings changed = warm(TestLane.provider(server.url()), Http2Use.OFFERED, 1);
      keepWarm(old);
      awaitIdle(2);
      keepWarm(old);
      lane.settle();
      assertThat(server.connections()).isEqualTo(2);
      keepWarm(changed);
      awaitIdle(1);
      assertThat(lane.upstream.openConnections()).isEqualTo(1);
      keepWarm();
      awaitIdle(0);
      lane.advance(5_000);
      assertThat(server.connections()).isEqualTo(3);
      assertThat(asked(changed).body()).isEqualTo("ok");
    }
  }

  @Test
  void warmConnection_ofHttp2_isOneAndIsAskedWhetherItLives() throws Exception {
    try (ScriptedStreams server =
        ScriptedStreams.overTls(TestCertificates.sockets(), stream -> stream.answer(200, "ok"))) {
      ProviderSettings provider =
          warm(
              TestLane.provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost()),
              Http2Use.OFFERED,
              5);
      keepWarm(provider);
      awaitIdle(1);
      lane.advance(TestLane.QUIET_MILLIS + 1);
      lane.advance(TestLane.IDLE_CONNECTION_MILLIS + 1);
      assertThat(asked(provider).body()).isEqualTo("ok");
      assertThat(server.connections()).isEqualTo(1);
    }
  }
}
