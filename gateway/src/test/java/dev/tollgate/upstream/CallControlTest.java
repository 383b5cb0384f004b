package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.await;
import static dev.tollgate.upstream.TestLane.provider;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Time bounds, pausing and cancelling. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class CallControlTest {
  private static final String CHUNKED_HEAD =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final TestLane lane;

  CallControlTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  @AfterEach
  void closeLane() {
    lane.close();
  }

  @Test
  void provider_thatNeverAnswers_timesOutAwaitingTheHead() throws Exception {
    CountDownLatch hasRequest = new CountDownLatch(1);
    Script silent =
        peer -> {
          peer.readRequest();
          hasRequest.countDown();
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(silent)) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "hello", listener);
      hasRequest.await();
      lane.advance(TestLane.FIRST_BYTE_MILLIS - 5_000);
      assertThat(listener.isWhole).isNotDone();
      lane.advance(5_001);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.AWAITING_HEAD);
      assertThat(failure.isTimeout()).isTrue();
      assertThat(lane.upstream.openConnections()).isZero();
    }
  }

  @Test
  void provider_thatDoesNotTakeTheRequest_timesOutSending() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(peer -> new CountDownLatch(1).await())) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "x".repeat(32 << 20), listener);
      await(() -> lane.upstream.openConnections() == 1);
      lane.settle();
      lane.advance(TestLane.FIRST_BYTE_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.SENDING);
      assertThat(failure.isTimeout()).isTrue();
    }
  }

  @Test
  void answer_byteByByte_timesOutOnlyWhenIdleForTooLong() throws Exception {
    CountDownLatch[] mayGoOn = {new CountDownLatch(1), new CountDownLatch(1)};
    Script slow =
        peer -> {
          peer.readRequest();
          peer.send(CHUNKED_HEAD + "1\r\na\r\n");
          for (CountDownLatch latch : mayGoOn) {
            latch.await();
            peer.send("1\r\na\r\n");
          }
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(slow)) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "hello", listener);
      for (int i = 0; i < 2; i++) {
        int bytes = i + 1;
        await(() -> listener.bodyBytes() == bytes);
        lane.advance(0);
        lane.advance(TestLane.IDLE_MILLIS - 5_000);
        mayGoOn[i].countDown();
      }
      await(() -> listener.bodyBytes() == 3);
      lane.advance(0);
      lane.advance(TestLane.IDLE_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.READING_BODY);
      assertThat(failure.isTimeout()).isTrue();
    }
  }

  @Test
  void answer_pausedByTheCaller_doesNotTimeOut() throws Exception {
    CountDownLatch mayEnd = new CountDownLatch(1);
    Script script =
        peer -> {
          peer.readRequest();
          peer.send(CHUNKED_HEAD + "1\r\na\r\n");
          mayEnd.await();
          peer.send("0\r\n\r\n");
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      RecordingListener listener = new RecordingListener();
      UpstreamCall call = lane.post(provider(server.url()), "hello", listener);
      await(() -> listener.bodyBytes() == 1);
      lane.runOnLoop(call::pause);
      lane.advance(10L * TestLane.IDLE_MILLIS);
      assertThat(listener.isWhole).isNotDone();
      lane.runOnLoop(call::resume);
      lane.advance(0);
      mayEnd.countDown();
      listener.awaitEnd();
    }
  }

  @Test
  void call_takingTooLongInAll_timesOutThoughBytesCome() throws Exception {
    Script endless =
        peer -> {
          peer.readRequest();
          peer.send(CHUNKED_HEAD);
          while (true) {
            peer.send("1\r\na\r\n");
            Thread.sleep(1);
          }
        };
    try (ScriptedServer server = ScriptedServer.playing(endless)) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "hello", listener);
      await(() -> listener.bodyBytes() > 0);
      lane.advance(TestLane.TOTAL_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.READING_BODY);
      assertThat(failure.isTimeout()).isTrue();
    }
  }

  @Test
  void pause_stopsAFastAnswerAndResumeDeliversItWhole() throws Exception {
    long total = 256L << 20;
    Script fast =
        peer -> {
          peer.readRequest();
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
          byte[] block = new byte[1 << 20];
          for (long sent = 0; sent < total; sent += block.length) {
            peer.send(block);
          }
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(fast)) {
      long[] pausedAt = new long[1];
      long[] mostWhilePaused = new long[1];
      long[] nextPause = new long[1];
      RecordingListener listener = new RecordingListener().countingOnly();
      listener.doing(
          event -> {
            if (pausedAt[0] > 0) {
              mostWhilePaused[0] = Math.max(mostWhilePaused[0], listener.bodyBytes() - pausedAt[0]);
            } else if (event.equals("body") && listener.bodyBytes() >= nextPause[0]) {
              listener.call().pause();
              pausedAt[0] = listener.bodyBytes();
              nextPause[0] = pausedAt[0] + (8 << 20);
              var unused =
                  lane.upstream
                      .loop()
                      .schedule(
                          () -> {
                            pausedAt[0] = 0;
                            listener.call().resume();
                          },
                          5,
                          TimeUnit.MILLISECONDS);
            }
          });
      lane.post(provider(server.url()), "hello", listener);
      listener.awaitEnd();
      assertThat(listener.bodyBytes()).isEqualTo(total);
      assertThat(mostWhilePaused[0]).isLessThanOrEqualTo(TestLane.SETTINGS.readBytesMax());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"interim", "head", "body", "read", "end"})
  void cancel_fromWithinTheListener_silencesItAndClosesTheConnection(String moment)
      throws Exception {
    CountDownLatch isClosed = new CountDownLatch(1);
    Script script =
        peer -> {
          peer.readRequest();
          peer.send("HTTP/1.1 103 Early Hints\r\n\r\n" + CHUNKED_HEAD + "1\r\na\r\n1\r\nb\r\n");
          if (moment.equals("end")) {
            peer.send("0\r\n\r\n");
          }
          peer.awaitClosed();
          isClosed.countDown();
        };
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      RecordingListener listener = new RecordingListener();
      CountDownLatch isCancelled = new CountDownLatch(1);
      listener.doing(
          event -> {
            if (event.equals(moment)) {
              listener.call().cancel();
              listener.call().cancel();
              listener.expectSilence();
              isCancelled.countDown();
            }
          });
      lane.post(provider(server.url()), "hello", listener);
      isCancelled.await();
      lane.settle();
      listener.assertOrder();
      assertThat(lane.hasReleasedBodies()).isTrue();
      if (moment.equals("end")) {
        // Too late: the connection is in order and stays.
        assertThat(lane.upstream.idleConnections()).isEqualTo(1);
        assertThat(lane.counts.ended).hasValue(1);
      } else {
        assertThat(isClosed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(lane.upstream.openConnections()).isZero();
        assertThat(lane.counts.cancelled).hasValue(1);
      }
    }
  }

  @Test
  void cancel_atOnceAfterTheCall_leavesNothingBehind() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(Peer::awaitClosed)) {
      for (int i = 0; i < 20; i++) {
        RecordingListener listener = new RecordingListener();
        UpstreamCall call = lane.post(provider(server.url()), "hello", listener);
        lane.runOnLoop(
            () -> {
              listener.expectSilence();
              call.cancel();
            });
        listener.assertOrder();
      }
      assertThat(lane.counts.cancelled).hasValue(20);
      assertThat(lane.upstream.openConnections()).isZero();
    }
  }

  @Test
  void cancel_whileSending_releasesTheBody() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(peer -> new CountDownLatch(1).await())) {
      RecordingListener listener = new RecordingListener();
      UpstreamCall call = lane.post(provider(server.url()), "x".repeat(32 << 20), listener);
      await(() -> lane.upstream.openConnections() == 1);
      lane.runOnLoop(
          () -> {
            listener.expectSilence();
            call.cancel();
          });
      await(lane::hasReleasedBodies);
      listener.assertOrder();
    }
  }
}
