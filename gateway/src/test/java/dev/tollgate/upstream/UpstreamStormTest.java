package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.provider;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.TestLane.LoopKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Many calls at once to a provider that misbehaves at random, with a caller that does as well. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class UpstreamStormTest {
  private static final int CALLS = 400;
  private static final int CONNECTIONS_MAX = 8;
  private static final String BODY = "0123456789".repeat(2_000);
  private static final String WHOLE =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4e20\r\n" + BODY + "\r\n0\r\n\r\n";

  private final TestLane lane;
  private final long seed = System.nanoTime();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();

  UpstreamStormTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  /** Mostly answers; at times it breaks off, with or without a reset. */
  private void misbehave(Peer peer) throws IOException {
    Random random = new Random(seed + connections.incrementAndGet());
    while (true) {
      peer.readRequest();
      if (random.nextInt(10) < 7) {
        int cut = random.nextInt(WHOLE.length());
        peer.send(WHOLE.substring(0, cut));
        peer.send(WHOLE.substring(cut));
      } else {
        peer.send(WHOLE.substring(0, random.nextInt(WHOLE.length())));
        if (random.nextBoolean()) {
          peer.reset();
        }
        return;
      }
    }
  }

  /** Pauses for a moment, or cancels, at random. */
  private RecordingListener fickleListener(Random random, List<RecordingListener> cancelled) {
    RecordingListener listener = new RecordingListener();
    int whim = random.nextInt(10);
    return listener.doing(
        event -> {
          mostOpen.accumulateAndGet(lane.upstream.openConnections(), Math::max);
          if (whim < 2 && event.equals(whim == 0 ? "head" : "body")) {
            cancelled.add(listener);
            listener.call().cancel();
            listener.expectSilence();
            listener.isWhole.complete(false);
          } else if (whim < 5 && event.equals("body")) {
            listener.call().pause();
            var unused =
                lane.upstream
                    .loop()
                    .schedule(() -> listener.call().resume(), 1, TimeUnit.MILLISECONDS);
          }
        });
  }

  @Test
  void calls_inAStorm_endOnceEachAndLeaveNothingBehind() throws Exception {
    System.out.println("UpstreamStormTest seed " + seed);
    Random random = new Random(seed);
    List<RecordingListener> listeners = new ArrayList<>();
    List<RecordingListener> cancelled = new ArrayList<>();
    try (lane;
        ScriptedServer server = ScriptedServer.playing(this::misbehave)) {
      ProviderSettings provider = provider(server.url(), CONNECTIONS_MAX, CALLS, "");
      for (int i = 0; i < CALLS; i++) {
        RecordingListener listener = fickleListener(random, cancelled);
        listeners.add(listener);
        lane.post(provider, "hello " + i, listener);
      }
      for (RecordingListener listener : listeners) {
        boolean isWhole = listener.isWhole.get(60, TimeUnit.SECONDS);
        listener.assertOrder();
        if (isWhole) {
          assertThat(listener.body()).isEqualTo(BODY);
        }
      }
      lane.settle();
      assertThat(mostOpen.get()).isBetween(1, CONNECTIONS_MAX);
      assertThat(lane.counts.started).hasValue(CALLS);
      assertThat(lane.counts.cancelled).hasValue(cancelled.size());
    }
  }
}
