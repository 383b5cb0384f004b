package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.await;
import static dev.tollgate.upstream.TestLane.streams;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawFrame;
import dev.tollgate.upstream.ScriptedStreams.Manner;
import dev.tollgate.upstream.ScriptedStreams.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections of HTTP/2: which calls they carry, and how they end. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class StreamPoolTest {
  private static final Script OK = stream -> stream.answer(200, "ok");

  private final TestLane lane;

  StreamPoolTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  @AfterEach
  void closeLane() {
    lane.close();
  }

  private RecordingListener asked(ProviderSettings provider) throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(provider, "hello", listener);
    return listener;
  }

  private List<RecordingListener> asked(ProviderSettings provider, int calls) throws Exception {
    List<RecordingListener> listeners = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      listeners.add(asked(provider));
    }
    return listeners;
  }

  private static void awaitOk(List<RecordingListener> listeners) throws Exception {
    for (RecordingListener listener : listeners) {
      assertThat(listener.awaitEnd().body()).isEqualTo("ok");
    }
  }

  private static ProviderSettings overTls(ScriptedStreams server) {
    return TestLane.provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost());
  }

  // ---- what is spoken

  @Test
  void provider_choosingH2ByAlpn_isSpokenToInH2() throws Exception {
    try (ScriptedStreams server =
        ScriptedStreams.overTls(
            TestCertificates.sockets(),
            stream -> stream.answer(200, stream.header(":scheme") + stream.header(":authority")))) {
      RecordingListener listener = asked(overTls(server)).awaitEnd();
      assertThat(listener.body()).isEqualTo("httpslocalhost:" + server.url().getPort());
    }
  }

  @Test
  void provider_choosingNothing_isSpokenToInHttp1() throws Exception {
    String ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    try (ScriptedServer server =
        ScriptedServer.playingOverTls(
            peer -> {
              while (true) {
                peer.readRequest();
                peer.send(ok);
              }
            })) {
      ProviderSettings provider =
          TestLane.provider(server.urlOf("localhost"), 8, 8, TestCertificates.localhost());
      awaitOk(asked(provider, 3));
      awaitOk(asked(provider, 3));
      assertThat(server.connections()).isBetween(1, 3);
    }
  }

  @Test
  void provider_thatIsNotOfferedH2_doesNotGetIt() throws Exception {
    try (ScriptedStreams server = ScriptedStreams.overTls(TestCertificates.sockets(), OK)) {
      RecordingListener listener = asked(TestLane.warm(overTls(server), Http2Use.NEVER, 0));
      // It takes nothing but HTTP/2, and hangs up.
      assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
      assertThat(server.streams()).isZero();
    }
  }

  @Test
  void provider_thatSpeaksNoH2ThoughItShould_failsTheCallWhileConnecting() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            peer -> {
              peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
              peer.awaitClosed();
            })) {
      UpstreamFailure failure = asked(streams(server.url())).awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.reason()).startsWith("acme does not speak HTTP/2 as it should");
    }
  }

  @Test
  void provider_thatNeverSaysHello_timesOutWhileConnecting() throws Exception {
    try (ScriptedStreams server = ScriptedStreams.inTheClear(Manner.SILENT, OK)) {
      RecordingListener listener = asked(streams(server.url()));
      await(() -> server.connections() == 1);
      lane.advance(TestLane.CONNECT_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.isTimeout()).isTrue();
      assertThat(server.streams()).isZero();
    }
  }

  @Test
  void provider_thatAllowsNoStreams_failsTheCallWhileConnecting() throws Exception {
    try (ScriptedStreams server = ScriptedStreams.inTheClear(Manner.ofStreamsMax(0), OK)) {
      UpstreamFailure failure = asked(streams(server.url())).awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  // ---- how many

  @Test
  void calls_toAColdProvider_waitForOneConnection() throws Exception {
    try (ScriptedStreams server = ScriptedStreams.overTls(TestCertificates.sockets(), OK)) {
      awaitOk(asked(overTls(server), TestLane.STREAMS_MAX));
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void call_thatLeavesASharedOpening_leavesItToTheOthers() throws Exception {
    try (ScriptedStreams server = ScriptedStreams.inTheClear(OK)) {
      ProviderSettings provider = streams(server.url());
      RecordingListener other =
          lane.onLoop(
              () -> {
                RecordingListener gone = new RecordingListener();
                RecordingListener stays = new RecordingListener();
                UpstreamCall leaving = lane.upstream.call(TestLane.getOf(provider), gone);
                lane.upstream.call(TestLane.getOf(provider), stays);
                gone.expectSilence();
                leaving.cancel();
                return stays;
              });
      assertThat(other.awaitEnd().body()).isEqualTo("ok");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void calls_beyondWhatTheProviderAllows_openMoreConnectionsThenWait() throws Exception {
    CountDownLatch mayAnswer = new CountDownLatch(1);
    AtomicInteger most = new AtomicInteger();
    AtomicInteger now = new AtomicInteger();
    Script script =
        stream -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          mayAnswer.await();
          now.decrementAndGet();
          stream.answer(200, "ok");
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(Manner.ofStreamsMax(2), script)) {
      ProviderSettings provider =
          TestLane.warm(TestLane.provider(server.url(), 3, 4, ""), Http2Use.PRIOR_KNOWLEDGE, 0);
      List<RecordingListener> listeners = asked(provider, 10);
      await(() -> server.streams() == 6);
      RecordingListener refused = asked(provider);
      assertThat(refused.awaitFailure().stage()).isEqualTo(Stage.WAITING_FOR_CONNECTION);
      mayAnswer.countDown();
      awaitOk(listeners);
      assertThat(server.connections()).isEqualTo(3);
      assertThat(most).hasValueLessThanOrEqualTo(6);
    }
  }

  @Test
  void call_inLine_goesWhenTheProviderAllowsMore() throws Exception {
    CountDownLatch mayAnswer = new CountDownLatch(1);
    Script script =
        stream -> {
          if (stream.number() == 0) {
            stream.connection().settings(RawFrame.MAX_CONCURRENT_STREAMS, 2);
            mayAnswer.await();
          }
          stream.answer(200, "ok");
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(Manner.ofStreamsMax(1), script)) {
      ProviderSettings provider =
          TestLane.warm(TestLane.provider(server.url(), 1, 4, ""), Http2Use.PRIOR_KNOWLEDGE, 0);
      RecordingListener first = asked(provider);
      awaitOk(List.of(asked(provider)));
      mayAnswer.countDown();
      awaitOk(List.of(first));
    }
  }

  @Test
  void idleConnection_isClosedAfterItsTimeWithAGoodbye() throws Exception {
    List<StreamPeer> peers = new ArrayList<>();
    Script script =
        stream -> {
          peers.add(stream.connection());
          stream.answer(200, "ok");
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      asked(streams(server.url())).awaitEnd();
      await(() -> lane.upstream.idleConnections() == 1);
      lane.advance(TestLane.IDLE_CONNECTION_MILLIS + 1);
      peers.getFirst().awaitClosed();
      assertThat(peers.getFirst().goodbye()).isEqualTo(Http2Error.NO_ERROR);
      assertThat(lane.upstream.openConnections()).isZero();
      assertThat(lane.upstream.idleConnections()).isZero();
    }
  }

  // ---- what was not looked at

  @Test
  void goAway_resendsTheLaterCallsElsewhereAndLetsTheOthersEnd() throws Exception {
    CountDownLatch allThere = new CountDownLatch(3);
    CountDownLatch gone = new CountDownLatch(1);
    Script script =
        stream -> {
          if (stream.connection().number() > 0) {
            stream.answer(200, "ok");
            return;
          }
          allThere.countDown();
          allThere.await();
          if (stream.number() == 0) {
            stream.connection().goAway(stream.id(), Http2Error.NO_ERROR);
            gone.countDown();
            stream.answer(200, "ok");
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      awaitOk(asked(streams(server.url()), 3));
      assertThat(server.connections()).isEqualTo(2);
      assertThat(lane.counts.resent).hasValue(2);
      await(() -> server.openConnections() == 1);
    }
  }

  @Test
  void goAway_thatServesAll_takesNoNewCall() throws Exception {
    CountDownLatch mayAnswer = new CountDownLatch(1);
    CountDownLatch saidGoodbye = new CountDownLatch(1);
    Script script =
        stream -> {
          if (stream.connection().number() == 0) {
            stream.connection().goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR).ping();
            stream.connection().awaitPingAnswers(1);
            saidGoodbye.countDown();
            mayAnswer.await();
          }
          stream.answer(200, "ok");
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener first = asked(streams(server.url()));
      saidGoodbye.await();
      awaitOk(List.of(asked(streams(server.url()))));
      mayAnswer.countDown();
      awaitOk(List.of(first));
      assertThat(server.connections()).isEqualTo(2);
      assertThat(lane.counts.resent).hasValue(0);
      await(() -> server.openConnections() == 1);
    }
  }

  @Test
  void refusedStream_isSentAgainOnceOnAnotherConnection() throws Exception {
    Script script =
        stream -> {
          if (stream.connection().number() == 0) {
            stream.reset(Http2Error.REFUSED_STREAM);
          } else {
            stream.answer(200, "ok");
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      awaitOk(asked(streams(server.url()), 1));
      assertThat(server.connections()).isEqualTo(2);
      assertThat(lane.counts.resent).hasValue(1);
    }
  }

  @Test
  void refusedStream_twice_failsAsACallThatTheProviderHasNotSeen() throws Exception {
    try (ScriptedStreams server =
        ScriptedStreams.inTheClear(stream -> stream.reset(Http2Error.REFUSED_STREAM))) {
      UpstreamFailure failure = asked(streams(server.url())).awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.CONNECTING);
      assertThat(failure.reason()).isEqualTo("acme refused the request on its connection");
      assertThat(server.streams()).isEqualTo(2);
    }
  }

  private static Socket socketTo(int port) throws IOException {
    return new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
  }

  /** One that is taken off HTTP/2, say, behind the same address. */
  @Test
  void goAway_ofAProviderThatHasChangedToHttp1_opensNoMoreConnectionsThanThereMayBe()
      throws Exception {
    CountDownLatch allThere = new CountDownLatch(3);
    CountDownLatch mayGo = new CountDownLatch(1);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    Script before =
        stream -> {
          allThere.countDown();
          mayGo.await();
          if (stream.number() == 0) {
            stream.connection().goAway(0, Http2Error.NO_ERROR);
          }
        };
    ScriptedServer.Script after =
        peer -> {
          while (true) {
            peer.readRequest();
            mayAnswer.await();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          }
        };
    try (ScriptedStreams http2 =
            ScriptedStreams.overTls(TestCertificates.sockets(), Manner.ofStreamsMax(3), before);
        ScriptedServer http1 = ScriptedServer.playingOverTls(after);
        ScriptedServer door =
            ScriptedServer.playing(
                peer -> peer.relay(socketTo(http2.url().getPort())),
                peer -> peer.relay(socketTo(http1.port())))) {
      URI url = URI.create("https://localhost:" + door.port() + "/v1");
      ProviderSettings provider = TestLane.provider(url, 2, 8, TestCertificates.localhost());
      List<RecordingListener> listeners = asked(provider, 3);
      allThere.await();
      listeners.add(asked(provider));
      await(() -> lane.upstream.openConnections() == 2);
      mayGo.countDown();
      await(() -> lane.counts.resent.get() == 3 && http1.connections() >= 2);
      mayAnswer.countDown();
      awaitOk(listeners);
      assertThat(door.connections()).isEqualTo(3);
    }
  }

  @Test
  void keptConnection_thatTurnsOutDead_isReplacedUnseen() throws Exception {
    Script script =
        stream -> {
          if (stream.connection().number() == 0 && stream.number() == 1) {
            stream.connection().close();
          } else {
            stream.answer(200, "ok");
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      awaitOk(asked(streams(server.url()), 1));
      awaitOk(asked(streams(server.url()), 1));
      assertThat(server.connections()).isEqualTo(2);
      assertThat(lane.counts.resent).hasValue(1);
    }
  }

  // ---- what breaks a connection

  @Test
  void connection_thatCloses_failsAllItsCallsEachWhereItWas() throws Exception {
    CountDownLatch bothThere = new CountDownLatch(2);
    Script script =
        stream -> {
          if (stream.number() == 0) {
            stream.head(200).data("half");
          }
          bothThere.countDown();
          bothThere.await();
          if (stream.number() == 0) {
            stream.connection().ping().awaitPingAnswers(1);
            stream.connection().cut();
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener reading = asked(streams(server.url()));
      await(() -> reading.bodyBytes() == 4);
      RecordingListener waiting = new RecordingListener();
      lane.get(streams(server.url()), waiting);
      assertThat(reading.awaitFailure().stage()).isEqualTo(Stage.READING_BODY);
      // This one was sent on a kept connection, and the replacement was cut just so.
      waiting.isWhole.get();
      await(() -> lane.upstream.openConnections() == server.openConnections());
    }
  }

  private void assertBroken(Script script, String reason) throws Exception {
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      UpstreamFailure failure = asked(streams(server.url())).awaitFailure();
      assertThat(failure.reason()).startsWith("acme ").contains(reason);
      await(() -> lane.upstream.openConnections() == 0);
    }
  }

  @Test
  void connection_onWhichARuleIsBroken_isClosedSayingWhy() throws Exception {
    assertBroken(
        stream -> {
          stream
              .connection()
              .bytes("nonsense, and rather much of it".getBytes(StandardCharsets.US_ASCII));
          stream.connection().awaitClosed();
          assertThat(stream.connection().goodbye()).isNotNull();
        },
        "broke the rules of HTTP/2");
    assertBroken(
        stream ->
            stream
                .connection()
                .frame(RawFrame.HEADERS, RawFrame.END_HEADERS, stream.id(), new byte[] {-1}),
        "broke the rules of HTTP/2");
    assertBroken(
        stream -> stream.connection().frame(RawFrame.DATA, 0, 99, new byte[10]), "PROTOCOL_ERROR");
  }

  @Test
  void push_isAFaultOfTheProvider() throws Exception {
    assertBroken(
        stream ->
            stream
                .connection()
                .frame(
                    RawFrame.PUSH_PROMISE,
                    RawFrame.END_HEADERS,
                    stream.id(),
                    ByteBuffer.allocate(5).putInt(2).put((byte) 0x82).array()),
        "broke the rules of HTTP/2 (PROTOCOL_ERROR)");
  }

  @Test
  void floods_endTheConnection() throws Exception {
    assertBroken(
        stream -> {
          for (int i = 0; i < 300; i++) {
            stream.connection().ping();
          }
        },
        "ENHANCE_YOUR_CALM");
    assertBroken(
        stream -> {
          for (int i = 0; i < 300; i++) {
            stream.connection().settings();
          }
        },
        "ENHANCE_YOUR_CALM");
    assertBroken(
        stream -> {
          stream.head(200);
          for (int i = 0; i < 300; i++) {
            stream.connection().frame(RawFrame.DATA, 0, stream.id(), new byte[0]);
          }
        },
        "ENHANCE_YOUR_CALM");
  }

  @Test
  void quietConnection_thatAnswersPings_stays() throws Exception {
    CountDownLatch mayAnswer = new CountDownLatch(1);
    Script script =
        stream -> {
          stream.connection().awaitPing();
          mayAnswer.await();
          stream.answer(200, "ok");
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener listener = asked(streams(server.url()));
      await(() -> server.streams() == 1);
      lane.advance(1);
      lane.advance(TestLane.QUIET_MILLIS + 1);
      lane.settle();
      lane.advance(1);
      mayAnswer.countDown();
      awaitOk(List.of(listener));
    }
  }

  @Test
  void quietConnection_thatAnswersNoPing_isGivenUp() throws Exception {
    Script script = stream -> stream.connection().answeringNoPings().awaitClosed();
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener listener = asked(streams(server.url()));
      await(() -> server.streams() == 1);
      lane.advance(1);
      lane.advance(TestLane.QUIET_MILLIS + 1);
      lane.advance(TestLane.PING_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.reason()).isEqualTo("acme did not answer a ping within 5000 ms");
      assertThat(failure.stage()).isEqualTo(Stage.AWAITING_HEAD);
    }
  }

  @Test
  void close_failsTheCallsAndSaysGoodbye() throws Exception {
    List<StreamPeer> peers = new ArrayList<>();
    try (ScriptedStreams server =
        ScriptedStreams.inTheClear(stream -> peers.add(stream.connection()))) {
      RecordingListener listener = asked(streams(server.url()));
      await(() -> server.streams() == 1);
      lane.upstream.close();
      assertThat(listener.awaitFailure().reason()).contains("the gateway is stopping");
      await(() -> !peers.isEmpty());
      peers.getFirst().awaitClosed();
      assertThat(lane.upstream.openConnections()).isZero();
    }
  }
}
