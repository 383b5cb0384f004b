package dev.tollgate.upstream;

import static dev.tollgate.upstream.TestLane.await;
import static dev.tollgate.upstream.TestLane.provider;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.testing.LeakWatch;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestLane.LoopKind;
import dev.tollgate.upstream.UpstreamFailure.Stage;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
final class AnswerTest {
  private static final String CHUNKED_HEAD =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Model: m\r\n\r\n";
  private static final String CHUNKED =
      CHUNKED_HEAD + "5\r\nhello\r\n8;note=1\r\n, world!\r\n0\r\nX-Sum: 13\r\n\r\n";

  private final TestLane lane;

  AnswerTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  @AfterEach
  void closeLane() {
    lane.close();
  }

  /** Reads a request, sends this, waits for the client to close. */
  private static Script sending(String bytes) {
    return peer -> {
      peer.readRequest();
      peer.send(bytes);
      peer.awaitClosed();
    };
  }

  /** Reads a request, sends this, closes. */
  private static Script sendingThenClosing(String bytes) {
    return peer -> {
      peer.readRequest();
      peer.send(bytes);
    };
  }

  private RecordingListener call(HttpMethod method, Script script) throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      RecordingListener listener = new RecordingListener();
      lane.call(provider(server.url()), method, "/x", new DefaultHttpHeaders(), "hello", listener);
      listener.isWhole.get(20, TimeUnit.SECONDS);
      return listener;
    }
  }

  private RecordingListener call(Script script) throws Exception {
    return call(HttpMethod.POST, script);
  }

  @Test
  void request_asSent_hasFramingHostAndPrefixAndNoHopByHopHeaders() throws Exception {
    CompletableFuture<String> request = new CompletableFuture<>();
    Script script =
        peer -> {
          request.complete(peer.readRequest());
          peer.send("HTTP/1.1 204 No Content\r\n\r\n");
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      HttpHeaders headers =
          new DefaultHttpHeaders()
              .add("Authorization", "Bearer secret")
              .add("Transfer-Encoding", "chunked")
              .add("Connection", "keep-alive")
              .add("Expect", "100-continue")
              .add("Upgrade", "h2c")
              .add("Host", "elsewhere")
              .add("Content-Length", "7");
      RecordingListener listener = new RecordingListener();
      lane.call(provider(server.url()), HttpMethod.POST, "/chat?a=b", headers, "hello", listener);
      listener.awaitEnd();
      assertThat(request.get())
          .isEqualTo(
              "POST /v1/chat?a=b HTTP/1.1\r\nAuthorization: Bearer secret\r\nhost: 127.0.0.1:"
                  + server.port()
                  + "\r\naccept-encoding: identity\r\ncontent-length: 5\r\n\r\nhello");
    }
  }

  @Test
  void request_withoutBody_hasNoLengthUnlessItsMethodWantsOne() throws Exception {
    CompletableFuture<String> get = new CompletableFuture<>();
    CompletableFuture<String> post = new CompletableFuture<>();
    Script script =
        peer -> {
          get.complete(peer.readRequest());
          peer.send("HTTP/1.1 204 No Content\r\n\r\n");
          post.complete(peer.readRequest());
          peer.send("HTTP/1.1 204 No Content\r\n\r\n");
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      HttpHeaders headers = new DefaultHttpHeaders().add("Accept-Encoding", "gzip");
      RecordingListener listener = new RecordingListener();
      lane.call(provider(server.url()), HttpMethod.GET, "/m", headers, "", listener);
      listener.awaitEnd();
      listener = new RecordingListener();
      lane.post(provider(server.url()), "", listener);
      listener.awaitEnd();
      assertThat(get.get()).contains("Accept-Encoding: gzip").doesNotContain("ength");
      assertThat(post.get()).contains("content-length: 0");
    }
  }

  @Test
  void request_withAPathThatIsNone_failsUnsent() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(Peer::awaitClosed)) {
      RecordingListener listener = new RecordingListener();
      lane.call(
          provider(server.url()),
          HttpMethod.POST,
          "/x HTTP/1.1\r\nEvil: 1\r\n\r\n",
          new DefaultHttpHeaders(),
          "hello",
          listener);
      assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.WAITING_FOR_CONNECTION);
      assertThat(server.connections()).isZero();
    }
  }

  @Test
  void answer_withLength_arrivesWhole() throws Exception {
    RecordingListener listener =
        call(sending("HTTP/1.1 418 I'm a teapot\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello"));
    listener.awaitEnd();
    assertThat(listener.head.get().code()).isEqualTo(418);
    assertThat(listener.headers().get("x-a")).isEqualTo("b");
    assertThat(listener.body()).isEqualTo("hello");
  }

  @Test
  void answer_chunkedAndCutAtEveryByte_arrivesWholeWithItsTrailers() throws Exception {
    Script everyCut =
        peer -> {
          for (int cut = 1; cut <= CHUNKED.length(); cut++) {
            peer.readRequest();
            peer.send(CHUNKED.substring(0, cut));
            lane.settle();
            peer.send(CHUNKED.substring(cut));
          }
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(everyCut)) {
      for (int cut = 1; cut <= CHUNKED.length(); cut++) {
        RecordingListener listener = new RecordingListener();
        lane.post(provider(server.url()), "hello", listener);
        listener.awaitEnd();
        assertThat(listener.body()).isEqualTo("hello, world!");
        assertThat(listener.trailers().get("x-sum")).isEqualTo("13");
        lane.settle();
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void answer_endingAtAnyByte_failsAndNeverEnds(boolean isReset) throws Exception {
    for (int sent = 0; sent < CHUNKED.length(); sent++) {
      String part = CHUNKED.substring(0, sent);
      Script script =
          peer -> {
            peer.readRequest();
            peer.send(part);
            if (isReset) {
              lane.settle();
              peer.reset();
            }
          };
      RecordingListener listener = call(script);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.isTimeout()).isFalse();
      assertThat(failure.stage())
          .as("after %d bytes", sent)
          .isEqualTo(sent >= CHUNKED_HEAD.length() ? Stage.READING_BODY : Stage.AWAITING_HEAD);
    }
  }

  @Test
  void answer_shorterThanItsLength_fails() throws Exception {
    RecordingListener listener =
        call(sendingThenClosing("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"));
    assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.READING_BODY);
    assertThat(listener.body()).isEqualTo("hello");
  }

  @Test
  void answer_delimitedByClose_endsThere() throws Exception {
    RecordingListener listener = call(sendingThenClosing("HTTP/1.1 200 OK\r\n\r\nhello"));
    assertThat(listener.awaitEnd().body()).isEqualTo("hello");
  }

  @Test
  void answer_delimitedByClose_failsOnReset() throws Exception {
    Script script =
        peer -> {
          peer.readRequest();
          peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
          lane.settle();
          peer.reset();
        };
    assertThat(call(script).awaitFailure().stage()).isEqualTo(Stage.READING_BODY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 two OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 42 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnocolon\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
      })
  void answer_thatIsNoProperHttp_fails(String answer) throws Exception {
    RecordingListener listener = call(sending(answer));
    assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
    assertThat(listener.head).isNotDone();
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz\r\nhello\r\n", "5\r\nhello!\r\n", "fffffffff\r\nhello", "\r\n"})
  void answer_withABrokenChunk_fails(String chunk) throws Exception {
    RecordingListener listener = call(sending(CHUNKED_HEAD + chunk));
    assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.READING_BODY);
  }

  @Test
  void answer_beyondItsBounds_fails() throws Exception {
    String longLine = "x".repeat(TestLane.SETTINGS.statusLineBytesMax());
    assertThat(call(sending("HTTP/1.1 200 " + longLine)).awaitFailure().stage())
        .isEqualTo(Stage.AWAITING_HEAD);
    String headers = "A: b\r\n".repeat(TestLane.SETTINGS.headerBytesMax() / 4 + 1);
    assertThat(call(sending("HTTP/1.1 200 OK\r\n" + headers)).awaitFailure().stage())
        .isEqualTo(Stage.AWAITING_HEAD);
    assertThat(call(sending(CHUNKED_HEAD + "5;" + longLine)).awaitFailure().stage())
        .isEqualTo(Stage.READING_BODY);
    assertThat(call(sending(CHUNKED_HEAD + "0\r\n" + headers)).awaitFailure().stage())
        .isEqualTo(Stage.READING_BODY);
  }

  @Test
  void answer_toHead_hasNoBodyWhateverItsHeadersSay() throws Exception {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    RecordingListener listener = call(HttpMethod.HEAD, sending(head));
    assertThat(listener.awaitEnd().headers().get("content-length")).isEqualTo("5");
    assertThat(call(HttpMethod.HEAD, sending(CHUNKED_HEAD)).awaitEnd().body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"204 No Content", "304 Not Modified"})
  void answer_ofAStatusWithoutBody_endsWithItsHead(String status) throws Exception {
    RecordingListener listener =
        call(HttpMethod.GET, sending("HTTP/1.1 " + status + "\r\nETag: x\r\n\r\n"));
    assertThat(listener.awaitEnd().body()).isEmpty();
  }

  @Test
  void interimAnswers_exceptContinue_arriveBeforeTheHead() throws Exception {
    String interims =
        "HTTP/1.1 100 Continue\r\n\r\n"
            .concat("HTTP/1.1 102 Processing\r\n\r\n")
            .concat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    RecordingListener listener =
        call(sending(interims + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    assertThat(listener.awaitEnd().interims).containsExactly(102, 103);
    assertThat(listener.body()).isEqualTo("ok");
  }

  @Test
  void interimAnswers_withoutEnd_fail() throws Exception {
    RecordingListener listener = call(sending("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50)));
    assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.AWAITING_HEAD);
    assertThat(listener.interims).hasSize(TestLane.SETTINGS.interimMax());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void answer_beforeTheRequestIsWritten_arrivesAndEndsTheConnection(boolean hangsUp)
      throws Exception {
    Script refusing =
        peer -> {
          peer.readHead();
          peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
          if (!hangsUp) {
            new CountDownLatch(1).await();
          }
        };
    try (ScriptedServer server = ScriptedServer.playing(refusing)) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "x".repeat(32 << 20), listener);
      listener.awaitEnd();
      assertThat(listener.head.get().code()).isEqualTo(413);
      assertThat(listener.body()).isEqualTo("big");
      await(() -> lane.upstream.openConnections() == 0);
    }
  }

  @Test
  void readComplete_followsWhatWasHandedOver() throws Exception {
    CountDownLatch mayEnd = new CountDownLatch(1);
    Script script =
        peer -> {
          peer.readRequest();
          peer.send(CHUNKED_HEAD + "5\r\nhello\r\n");
          mayEnd.await();
          peer.send("0\r\n\r\n");
          peer.awaitClosed();
        };
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      RecordingListener listener = new RecordingListener();
      lane.post(provider(server.url()), "hello", listener);
      await(() -> listener.bodyBytes() == 5);
      lane.settle();
      assertThat(listener.isDirty()).isFalse();
      mayEnd.countDown();
      listener.awaitEnd();
    }
  }
}
