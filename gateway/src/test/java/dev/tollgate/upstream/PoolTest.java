package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.await;
import static dev.tollgate.upstream.TestLane.provider;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class PoolTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final TestLane lane;

  PoolTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  @AfterEach
  void closeLane() {
    lane.close();
  }

  /** Answers every request of a connection alike. */
  private static Script always(String answer) {
    return peer -> {
      while (true) {
        peer.readRequest();
        peer.send(answer);
      }
    };
  }

  private RecordingListener answered(ProviderSettings provider) throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    listener.awaitEnd();
    lane.settle();
    return listener;
  }

  @Test
  void call_afterAnother_reusesItsConnection() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(always(OK))) {
      for (int i = 0; i < 20; i++) {
        assertThat(answered(provider(server.url())).body()).isEqualTo("ok");
      }
      assertThat(server.connections()).isEqualTo(1);
      assertThat(lane.upstream.openConnections()).isEqualTo(1);
      assertThat(lane.upstream.idleConnections()).isEqualTo(1);
    }
  }

  @Test
  void call_beyondConnectionsMax_waitsForOneAndTakesIt() throws Exception {
    CountDownLatch mayAnswer = new CountDownLatch(1);
    Script patient =
        peer -> {
          peer.readRequest();
          mayAnswer.await();
          peer.send(OK);
          always(OK).play(peer);
        };
    try (ScriptedServer server = ScriptedServer.playing(patient)) {
      ProviderSettings provider = provider(server.url(), 1, 8, "");
      List<RecordingListener> listeners =
          List.of(new RecordingListener(), new RecordingListener(), new RecordingListener());
      for (RecordingListener listener : listeners) {
        lane.get(provider, listener);
      }
      mayAnswer.countDown();
      for (RecordingListener listener : listeners) {
        listener.awaitEnd();
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void call_beyondWaitingMax_failsAtOnce() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(Peer::awaitClosed)) {
      ProviderSettings provider = provider(server.url(), 1, 1, "");
      UpstreamCall busy = lane.get(provider, new RecordingListener());
      UpstreamCall inLine = lane.get(provider, new RecordingListener());
      RecordingListener refused = new RecordingListener();
      lane.post(provider, "hello", refused);
      UpstreamFailure failure = refused.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.WAITING_FOR_CONNECTION);
      assertThat(failure.isTimeout()).isFalse();
      assertThat(failure.reason()).startsWith("acme ");
      lane.runOnLoop(inLine::cancel);
      lane.runOnLoop(busy::cancel);
    }
  }

  @Test
  void call_waitingTooLong_timesOut() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(Peer::awaitClosed)) {
      ProviderSettings provider = provider(server.url(), 1, 1, "");
      lane.get(provider, new RecordingListener());
      RecordingListener inLine = new RecordingListener();
      lane.post(provider, "hello", inLine);
      lane.advance(TestLane.WAITING_MILLIS + 1);
      UpstreamFailure failure = inLine.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.WAITING_FOR_CONNECTION);
      assertThat(failure.isTimeout()).isTrue();
    }
  }

  @Test
  void cancel_ofBusyCall_letsTheNextInLineConnect() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(Peer::awaitClosed, always(OK))) {
      ProviderSettings provider = provider(server.url(), 1, 4, "");
      UpstreamCall busy = lane.get(provider, new RecordingListener());
      await(() -> server.connections() == 1);
      RecordingListener gone = new RecordingListener();
      UpstreamCall goes = lane.get(provider, gone);
      RecordingListener inLine = new RecordingListener();
      lane.get(provider, inLine);
      lane.runOnLoop(
          () -> {
            gone.expectSilence();
            goes.cancel();
            busy.cancel();
          });
      inLine.awaitEnd();
      gone.assertOrder();
    }
  }

  @Test
  void call_onConnectionThatTurnsOutDead_isSentOnceMoreUnseen() throws Exception {
    Queue<String> requests = new ConcurrentLinkedQueue<>();
    Script onceOnly =
        peer -> {
          requests.add(peer.readRequest());
          peer.send(OK);
          requests.add(peer.readRequest());
        };
    Script healthy =
        peer -> {
          requests.add(peer.readRequest());
          peer.send(OK);
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(onceOnly, healthy)) {
      answered(provider(server.url()));
      RecordingListener second = answered(provider(server.url()));
      assertThat(second.body()).isEqualTo("ok");
      assertThat(second.resents()).isEqualTo(1);
      assertThat(requests).hasSize(3).allMatch(request -> request.endsWith("\r\n\r\nhello"));
      assertThat(lane.counts.resent).hasValue(1);
      assertThat(lane.hasReleasedBodies()).isTrue();
    }
  }

  @Test
  void call_thatMayNotBeSeenTwice_onConnectionThatTurnsOutDead_fails() throws Exception {
    Script onceOnly =
        peer -> {
          peer.readRequest();
          peer.send(OK);
          peer.readRequest();
        };
    try (ScriptedServer server = ScriptedServer.playing(onceOnly, always(OK))) {
      ProviderSettings provider = provider(server.url());
      answered(provider);
      RecordingListener listener = new RecordingListener();
      UpstreamRequest request =
          new UpstreamRequest(
              provider,
              "",
              HttpMethod.POST,
              "/files",
              new DefaultHttpHeaders(),
              Unpooled.EMPTY_BUFFER,
              provider.bounds(),
              /* isRepeatable= */ false);

      lane.runOnLoop(() -> listener.attach(lane.upstream.call(request, listener)));

      assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
      assertThat(lane.counts.resent).hasValue(0);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void call_onConnectionThatIsReset_isSentOnceMore() throws Exception {
    Script onceOnly =
        peer -> {
          peer.readRequest();
          peer.send(OK);
          peer.readRequest();
          peer.reset();
        };
    try (ScriptedServer server = ScriptedServer.playing(onceOnly, always(OK))) {
      answered(provider(server.url()));
      answered(provider(server.url()));
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void call_whoseSecondConnectionDiesToo_failsWithoutAThird() throws Exception {
    Script onceOnly =
        peer -> {
          peer.readRequest();
          peer.send(OK);
          peer.readRequest();
        };
    try (ScriptedServer server = ScriptedServer.playing(onceOnly, Peer::readRequest)) {
      answered(provider(server.url()));
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "hello", listener);
      assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void call_onDeadConnectionAfterAByteOfTheAnswer_isNotSentAgain() throws Exception {
    Script onceAndABit =
        peer -> {
          peer.readRequest();
          peer.send(OK);
          peer.readRequest();
          peer.send("H");
        };
    try (ScriptedServer server = ScriptedServer.playing(onceAndABit)) {
      answered(provider(server.url()));
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "hello", listener);
      assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void call_onConnectionThatDiesLongAfterSending_isNotSentAgain() throws Exception {
    CountDownLatch mayClose = new CountDownLatch(1);
    CountDownLatch hasRequest = new CountDownLatch(1);
    Script busyThenDead =
        peer -> {
          peer.readRequest();
          peer.send(OK);
          peer.readRequest();
          hasRequest.countDown();
          mayClose.await();
        };
    try (ScriptedServer server = ScriptedServer.playing(busyThenDead)) {
      answered(provider(server.url()));
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "hello", listener);
      hasRequest.await();
      lane.advance(TestLane.SETTINGS.resendMillisMax() + 1);
      mayClose.countDown();
      assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void idleConnection_closedByTheProvider_isGoneAtOnce() throws Exception {
    Script once =
        peer -> {
          peer.readRequest();
          peer.send(OK);
        };
    try (ScriptedServer server = ScriptedServer.playing(once)) {
      answered(provider(server.url()));
      await(() -> lane.upstream.openConnections() == 0 && lane.upstream.idleConnections() == 0);
      answered(provider(server.url()));
      assertThat(lane.counts.resent).hasValue(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"})
  void idleConnection_withUnexpectedBytes_isClosed(String bytes) throws Exception {
    CountDownLatch maySpeak = new CountDownLatch(1);
    Script chatty =
        peer -> {
          peer.readRequest();
          peer.send(OK);
          maySpeak.await();
          peer.send(bytes);
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(chatty)) {
      answered(provider(server.url()));
      await(() -> lane.upstream.idleConnections() == 1);
      maySpeak.countDown();
      await(() -> lane.upstream.openConnections() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n",
        "HTTP/1.1 204 No Content\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
      })
  void connection_afterAnAnswerThatForbidsIt_isNotReused(String answer) throws Exception {
    Script script =
        peer -> {
          peer.readRequest();
          peer.send(answer);
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      answered(provider(server.url()));
      await(() -> lane.upstream.openConnections() == 0);
      answered(provider(server.url()));
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void connection_keptAliveByHttp10_isReused() throws Exception {
    String answer = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok";
    try (ScriptedServer server = ScriptedServer.playing(always(answer))) {
      answered(provider(server.url()));
      answered(provider(server.url()));
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void connection_ofAPausedCallThatEnded_isReused() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(always(OK))) {
      for (int i = 0; i < 2; i++) {
        RecordingListener listener = new RecordingListener();
        listener.doing(event -> listener.call().pause());
        lane.get(provider(server.url()), listener);
        listener.awaitEnd();
        lane.settle();
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void idleConnection_beyondItsTime_isClosed() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(always(OK))) {
      answered(provider(server.url()));
      lane.advance(TestLane.IDLE_CONNECTION_MILLIS + 1);
      await(() -> lane.upstream.openConnections() == 0 && lane.upstream.idleConnections() == 0);
      answered(provider(server.url()));
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  @Test
  void provider_withChangedSettings_getsConnectionsOfItsOwn() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(always(OK))) {
      answered(provider(server.url(), 8, 8, ""));
      answered(provider(server.url(), 8, 8, ""));
      assertThat(server.connections()).isEqualTo(1);
      answered(provider(server.url(), 9, 8, ""));
      assertThat(server.connections()).isEqualTo(2);
      assertThat(lane.upstream.idleConnections()).isEqualTo(2);
    }
  }

  @Test
  void close_failsCallsUnderWayAndLaterOnes() throws Exception {
    CountDownLatch hasRequest = new CountDownLatch(1);
    Script silent =
        peer -> {
          peer.readRequest();
          hasRequest.countDown();
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(silent)) {
      RecordingListener underWay = new RecordingListener();
      lane.post(provider(server.url(), 1, 8, ""), "hello", underWay);
      RecordingListener inLine = new RecordingListener();
      lane.post(provider(server.url(), 1, 8, ""), "hello", inLine);
      hasRequest.await();
      lane.upstream.close();
      assertThat(underWay.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
      assertThat(inLine.awaitFailure().stage()).isEqualTo(Stage.WAITING_FOR_CONNECTION);
      RecordingListener late = new RecordingListener();
      lane.post(provider(server.url()), "hello", late);
      assertThat(late.awaitFailure().stage()).isEqualTo(Stage.WAITING_FOR_CONNECTION);
    }
  }
}
