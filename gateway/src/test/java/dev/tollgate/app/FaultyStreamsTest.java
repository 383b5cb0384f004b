package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.TwoTargets.Bill;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.testing.RawFrame;
import dev.tollgate.upstream.ScriptedServer;
import dev.tollgate.upstream.ScriptedStreams;
import dev.tollgate.upstream.ScriptedStreams.Manner;
import dev.tollgate.upstream.ScriptedStreams.Script;
import dev.tollgate.upstream.ServedStream;
import dev.tollgate.upstream.TestCertificates;
import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a first target of HTTP/2 does wrong, on its streams and on its connection. */
@ExtendWith(LeakWatch.class)
class FaultyStreamsTest {
  private static volatile Script current = stream -> {};
  private static final AtomicInteger PLAYED = new AtomicInteger();
  private static final Semaphore READ = new Semaphore(0);

  private static ScriptedStreams server;
  private static ScriptedStreams secure;
  private static ScriptedStreams mute;
  private static ScriptedStreams stingy;
  private static ScriptedServer older;
  private static TwoTargets targets;

  @BeforeAll
  static void start() throws Exception {
    SSLSocketFactory signed = TestCertificates.showing("signed");
    server = ScriptedStreams.inTheClear(FaultyStreamsTest::play);
    secure = ScriptedStreams.overTls(signed, FaultyStreamsTest::play);
    mute = ScriptedStreams.inTheClear(new Manner(null, true), stream -> {});
    stingy = ScriptedStreams.inTheClear(Manner.withholdingWindows(1_000), ServedStream::awaitBody);
    older =
        ScriptedServer.playing(
            peer -> {
              peer.startTls(signed, "http/1.1");
              Asking asking = Asking.of(peer.readRequest());
              peer.send(asking.sizedHead() + asking.answer());
            });
    String url = "http2: prior_knowledge, base_url: \"" + server.url() + "\"";
    String trusted = ", trust_certificates: \"" + TestCertificates.authority() + "\"";
    targets =
        TwoTargets.start(
            113,
            Map.of(
                "first",
                url,
                "hasty",
                url + ", first_byte_millis_max: 120ms, idle_millis_max: 120ms",
                "quiet",
                url + ", idle_millis_max: 300ms",
                "mute",
                "http2: prior_knowledge, connect_millis_max: 120ms, base_url: \"%s\""
                    .formatted(mute.url()),
                "stingy",
                "http2: prior_knowledge, first_byte_millis_max: 120ms, base_url: \"%s\""
                    .formatted(stingy.url()),
                "secure",
                "base_url: \"" + secure.urlOf("localhost") + "\"" + trusted,
                "older",
                "base_url: \"https://localhost:%d/v1\"".formatted(older.port()) + trusted,
                "oldest",
                "http2: prior_knowledge, base_url: \"" + older.url() + "\""));
  }

  private static void playing(Script next) {
    current = next;
  }

  @AfterAll
  static void stop() throws Exception {
    targets.close();
    older.close();
    stingy.close();
    mute.close();
    secure.close();
    server.close();
  }

  @BeforeEach
  void begin() {
    PLAYED.set(0);
  }

  private static void play(ServedStream stream) throws Exception {
    PLAYED.incrementAndGet();
    current.play(stream);
  }

  private static Asking asking(ServedStream stream) throws IOException {
    return Asking.of(Objects.requireNonNull(stream.header(":path")), stream.awaitBody());
  }

  private static ServedStream head(ServedStream stream, Asking asking, String... more)
      throws IOException {
    String[] fields = new String[more.length + 4];
    fields[0] = "content-type";
    fields[1] = asking.contentType();
    fields[2] = "x-request-id";
    fields[3] = "first";
    System.arraycopy(more, 0, fields, 4, more.length);
    return stream.head(200, fields);
  }

  // ---- before the first byte

  /**
   * @param script played on each of its streams
   */
  record StreamFault(Fault fault, Script script) {
    @Override
    public String toString() {
      return fault.name();
    }

    /** Sent again to the same target before that. */
    StreamFault afterResending() {
      return new StreamFault(fault.ending("resent", "broken"), script);
    }

    StreamFault toWholeAnswers() {
      return new StreamFault(fault.toWholeAnswers(), script);
    }

    StreamFault toLongRequests() {
      return new StreamFault(fault.toLongRequests(), script);
    }
  }

  private static StreamFault breaking(String name, Script script) {
    return new StreamFault(Fault.of(name, "first", "broken"), script);
  }

  private static StreamFault lasting(String name, String first, Script script) {
    return new StreamFault(Fault.of(name, first, "timeout"), script);
  }

  private static Script resetting(Http2Error error) {
    return stream -> {
      stream.awaitBody();
      stream.reset(error);
    };
  }

  private static void flood(ServedStream stream, int type, byte[] payload) throws IOException {
    for (int i = 0; i < 1_000; i++) {
      stream.connection().frame(type, 0, 0, payload);
    }
    stream.connection().awaitClosed();
  }

  static Stream<StreamFault> faults() {
    return Stream.of(resets(), connections(), heads(), bodies()).flatMap(part -> part);
  }

  private static Stream<StreamFault> resets() {
    return Stream.of(
        breaking("refuses the stream, again and again", resetting(Http2Error.REFUSED_STREAM))
            .afterResending(),
        breaking("resets the stream before the headers", resetting(Http2Error.INTERNAL_ERROR)),
        breaking("cancels the stream before the headers", resetting(Http2Error.CANCEL)),
        breaking(
            "resets the stream before the headers, with no error", resetting(Http2Error.NO_ERROR)),
        breaking(
                "resets the stream in the middle of the request's body",
                stream -> {
                  stream.awaitBytes(100_000);
                  stream.reset(Http2Error.INTERNAL_ERROR);
                })
            .toLongRequests(),
        breaking(
            "resets the stream after the headers",
            stream -> head(stream, asking(stream)).reset(Http2Error.INTERNAL_ERROR)),
        lasting("never answers on the stream", "hasty", ServedStream::awaitBody),
        lasting(
            "says nothing after the headers of the stream",
            "hasty",
            stream -> head(stream, asking(stream))));
  }

  private static Stream<StreamFault> connections() {
    return Stream.of(
        breaking(
                "says GOAWAY before it has looked, again and again",
                stream -> stream.connection().goAway(0, Http2Error.NO_ERROR))
            .afterResending(),
        breaking(
            "says GOAWAY with an error before the headers, and closes",
            stream -> {
              stream.awaitBody();
              stream.connection().goAway(Integer.MAX_VALUE, Http2Error.INTERNAL_ERROR).close();
            }),
        breaking(
            "resets the connection before the headers of a stream",
            stream -> {
              stream.awaitBody();
              stream.connection().cut();
            }),
        breaking(
            "breaks a rule of the connection before the headers",
            stream -> {
              stream.awaitBody();
              stream.connection().frame(RawFrame.DATA, 0, 0, new byte[1]).awaitClosed();
            }),
        breaking(
            "sends what is no frame",
            stream -> {
              stream.awaitBody();
              stream.connection().bytes(new byte[] {-1, -1, -1, 0, 0, 0, 0, 0, 1}).awaitClosed();
            }),
        breaking(
            "pushes an answer that nobody asked for",
            stream -> {
              stream.awaitBody();
              stream
                  .connection()
                  .frame(RawFrame.PUSH_PROMISE, RawFrame.END_HEADERS, stream.id(), new byte[5])
                  .awaitClosed();
            }),
        breaking("floods with SETTINGS", stream -> flood(stream, RawFrame.SETTINGS, new byte[0])),
        breaking("floods with PING", stream -> flood(stream, RawFrame.PING, new byte[8])),
        lasting("never says hello in HTTP/2", "mute", stream -> {}),
        lasting("never opens a window for the request", "stingy", stream -> {}).toLongRequests(),
        new StreamFault(
            Fault.of("speaks no HTTP/2 though it should", "oldest", "broken"), stream -> {}));
  }

  private static Stream<StreamFault> heads() {
    return Stream.of(
        breaking(
            "sends headers beyond their bound on a stream",
            stream -> head(stream, asking(stream), "x-long", "x".repeat(70_000))),
        breaking(
            "sends headers without a status",
            stream -> {
              stream.awaitBody();
              stream.fields(false, "content-type", "text/plain");
            }),
        breaking(
            "sends DATA before the headers",
            stream -> {
              stream.awaitBody();
              stream.data("early");
            }),
        breaking(
            "sends 101 on a stream",
            stream -> {
              stream.awaitBody();
              stream.head(101);
            }),
        breaking(
            "sends 100 again and again on a stream",
            stream -> {
              stream.awaitBody();
              for (int i = 0; i < 40; i++) {
                stream.interim(100);
              }
            }),
        breaking(
            "sends two lengths on a stream",
            stream -> head(stream, asking(stream), "content-length", "5", "content-length", "50")),
        breaking(
            "sends a negative length on a stream",
            stream -> head(stream, asking(stream), "content-length", "-5")),
        new StreamFault(
                Fault.of("answers 503 on a stream before it has read the body", "first", "503"),
                stream -> stream.head(503, "x-request-id", "first").data("no").end())
            .toLongRequests());
  }

  private static Stream<StreamFault> bodies() {
    return Stream.of(
            breaking("resets the stream in mid-body", begun(Http2Error.INTERNAL_ERROR)),
            breaking("resets the stream in mid-body, with no error", begun(Http2Error.NO_ERROR)),
            breaking(
                "resets the connection in mid-body",
                stream -> {
                  Asking asking = asking(stream);
                  head(stream, asking).data(asking.begun()).connection().cut();
                }),
            lasting(
                "falls silent in the body of a stream",
                "hasty",
                stream -> {
                  Asking asking = asking(stream);
                  head(stream, asking).data(asking.begun());
                }),
            breaking(
                "ends the stream before its length",
                stream -> {
                  Asking asking = asking(stream);
                  int length = asking.answer().length() + 9;
                  head(stream, asking, "content-length", Integer.toString(length))
                      .data(asking.answer())
                      .end();
                }),
            breaking(
                "sends more DATA than its length",
                stream -> {
                  Asking asking = asking(stream);
                  int length = asking.begun().length();
                  head(stream, asking, "content-length", Integer.toString(length))
                      .data(asking.answer())
                      .end();
                }))
        .map(StreamFault::toWholeAnswers);
  }

  private static Script begun(Http2Error error) {
    return stream -> {
      Asking asking = asking(stream);
      head(stream, asking).data(asking.begun()).reset(error);
    };
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_beforeTheFirstByte_isServedByTheSecond(StreamFault fault) throws Exception {
    playing(fault.script());

    targets.assertServedBySecond(fault.fault());
  }

  // ---- after it

  /**
   * @param isAllSaid whether the whole body comes, before its stream ends
   */
  record StreamBreak(String name, String first, boolean isAllSaid, Script then) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static StreamBreak afterContent(String name, Script then) {
    return new StreamBreak(name, "first", false, then);
  }

  private static StreamBreak afterAll(String name, Script then) {
    return new StreamBreak(name, "first", true, then);
  }

  static Stream<StreamBreak> breaks() {
    return Stream.of(
        afterContent(
            "resets the stream in mid-body", stream -> stream.reset(Http2Error.INTERNAL_ERROR)),
        afterContent(
            "resets the stream in mid-body, with no error",
            stream -> stream.reset(Http2Error.NO_ERROR)),
        afterContent("cancels the stream in mid-body", stream -> stream.reset(Http2Error.CANCEL)),
        afterContent(
            "refuses the stream in mid-body", stream -> stream.reset(Http2Error.REFUSED_STREAM)),
        afterAll(
            "resets the stream before its end", stream -> stream.reset(Http2Error.INTERNAL_ERROR)),
        afterContent("resets the connection in mid-body", stream -> stream.connection().cut()),
        afterContent(
            "says GOAWAY with an error in mid-body, and closes",
            stream -> stream.connection().goAway(stream.id(), Http2Error.INTERNAL_ERROR).close()),
        afterContent(
            "breaks a rule of the connection in mid-body",
            stream -> stream.connection().frame(RawFrame.DATA, 0, 0, new byte[1]).awaitClosed()),
        afterContent(
            "floods with PING in mid-body", stream -> flood(stream, RawFrame.PING, new byte[8])),
        afterAll(
            "sends trailers beyond their bound on a stream",
            stream -> stream.trailers("x-sum", "1".repeat(70_000))),
        new StreamBreak("falls silent in the body of a stream", "quiet", false, stream -> {}),
        new StreamBreak(
            "resets the stream in mid-body, over TLS",
            "secure",
            false,
            stream -> stream.reset(Http2Error.INTERNAL_ERROR)));
  }

  @ParameterizedTest
  @MethodSource("breaks")
  void break_afterTheFirstByte_isSeenAndCharged(StreamBreak fault) throws Exception {
    playing(
        stream -> {
          Asking asking = asking(stream);
          head(stream, asking).data(fault.isAllSaid ? asking.answer() : asking.begun());
          assertThat(READ.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
          fault.then.play(stream);
        });
    int secondBefore = targets.secondAsked();
    String key = targets.createKey();
    List<Bill> bills = new ArrayList<>();
    for (Asking asking : Asking.STREAMS) {
      String sent = fault.isAllSaid ? asking.answer() : asking.begun();
      String id;
      try (RawClient client = targets.post(key, asking, fault.first, "Hello")) {
        id = targets.assertBroken(client, sent, READ::release);
      }
      List<String> attempts = List.of(asking.named(fault.first) + ":broken");
      bills.add(
          fault.isAllSaid
              ? new Bill(id, 200, Asking.COST_NANO_USD, "", attempts)
              : new Bill(id, 200, asking.begunNanoUsd(), "upstream_broke", attempts));
    }
    targets.assertCharged(key, bills);
    assertThat(targets.secondAsked()).as("nothing is glued on").isEqualTo(secondBefore);
  }

  // ---- odd, but an answer

  /**
   * @param first the provider that serves
   * @param times how often it is asked for one answer
   */
  record Way(String name, String first, int times, Script script) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Way way(String name, Script script) {
    return new Way(name, "first", 1, script);
  }

  private static void answer(ServedStream stream) throws IOException {
    Asking asking = asking(stream);
    head(stream, asking).data(asking.answer()).end();
  }

  private static Script answeringAfter(Script once) {
    return stream -> {
      if (PLAYED.get() == 1) {
        once.play(stream);
      } else {
        answer(stream);
      }
    };
  }

  static Stream<Way> ways() {
    return Stream.of(
        way(
            "resets the stream with no error after a whole answer",
            stream -> {
              // Before the end of the request has been read, or so it says.
              Asking asking = asking(stream);
              head(stream, asking).data(asking.answer()).end();
              stream.reset(Http2Error.NO_ERROR);
            }),
        way(
            "says GOAWAY that names the stream, and goes on",
            stream -> {
              stream.connection().goAway(stream.id(), Http2Error.NO_ERROR);
              answer(stream);
            }),
        way(
            "says GOAWAY that names the stream in mid-body, and goes on",
            stream -> {
              Asking asking = asking(stream);
              head(stream, asking).data(asking.begun());
              stream.connection().goAway(stream.id(), Http2Error.NO_ERROR);
              stream.data(asking.rest()).end();
            }),
        new Way(
            "says GOAWAY once before it has looked",
            "first",
            2,
            answeringAfter(stream -> stream.connection().goAway(0, Http2Error.NO_ERROR))),
        new Way(
            "refuses the stream once",
            "first",
            2,
            answeringAfter(resetting(Http2Error.REFUSED_STREAM))),
        way(
            "sends trailers on a stream",
            stream -> {
              Asking asking = asking(stream);
              head(stream, asking).data(asking.answer()).trailers("x-sum", "1");
            }),
        new Way("chooses HTTP/1.1 by ALPN", "older", 0, stream -> {}),
        new Way("chooses HTTP/2 by ALPN", "secure", 1, FaultyStreamsTest::answer));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void oddAnswer_isTheClients(Way way) throws Exception {
    playing(way.script);
    String key = targets.createKey();
    List<Bill> bills = new ArrayList<>();
    for (Asking asking : Asking.ALL) {
      PLAYED.set(0);

      RawAnswer answer = targets.ask(key, asking, way.first);

      assertThat(answer.text()).isEqualTo(asking.answer());
      assertThat(answer.isWhole()).isTrue();
      assertThat(answer.trailers())
          .isEqualTo(
              way.name.contains("trailers") && asking.isStreamed()
                  ? List.of(new MessageHead.Field("x-sum", "1"))
                  : List.of());
      String first = asking.named(way.first);
      String[] attempts =
          way.times == 2
              ? new String[] {first + ":resent", first + ":ok"}
              : new String[] {first + ":ok"};
      bills.add(Bill.of(answer, Asking.COST_NANO_USD, attempts));
      assertThat(PLAYED).hasValue(way.times);
    }
    targets.assertCharged(key, bills);
  }

  @Test
  void interimAnswers_onAStream_passUpToABound_beforeTheSecondsAnswer() throws Exception {
    playing(
        stream -> {
          stream.awaitBody();
          for (int i = 0; i < 40; i++) {
            stream.interim(103, "x-n", "1");
          }
        });
    String key = targets.createKey();

    RawAnswer answer = targets.ask(key, Asking.OPENAI_STREAM, "first");

    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.interims()).hasSize(16).extracting(MessageHead::status).containsOnly(103);
    targets.assertCharged(
        key, List.of(Bill.of(answer, targets.costNanoUsd(answer), "first:broken", "second:ok")));
  }
}
