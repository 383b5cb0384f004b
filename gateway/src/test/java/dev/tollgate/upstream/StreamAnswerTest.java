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
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.Http2Error;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers over HTTP/2, and what goes wrong with one of them. */
@ExtendWith(LeakWatch.class)
@ParameterizedClass
@EnumSource(LoopKind.class)
final class StreamAnswerTest {
  private static final Script OK = stream -> stream.answer(200, "ok");

  private final TestLane lane;

  StreamAnswerTest(LoopKind kind) {
    lane = new TestLane(kind);
  }

  @AfterEach
  void closeLane() {
    lane.close();
  }

  private RecordingListener asked(ScriptedStreams server) throws Exception {
    RecordingListener listener = new RecordingListener();
    lane.post(streams(server.url()), "hello", listener);
    return listener;
  }

  /** The first call goes wrong as scripted, and the connection then serves another. */
  private UpstreamFailure failureOf(Script script) throws Exception {
    Script first = stream -> (stream.number() == 0 ? script : OK).play(stream);
    try (ScriptedStreams server = ScriptedStreams.inTheClear(first)) {
      UpstreamFailure failure = asked(server).awaitFailure();
      assertThat(failure.reason()).startsWith("acme ");
      assertThat(failure.isTimeout()).isFalse();
      assertThat(asked(server).awaitEnd().body()).isEqualTo("ok");
      assertThat(server.connections()).isEqualTo(1);
      return failure;
    }
  }

  @Test
  void request_isSentWithItsFieldsInOrder() throws Exception {
    Script script =
        stream -> {
          stream.answer(
              200,
              String.join(
                  "|",
                  stream.header(":method"),
                  stream.header(":scheme"),
                  stream.header(":path"),
                  stream.header("x-one"),
                  stream.header("authorization"),
                  stream.header("content-length"),
                  stream.header("accept-encoding"),
                  String.valueOf(stream.header("connection")),
                  String.valueOf(stream.header("host")),
                  String.valueOf(stream.header("te")),
                  stream.awaitBody()));
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      HttpHeaders headers =
          new DefaultHttpHeaders()
              .add("X-One", "1")
              .add("Authorization", "Bearer k")
              .add("TE", "trailers")
              .add("Connection", "close");
      RecordingListener listener = new RecordingListener();
      lane.call(streams(server.url()), HttpMethod.POST, "/chat?a=b", headers, "hello", listener);
      assertThat(listener.awaitEnd().body())
          .isEqualTo("POST|http|/v1/chat?a=b|1|Bearer k|5|identity|null|null|null|hello");
    }
  }

  @Test
  void answer_withInterimAndTrailers_isHandedOnInOrder() throws Exception {
    Script script =
        stream -> {
          stream.awaitBody();
          stream.interim(100).interim(103, "link", "</a>");
          stream.head(200, "x-a", "1", "x-a", "2", "content-type", "text/plain");
          stream.data("one ").data("two").trailers("x-cost", "7");
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener listener = asked(server).awaitEnd();
      assertThat(listener.interims).containsExactly(103);
      assertThat(listener.headers().getAll("x-a")).containsExactly("1", "2");
      assertThat(listener.headers().contains(":status")).isFalse();
      assertThat(listener.body()).isEqualTo("one two");
      assertThat(listener.trailers().get("x-cost")).isEqualTo("7");
    }
  }

  @Test
  void answersWithoutBody_areWhole() throws Exception {
    Script script =
        stream -> {
          switch (stream.number()) {
            case 0 -> stream.headOnly(200, "content-length", "1234");
            case 1 -> stream.headOnly(204);
            case 2 -> stream.headOnly(304, "content-length", "99");
            default -> stream.head(200).end();
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      ProviderSettings provider = streams(server.url());
      RecordingListener head = new RecordingListener();
      lane.call(provider, HttpMethod.HEAD, "/a", new DefaultHttpHeaders(), "", head);
      assertThat(head.awaitEnd().headers().get("content-length")).isEqualTo("1234");
      for (int status : new int[] {204, 304, 200}) {
        RecordingListener listener = new RecordingListener();
        lane.get(provider, listener);
        assertThat(listener.awaitEnd().head.get().code()).isEqualTo(status);
        assertThat(listener.body()).isEmpty();
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void answer_beforeAllOfTheRequest_isUsedAndTheRestIsNotSent() throws Exception {
    CompletableFuture<Http2Error> reset = new CompletableFuture<>();
    Script script =
        stream -> {
          if (stream.number() > 0) {
            stream.answer(200, "ok");
            return;
          }
          stream.awaitBytes(1000);
          stream.head(413).data("too large").end();
          reset.complete(stream.awaitReset());
        };
    try (ScriptedStreams server =
        ScriptedStreams.inTheClear(Manner.withholdingWindows(1000), script)) {
      RecordingListener listener = new RecordingListener();
      lane.post(streams(server.url()), "x".repeat(1 << 20), listener);
      assertThat(listener.awaitEnd().body()).isEqualTo("too large");
      assertThat(reset.get(20, TimeUnit.SECONDS)).isEqualTo(Http2Error.CANCEL);
      await(lane::hasReleasedBodies);
      assertThat(asked(server).awaitEnd().body()).isEqualTo("ok");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void resetWithNoError_afterAWholeAnswer_changesNothing() throws Exception {
    Script script =
        stream -> {
          stream.head(200).data("whole").end();
          stream.reset(Http2Error.NO_ERROR);
        };
    try (ScriptedStreams server =
        ScriptedStreams.inTheClear(Manner.withholdingWindows(10), script)) {
      RecordingListener listener = new RecordingListener();
      lane.post(streams(server.url()), "x".repeat(100_000), listener);
      assertThat(listener.awaitEnd().body()).isEqualTo("whole");
    }
  }

  @Test
  void reset_beforeTheHead_failsTheCallAlone() throws Exception {
    UpstreamFailure failure =
        failureOf(
            stream -> {
              stream.awaitBody();
              stream.reset(Http2Error.INTERNAL_ERROR);
            });
    assertThat(failure.stage()).isEqualTo(Stage.AWAITING_HEAD);
    assertThat(failure.reason()).isEqualTo("acme reset its answer (INTERNAL_ERROR)");
  }

  @Test
  void reset_whileTheRequestIsSent_failsTheCallWhereItWas() throws Exception {
    Script script = stream -> stream.reset(Http2Error.CANCEL);
    try (ScriptedStreams server =
        ScriptedStreams.inTheClear(Manner.withholdingWindows(10), script)) {
      RecordingListener listener = new RecordingListener();
      lane.post(streams(server.url()), "x".repeat(100_000), listener);
      assertThat(listener.awaitFailure().stage()).isEqualTo(Stage.SENDING);
      await(lane::hasReleasedBodies);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Http2Error.class,
      names = {"NO_ERROR", "CANCEL", "INTERNAL_ERROR", "REFUSED_STREAM"})
  void reset_inTheMiddleOfTheBody_failsTheCallAlone(Http2Error error) throws Exception {
    CompletableFuture<Boolean> hasBody = new CompletableFuture<>();
    Script script =
        stream -> {
          stream.awaitBody();
          stream.head(200).data("half");
          hasBody.get(20, TimeUnit.SECONDS);
          stream.reset(error);
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener listener =
          new RecordingListener()
              .doing(
                  event -> {
                    if (event.equals("body")) {
                      hasBody.complete(true);
                    }
                  });
      lane.post(streams(server.url()), "hello", listener);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.stage()).isEqualTo(Stage.READING_BODY);
      assertThat(failure.reason()).isEqualTo("acme reset its answer (" + error + ")");
      assertThat(listener.body()).isEqualTo("half");
      assertThat(lane.counts.resent).hasValue(0);
    }
  }

  @Test
  void body_shorterThanAnnounced_failsTheCall() throws Exception {
    assertThat(
            failureOf(stream -> stream.head(200, "content-length", "10").data("short").end())
                .stage())
        .isEqualTo(Stage.READING_BODY);
    assertThat(failureOf(stream -> stream.headOnly(200, "content-length", "10")).reason())
        .isEqualTo("acme sent less than it had announced");
  }

  @Test
  void body_longerThanAnnounced_failsTheCall() throws Exception {
    UpstreamFailure failure =
        failureOf(stream -> stream.head(200, "content-length", "3").data("longer").end());
    assertThat(failure.stage()).isEqualTo(Stage.READING_BODY);
    assertThat(failure.reason()).contains("PROTOCOL_ERROR");
  }

  @Test
  void brokenHeads_failTheCall() throws Exception {
    assertThat(failureOf(stream -> stream.fields(false, "x-a", "1")).reason())
        .contains("broke the rules of HTTP/2 on its stream");
    assertThat(failureOf(stream -> stream.fields(false, ":status", "2x0")).reason())
        .contains("a status that is none");
    assertThat(failureOf(stream -> stream.head(101)).reason()).contains("switched protocols");
    assertThat(failureOf(stream -> stream.headOnly(103)).reason())
        .contains("ended its answer before it had begun");
    assertThat(failureOf(stream -> stream.head(200, "connection", "close")).reason())
        .contains("broke the rules of HTTP/2 on its stream");
    assertThat(failureOf(stream -> stream.data("body")).reason())
        .contains("sent a body before its head");
    assertThat(failureOf(stream -> stream.head(204).data("body")).reason())
        .contains("a body where there can be none");
    assertThat(failureOf(stream -> stream.head(200).head(200)).reason())
        .contains("broke the rules of HTTP/2 on its stream");
  }

  @Test
  void headers_beyondTheBound_failTheCall() throws Exception {
    String large = "x".repeat(TestLane.SETTINGS.headerBytesMax());
    assertThat(failureOf(stream -> stream.head(200, "x-large", large)).reason())
        .isEqualTo("acme sent headers beyond a bound");
    UpstreamFailure trailers =
        failureOf(stream -> stream.head(200).data("a").trailers("x-large", large));
    assertThat(trailers.stage()).isEqualTo(Stage.READING_BODY);
  }

  @Test
  void headers_longerThanTheProviderTakes_failTheCall() throws Exception {
    Manner small = new Manner(List.of(RawFrame.MAX_HEADER_LIST_SIZE, 600), true);
    try (ScriptedStreams server = ScriptedStreams.inTheClear(small, OK)) {
      RecordingListener listener = new RecordingListener();
      HttpHeaders headers = new DefaultHttpHeaders().add("x-large", "x".repeat(600));
      lane.call(streams(server.url()), HttpMethod.POST, "/chat", headers, "hello", listener);
      assertThat(listener.awaitFailure().reason())
          .isEqualTo("acme does not take headers as long as these");
      assertThat(asked(server).awaitEnd().body()).isEqualTo("ok");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void interimAnswers_beyondTheBound_failTheCall() throws Exception {
    UpstreamFailure failure =
        failureOf(
            stream -> {
              for (int i = 0; i <= TestLane.SETTINGS.interimMax(); i++) {
                stream.interim(103);
              }
            });
    assertThat(failure.reason()).isEqualTo("acme sent too many interim answers");
  }

  @Test
  void data_afterTheEnd_harmsNoOtherCall() throws Exception {
    Script script =
        stream -> {
          stream.answer(200, "ok");
          stream.connection().frame(RawFrame.DATA, 0, stream.id(), new byte[100]);
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      for (int i = 0; i < 20; i++) {
        assertThat(asked(server).awaitEnd().body()).isEqualTo("ok");
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void cancel_resetsTheStreamAndKeepsTheConnection() throws Exception {
    CompletableFuture<Http2Error> reset = new CompletableFuture<>();
    Script script =
        stream -> {
          if (stream.number() == 0) {
            stream.head(200).data("first");
            reset.complete(stream.awaitReset());
          } else {
            stream.answer(200, "ok");
          }
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener listener = new RecordingListener();
      listener.doing(
          event -> {
            if (event.equals("body")) {
              listener.expectSilence();
              listener.call().cancel();
            }
          });
      lane.post(streams(server.url()), "hello", listener);
      assertThat(reset.get(20, TimeUnit.SECONDS)).isEqualTo(Http2Error.CANCEL);
      assertThat(asked(server).awaitEnd().body()).isEqualTo("ok");
      listener.assertOrder();
      assertThat(server.connections()).isEqualTo(1);
      assertThat(lane.upstream.openConnections()).isEqualTo(1);
      await(() -> lane.upstream.idleConnections() == 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void silence_timesOutByTheCallsOwnBounds(int point) throws Exception {
    CompletableFuture<Http2Error> reset = new CompletableFuture<>();
    Script script =
        stream -> {
          if (point > 0) {
            stream.awaitBody();
          }
          if (point > 1) {
            stream.head(200).data("half");
          }
          reset.complete(stream.awaitReset());
        };
    Manner manner = point == 0 ? Manner.withholdingWindows(0) : Manner.USUAL;
    try (ScriptedStreams server = ScriptedStreams.inTheClear(manner, script)) {
      RecordingListener listener = asked(server);
      if (point > 1) {
        await(() -> listener.bodyBytes() == 4);
      } else {
        await(() -> server.streams() == 1);
      }
      lane.advance(1);
      lane.advance(TestLane.FIRST_BYTE_MILLIS + 1);
      UpstreamFailure failure = listener.awaitFailure();
      assertThat(failure.isTimeout()).isTrue();
      assertThat(failure.stage())
          .isEqualTo(new Stage[] {Stage.SENDING, Stage.AWAITING_HEAD, Stage.READING_BODY}[point]);
      assertThat(reset.get(20, TimeUnit.SECONDS)).isEqualTo(Http2Error.CANCEL);
      await(lane::hasReleasedBodies);
      assertThat(lane.upstream.openConnections()).isEqualTo(1);
    }
  }

  @Test
  void manyCalls_atOnce_shareAConnectionAndKeepTheirBytesApart() throws Exception {
    Script script =
        stream -> {
          String name = stream.awaitBody();
          stream.head(200);
          for (int i = 0; i < 50; i++) {
            stream.data(name + i + ";");
          }
          stream.end();
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      RecordingListener[] listeners = new RecordingListener[TestLane.STREAMS_MAX];
      for (int i = 0; i < listeners.length; i++) {
        listeners[i] = new RecordingListener();
        lane.post(streams(server.url()), "call" + i + "-", listeners[i]);
      }
      for (int i = 0; i < listeners.length; i++) {
        StringBuilder expected = new StringBuilder();
        for (int j = 0; j < 50; j++) {
          expected.append("call").append(i).append('-').append(j).append(';');
        }
        assertThat(listeners[i].awaitEnd().body()).isEqualTo(expected.toString());
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void largeBodies_inBothDirections_areWhole() throws Exception {
    Script script =
        stream -> {
          byte[] body = stream.awaitBody().getBytes(StandardCharsets.ISO_8859_1);
          stream.head(200, "content-length", Integer.toString(body.length)).data(body).end();
        };
    try (ScriptedStreams server = ScriptedStreams.inTheClear(script)) {
      StringBuilder body = new StringBuilder();
      while (body.length() < 2_000_000) {
        body.append(body.length()).append(',');
      }
      RecordingListener listener = new RecordingListener();
      lane.post(streams(server.url()), body.toString(), listener);
      assertThat(listener.awaitEnd().body()).isEqualTo(body.toString());
    }
  }
}
