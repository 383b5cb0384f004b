package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.STREAM_WINDOW;
import static dev.tollgate.upstream.TestLane.await;
import static dev.tollgate.upstream.TestLane.streams;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedStreams.Manner;
import dev.tollgate.upstream.ScriptedStreams.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Windows, in both directions. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class StreamFlowTest {
  private static final int MUCH = 4 << 20;

  private final TestLane lane;

  StreamFlowTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  @AfterEach
  void closeLane() {
    lane.close();
  }

  /** Stops reading at the first piece. */
  private RecordingListener stopping(ProviderSettings provider) throws Exception {
    RecordingListener stopped = new RecordingListener().countingOnly();
    stopped.doing(
        event -> {
          if (event.equals("head")) {
            stopped.call().pause();
          }
        });
    lane.post(provider, "stopped", stopped);
    return stopped;
  }

  @Test
  void pausedCall_isSentNoMoreThanItsWindow_andAllOfItOnceItGoesOn() throws Exception {
    CompletableFuture<Integer> within = new CompletableFuture<>();
    CompletableFuture<ServedStream> served = new CompletableFuture<>();
    Script script =
        stream -> {
          served.complete(stream);
          stream.head(200);
          within.complete(stream.dataWithinWindow((byte) 'a', MUCH));
          stream.data(new byte[MUCH - within.get()]).end();
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener listener = stopping(streams(server.url()));
      assertThat(within.get(20, TimeUnit.SECONDS)).isEqualTo(STREAM_WINDOW);
      await(() -> listener.bodyBytes() == STREAM_WINDOW);
      served.get().connection().ping().awaitPingAnswers(1);
      assertThat(served.get().windowBytes()).isZero();
      assertThat(listener.bodyBytes()).isEqualTo(STREAM_WINDOW);
      lane.runOnLoop(() -> listener.call().resume());
      listener.awaitEnd();
      assertThat(listener.bodyBytes()).isEqualTo(MUCH);
    }
  }

  @Test
  void fastReader_isNotHeldUpByStoppedOnesOnTheSameConnection() throws Exception {
    CountDownLatch stoppedAll = new CountDownLatch(15);
    Script script =
        stream -> {
          boolean isStopped = stream.awaitBody().equals("stopped");
          stream.head(200);
          if (isStopped) {
            int sent = stream.dataWithinWindow((byte) 'a', MUCH);
            while (sent < STREAM_WINDOW) {
              // The connection's window, which the others share, comes back by itself.
              stream.data(new byte[1]);
              sent += 1 + stream.dataWithinWindow((byte) 'a', MUCH);
            }
            stoppedAll.countDown();
            stream.data(new byte[1]).end();
          } else {
            stream.data(new byte[MUCH]).end();
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      ProviderSettings provider = streams(server.url());
      RecordingListener[] stopped = new RecordingListener[15];
      for (int i = 0; i < stopped.length; i++) {
        stopped[i] = stopping(provider);
      }
      assertThat(stoppedAll.await(20, TimeUnit.SECONDS)).isTrue();
      RecordingListener fast = new RecordingListener().countingOnly();
      lane.post(provider, "fast", fast);
      fast.awaitEnd();
      assertThat(fast.bodyBytes()).isEqualTo(MUCH);
      assertThat(server.connections()).isEqualTo(1);
      for (RecordingListener one : stopped) {
        assertThat(one.isWhole).isNotDone();
        lane.runOnLoop(() -> one.call().resume());
        one.awaitEnd();
        assertThat(one.bodyBytes()).isEqualTo(STREAM_WINDOW + 1);
      }
    }
  }

  @Test
  void cancelledCall_thatWasPaused_givesNobodyElsesWindowAway() throws Exception {
    Script script =
        stream -> {
          boolean isStopped = stream.awaitBody().equals("stopped");
          stream.head(200);
          if (isStopped) {
            stream.data(new byte[STREAM_WINDOW]);
            stream.awaitReset();
          } else {
            stream.data(new byte[MUCH]).end();
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      for (int i = 0; i < 20; i++) {
        RecordingListener stopped = stopping(streams(server.url()));
        await(() -> stopped.bodyBytes() == STREAM_WINDOW);
        lane.runOnLoop(() -> stopped.call().cancel());
      }
      RecordingListener listener = new RecordingListener().countingOnly();
      lane.post(streams(server.url()), "fast", listener);
      listener.awaitEnd();
      assertThat(listener.bodyBytes()).isEqualTo(MUCH);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void requestBody_waitsForTheProvidersWindow_whileOthersGoOn() throws Exception {
    CountDownLatch mayTake = new CountDownLatch(1);
    Script script =
        stream -> {
          if (stream.number() == 0) {
            stream.awaitBytes(100);
            mayTake.await();
            assertThat(stream.bodyBytes()).isEqualTo(100);
            stream.window(MUCH);
            stream.connection().window(MUCH);
            stream.answer(200, Integer.toString(stream.awaitBody().length()));
          } else {
            stream.answer(200, "ok");
          }
        };
    try (ScriptedStreams server =
        ScriptedStreams.inTheClear(Manner.withholdingWindows(100), script)) {
      RecordingListener large = new RecordingListener();
      lane.post(streams(server.url()), "x".repeat(1_000_000), large);
      await(() -> server.streams() == 1);
      for (int i = 0; i < 3; i++) {
        RecordingListener other = new RecordingListener();
        lane.post(streams(server.url()), "hello", other);
        assertThat(other.awaitEnd().body()).isEqualTo("ok");
      }
      mayTake.countDown();
      assertThat(large.awaitEnd().body()).isEqualTo("1000000");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void smallPieces_keepNothingButThemselves() throws Exception {
    CompletableFuture<Integer> capacity = new CompletableFuture<>();
    Script script =
        stream -> {
          stream.head(200).data("small").data(new byte[STREAM_WINDOW - 5]).end();
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      UpstreamListener listener =
          new UpstreamListener() {
            @Override
            public void onHead(HttpResponseStatus status, HttpHeaders headers) {}

            @Override
            public void onBody(ByteBuf piece) {
              ByteBuf whole = piece;
              while (whole.unwrap() != null) {
                whole = whole.unwrap();
              }
              int each = whole.capacity() / piece.readableBytes();
              piece.release();
              if (each > 4) {
                capacity.complete(each);
              }
            }

            @Override
            public void onEnd(HttpHeaders trailers) {
              capacity.complete(0);
            }

            @Override
            public void onFailure(UpstreamFailure failure) {
              capacity.completeExceptionally(new AssertionError(failure));
            }
          };
      lane.runOnLoop(() -> lane.upstream.call(TestLane.getOf(streams(server.url())), listener));
      assertThat(capacity.get(20, TimeUnit.SECONDS)).isZero();
    }
  }
}
