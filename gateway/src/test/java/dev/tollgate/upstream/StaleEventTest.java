package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.upstream.TestLane.LoopKind;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two connections have something to tell in the same turn of the event loop. What the first one
 * says makes us close the second and open a third, which gets the file descriptor of the second,
 * and must not be told what was meant for that.
 */
class StaleEventTest {
  private static final int ROUNDS = 10;
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  @ParameterizedTest
  @EnumSource
  void connection_thatGetsAClosedOnesDescriptor_isNotToldWhatWasMeantForThat(LoopKind kind)
      throws Exception {
    for (int number = 0; number < ROUNDS; number++) {
      new Round(number % 2 == 0).play(kind);
    }
  }

  /** One try; the second connection is reset, or closed in good order. */
  private static final class Round {
    private final boolean isReset;
    private final CountDownLatch requestsToRead = new CountDownLatch(2);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private final CountDownLatch hasAnswered = new CountDownLatch(1);
    private final CountDownLatch mayHangUp = new CountDownLatch(1);
    private final CountDownLatch hasHungUp = new CountDownLatch(1);

    Round(boolean isReset) {
      this.isReset = isReset;
    }

    private void answer(ScriptedServer.Peer peer) throws Exception {
      peer.readRequest();
      requestsToRead.countDown();
      mayAnswer.await();
      peer.send(OK);
      hasAnswered.countDown();
      peer.awaitClosed();
    }

    private void hangUp(ScriptedServer.Peer peer) throws Exception {
      peer.readRequest();
      requestsToRead.countDown();
      mayHangUp.await();
      if (isReset) {
        peer.reset();
      } else {
        peer.cut();
      }
      hasHungUp.countDown();
    }

    private static void answerAtOnce(ScriptedServer.Peer peer) throws Exception {
      peer.readRequest();
      peer.send(OK);
      peer.awaitClosed();
    }

    void play(LoopKind kind) throws Exception {
      try (ScriptedServer server =
              ScriptedServer.playing(this::answer, this::hangUp, Round::answerAtOnce);
          TestLane lane = new TestLane(kind)) {
        ProviderSettings provider = TestLane.provider(server.url());
        RecordingListener first = new RecordingListener();
        RecordingListener second = new RecordingListener();
        RecordingListener third = new RecordingListener();
        first.doing(
            event -> {
              if (event.equals("head")) {
                second.call().cancel();
                third.attach(
                    lane.upstream.call(
                        new UpstreamRequest(
                            provider,
                            HttpMethod.GET,
                            "/models",
                            new DefaultHttpHeaders(),
                            Unpooled.EMPTY_BUFFER),
                        third));
              }
            });
        lane.post(provider, "first", first);
        TestLane.await(() -> server.connections() == 1);
        lane.post(provider, "second", second);
        assertThat(requestsToRead.await(20, TimeUnit.SECONDS)).isTrue();
        lane.settle();

        lane.upstream
            .loop()
            .submit(
                () -> {
                  mayAnswer.countDown();
                  assertThat(hasAnswered.await(20, TimeUnit.SECONDS)).isTrue();
                  mayHangUp.countDown();
                  assertThat(hasHungUp.await(20, TimeUnit.SECONDS)).isTrue();
                  return null;
                })
            .get(20, TimeUnit.SECONDS);

        assertThat(third.isWhole.get(20, TimeUnit.SECONDS)).as("round").isTrue();
      }
    }
  }
}
