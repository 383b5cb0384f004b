package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.app.TwoTargets.Bill;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageBody;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.upstream.ScriptedServer;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import dev.tollgate.upstream.TestCertificates;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.internal.http2.ErrorCode;
import okhttp3.internal.http2.StreamResetException;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An answer that breaks after bytes of it have gone to the client: it sees a clean break behind
 * just those bytes, never another target's answer, and pays for what it has got.
 */
@ExtendWith(LeakWatch.class)
class BrokenOffTest {
  private static volatile Script current = peer -> {};

  /** One for each answer whose first bytes the client has read. */
  private static final Semaphore READ = new Semaphore(0);

  private static final CountDownLatch IS_BROKEN = new CountDownLatch(1);
  private static final String UPSTREAM_BROKE = "upstream_broke";
  private static final List<String> FIRST_BROKEN = List.of("first:broken");

  private static ScriptedServer server;
  private static SSLSocketFactory signed;
  private static TwoTargets targets;

  @BeforeAll
  static void start() throws Exception {
    signed = TestCertificates.showing("signed");
    server = ScriptedServer.playing(peer -> current.play(peer));
    String url = "base_url: \"" + server.url() + "\"";
    targets =
        TwoTargets.start(
            107,
            Map.of(
                "first",
                url,
                "hasty",
                url + ", idle_millis_max: 120ms",
                "brief",
                url + ", total_millis_max: 1s",
                "secure",
                "base_url: \"https://localhost:%d/v1\", trust_certificates: \"%s\""
                    .formatted(server.port(), TestCertificates.authority())));
  }

  private static void playing(Script next) {
    current = next;
  }

  @AfterAll
  static void stop() throws Exception {
    targets.close();
    server.close();
  }

  /**
   * @param name its row in docs/faults.md
   * @param first the provider of {@link TwoTargets} by which it is reached
   * @param isAllSaid whether the whole body comes, before its framing says so
   * @param script plays it for such a request
   */
  record Break(String name, String first, boolean isAllSaid, Played script) {
    String said(Asking asking) {
      return isAllSaid ? asking.answer() : asking.begun();
    }

    /** What has been told to be so costs that; what has not is estimated. */
    Bill bill(Asking asking, String requestId) {
      String attempt = asking.named(first) + ":broken";
      return isAllSaid
          ? new Bill(requestId, 200, Asking.COST_NANO_USD, "", List.of(attempt))
          : new Bill(requestId, 200, asking.begunNanoUsd(), UPSTREAM_BROKE, List.of(attempt));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @FunctionalInterface
  interface Played {
    void play(Asking asking, Peer peer) throws Exception;
  }

  /** The break comes once the client has what was said before it. */
  private static Break afterContent(String name, Script then) {
    return new Break(
        name,
        "first",
        false,
        (asking, peer) -> {
          peer.send(asking.chunkedHead() + Asking.chunk(asking.begun()));
          awaitRead();
          then.play(peer);
        });
  }

  private static Break afterAll(String name, Script then) {
    return new Break(
        name,
        "first",
        true,
        (asking, peer) -> {
          peer.send(asking.chunkedHead() + Asking.chunk(asking.answer()));
          awaitRead();
          then.play(peer);
        });
  }

  private static Break at(String first, Break otherwise) {
    return new Break(otherwise.name, first, otherwise.isAllSaid, otherwise.script);
  }

  private static void awaitRead() throws InterruptedException {
    assertThat(READ.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
  }

  private static Script trickling(String text) {
    return peer -> {
      for (int i = 0; i < 1_000; i++) {
        peer.send(text);
        Thread.sleep(15);
      }
      throw new AssertionError("the gateway listens for ever");
    };
  }

  static Stream<Break> breaks() {
    return Stream.of(inTheMiddle(), atTheEnd(), lasting(), ofTls()).flatMap(part -> part);
  }

  private static Stream<Break> inTheMiddle() {
    return Stream.of(
        afterContent("resets in mid-body", Peer::reset),
        afterContent("closes in mid-body", peer -> {}),
        afterContent("closes in a chunk's size", peer -> peer.send("1f")),
        afterContent("resets in a chunk's size", peer -> sendAndReset(peer, "1f\r")),
        afterContent("closes behind a chunk's size", peer -> peer.send("1f\r\n")),
        afterContent(
            "sends a chunk that is none",
            peer -> {
              peer.send("zz\r\nno chunk\r\n");
              peer.awaitClosed();
            }),
        afterContent(
            "sends a chunk of a negative size",
            peer -> {
              peer.send("-5\r\nno chunk\r\n");
              peer.awaitClosed();
            }),
        afterContent(
            "sends a chunk's size beyond its bound",
            peer -> {
              peer.send("1;" + "x".repeat(5_000));
              peer.awaitClosed();
            }),
        new Break(
            "sends a length that is too long",
            "first",
            false,
            (asking, peer) -> {
              peer.send(asking.sizedHead() + asking.begun());
              awaitRead();
            }),
        new Break(
            "resets a stream without framing",
            "first",
            false,
            (asking, peer) -> {
              peer.send(asking.head("connection: close") + asking.begun());
              awaitRead();
              peer.reset();
            }));
  }

  private static void sendAndReset(Peer peer, String text) throws Exception {
    peer.send(text);
    Thread.sleep(20);
    peer.reset();
  }

  private static Stream<Break> atTheEnd() {
    return Stream.of(
        afterAll("resets before the last chunk", Peer::reset),
        afterAll("closes before the last chunk", peer -> {}),
        afterAll("closes in the last chunk", peer -> peer.send("0\r\n")),
        afterAll("closes in the trailers", peer -> peer.send("0\r\nx-sum: 1")),
        afterAll(
            "sends trailers beyond their bound",
            peer -> {
              peer.send("0\r\nx-sum: " + "1".repeat(70_000) + "\r\n\r\n");
              peer.awaitClosed();
            }));
  }

  private static Stream<Break> lasting() {
    return Stream.of(
        at("hasty", afterContent("falls silent in mid-body", Peer::awaitClosed)),
        at("hasty", afterAll("falls silent before the last chunk", Peer::awaitClosed)),
        at("hasty", afterContent("sends a chunk's size byte by byte", trickling("0"))));
  }

  private static Stream<Break> ofTls() {
    return Stream.of(
            afterContent("cuts TLS in mid-stream", Peer::cut),
            afterContent("resets TLS in mid-stream", Peer::reset),
            afterContent("ends TLS in mid-stream", Peer::finish),
            afterContent(
                "sends what is no TLS record in mid-stream",
                peer -> {
                  peer.sendPlain("0\r\n\r\n");
                  peer.awaitClosed();
                }),
            afterAll("cuts TLS before the last chunk", Peer::cut))
        .map(fault -> at("secure", fault));
  }

  private static void play(Break fault) {
    playing(
        peer -> {
          if (fault.first.equals("secure")) {
            peer.startTls(signed);
          }
          fault.script.play(Asking.of(peer.readRequest()), peer);
        });
  }

  @ParameterizedTest
  @MethodSource("breaks")
  void break_afterTheFirstByte_isSeenAndCharged(Break fault) throws Exception {
    play(fault);
    int secondBefore = targets.secondAsked();
    String key = targets.createKey();
    List<Bill> bills = new ArrayList<>();
    for (Asking asking : Asking.STREAMS) {
      try (RawClient client = targets.post(key, asking, fault.first(), "Hello")) {
        String id = targets.assertBroken(client, fault.said(asking), READ::release);
        bills.add(fault.bill(asking, id));
      }
    }
    targets.assertCharged(key, bills);
    assertThat(targets.secondAsked()).as("nothing is glued on").isEqualTo(secondBefore);
  }

  @Test
  void streamBeyondItsTotalTime_breaksAndIsCharged() throws Exception {
    playing(
        peer -> {
          Asking asking = Asking.of(peer.readRequest());
          peer.send(asking.chunkedHead() + Asking.chunk(asking.begun()));
          trickling(Asking.chunk(": still here\n\n")).play(peer);
        });
    String key = targets.createKey();

    RawAnswer answer = targets.ask(key, Asking.OPENAI_STREAM, "brief");

    assertThat(answer.end()).isEqualTo(MessageBody.End.CUT_OFF);
    assertThat(answer.text())
        .startsWith(Asking.OPENAI_STREAM.begun())
        .matches("(?s).*}\n\n(: still here\n\n)+");
    long cost = Asking.OPENAI_STREAM.begunNanoUsd();
    targets.assertCharged(
        key, List.of(Bill.of(answer, cost, "brief:broken").estimated(UPSTREAM_BROKE)));
  }

  /** It is too long to wait until it is whole. */
  @Test
  void longWholeAnswer_thatBreaks_isSeenAndCharged() throws Exception {
    String padding = " ".repeat(300_000);
    playing(
        peer -> {
          Asking asking = Asking.of(peer.readRequest());
          peer.send(asking.head("content-length: 400000") + asking.begun() + padding);
          awaitRead();
          peer.reset();
        });
    String key = targets.createKey();
    int secondBefore = targets.secondAsked();
    String begun = Asking.ANTHROPIC_WHOLE.begun();
    String id;
    try (RawClient client = targets.post(key, Asking.ANTHROPIC_WHOLE, "first", "Hello")) {
      id = targets.assertBroken(client, begun + padding, READ::release);
    }

    // Neither the input nor the output has been told.
    long cost = (2 + 4) * 200 + 5 * 600;
    targets.assertCharged(
        key, List.of(new Bill(id, 200, cost, UPSTREAM_BROKE, List.of("first-a:broken"))));
    assertThat(targets.secondAsked()).isEqualTo(secondBefore);
  }

  @Test
  void break_overHttp2_isAStreamReset() throws Exception {
    playing(
        peer -> {
          String request = peer.readRequest();
          Asking asking = Asking.of(request);
          peer.send(asking.chunkedHead() + Asking.chunk(asking.begun()));
          if (request.contains("Hello")) {
            awaitRead();
            peer.reset();
          } else {
            assertThat(IS_BROKEN.await(20, TimeUnit.SECONDS)).isTrue();
            peer.send(Asking.chunk(asking.rest()) + "0\r\n\r\n");
          }
        });
    OkHttpClient http =
        new OkHttpClient.Builder().protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)).build();
    String key = targets.createKey();
    Asking other = Asking.ANTHROPIC_STREAM;
    Asking broken = Asking.OPENAI_STREAM;
    try (Response stays = ask(http, key, other, "Bye");
        Response breaks = ask(http, key, broken, "Hello")) {
      assertThat(http.connectionPool().connectionCount()).isEqualTo(1);
      BufferedSource begun = breaks.body().source();
      assertThat(begun.readUtf8(broken.begun().length())).isEqualTo(broken.begun());
      READ.release();
      assertThatThrownBy(begun::readByteString)
          .isInstanceOfSatisfying(
              StreamResetException.class,
              reset -> assertThat(reset.errorCode).isEqualTo(ErrorCode.INTERNAL_ERROR));
      IS_BROKEN.countDown();
      assertThat(stays.body().string()).isEqualTo(other.answer());
      targets.assertCharged(
          key,
          List.of(
              new Bill(idOf(breaks), 200, broken.begunNanoUsd(), UPSTREAM_BROKE, FIRST_BROKEN),
              new Bill(idOf(stays), 200, Asking.COST_NANO_USD, "", List.of("first-a:ok"))));
    }
    http.connectionPool().evictAll();
    http.dispatcher().executorService().shutdown();
  }

  private static Response ask(OkHttpClient http, String key, Asking asking, String said)
      throws IOException {
    RequestBody body =
        RequestBody.create(asking.body("first", said), MediaType.get("application/json"));
    Request request =
        new Request.Builder()
            .url(targets.gateway().publicUrl() + asking.path())
            .header("authorization", "Bearer " + key)
            .post(body)
            .build();
    return http.newCall(request).execute();
  }

  private static String idOf(Response answer) {
    return Objects.requireNonNull(answer.header("x-request-id"));
  }
}
