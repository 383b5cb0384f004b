package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.await;
import static dev.tollgate.upstream.TestLane.provider;
import static dev.tollgate.upstream.TestLane.warm;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.frames.AcceptKey;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.TestLane.LoopKind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that become WebSockets: how many there may be, and until when they count. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class SocketPoolTest {
  private static final Pattern KEY = Pattern.compile("(?i)sec-websocket-key: (\\S+)");

  private final TestLane lane;
  private final Semaphore hangUps = new Semaphore(0);

  SocketPoolTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  @AfterEach
  void closeLane() {
    lane.close();
  }

  /** Agrees to WebSockets, and hangs up when it is told to; answers all else. */
  private void play(Peer peer) throws Exception {
    while (true) {
      Matcher key = KEY.matcher(peer.readRequest());
      if (!key.find()) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        continue;
      }
      peer.send(
          "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n"
              .formatted(AcceptKey.answerTo(key.group(1))));
      hangUps.acquire();
      return;
    }
  }

  /** Hears of a call that becomes a WebSocket. */
  private static final class Asked extends CompletableFuture<Channel> implements UpgradeListener {
    @Override
    public void onSwitched(HttpHeaders headers, Channel channel) {
      complete(channel);
    }

    @Override
    public void onHead(HttpResponseStatus status, HttpHeaders headers) {
      completeExceptionally(new AssertionError(status));
    }

    @Override
    public void onBody(ByteBuf piece) {
      piece.release();
    }

    @Override
    public void onEnd(HttpHeaders trailers) {}

    @Override
    public void onFailure(UpstreamFailure failure) {
      completeExceptionally(new AssertionError(failure));
    }

    Channel channel() throws Exception {
      return get(20, TimeUnit.SECONDS);
    }
  }

  private Asked ask(ProviderSettings provider) throws Exception {
    Asked asked = new Asked();
    lane.onLoop(() -> lane.upstream.upgrade(TestLane.getOf(provider), asked));
    return asked;
  }

  @ParameterizedTest
  @EnumSource(
      value = Http2Use.class,
      names = {"OFFERED", "NEVER"})
  void aWebSocket_countsUntilItIsClosed_andNotAmongOtherCalls(Http2Use http2) throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(this::play)) {
      ProviderSettings one = warm(provider(server.url(), 1, 8, ""), http2, 0);
      Channel first = ask(one).channel();
      Asked second = ask(one);
      RecordingListener plain = new RecordingListener();
      lane.post(one, "hello", plain);
      assertThat(plain.awaitEnd().body()).isEqualTo("ok");
      lane.settle();
      assertThat(second).isNotDone();
      assertThat(server.connections()).isEqualTo(2);
      assertThat(lane.upstream.openConnections()).isEqualTo(2);

      first.close().sync();
      Asked third = ask(one);
      Channel itsSuccessor = second.channel();
      lane.settle();
      assertThat(third).isNotDone();
      assertThat(lane.upstream.openConnections()).isEqualTo(2);

      // The first hears of it too late, and the provider ends the second by itself.
      hangUps.release(2);
      itsSuccessor.closeFuture().sync();
      third.channel();
      hangUps.release();
      await(() -> lane.upstream.openConnections() == 1);
      assertThat(lane.upstream.idleConnections()).as("of other calls").isEqualTo(1);
    }
  }
}
