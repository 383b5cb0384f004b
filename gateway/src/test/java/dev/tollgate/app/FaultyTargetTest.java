package dev.tollgate.app;

import static dev.tollgate.app.Fault.breaking;
import static dev.tollgate.app.Fault.lasting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.TwoTargets.Bill;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.upstream.BlackHole;
import dev.tollgate.upstream.ScriptedServer;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a first target does wrong before its first byte has gone to the client, the client gets
 * the answer of the second, whole, and pays for that alone. docs/faults.md has a row for each.
 */
@ExtendWith(LeakWatch.class)
class FaultyTargetTest {
  private static volatile Script current = peer -> {};
  private static final AtomicInteger PLAYED = new AtomicInteger();

  private static ScriptedServer server;
  private static BlackHole hole;
  private static SocketChannel bound;
  private static TwoTargets targets;

  @BeforeAll
  static void start() throws Exception {
    server = ScriptedServer.playing(FaultyTargetTest::play);
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    hole = new BlackHole(loopback, 0);
    bound = SocketChannel.open().bind(new InetSocketAddress(loopback, 0));
    String url = "base_url: \"" + server.url() + "\"";
    targets =
        TwoTargets.start(
            101,
            Map.of(
                "first",
                url,
                "hasty",
                url + ", first_byte_millis_max: 120ms, idle_millis_max: 120ms",
                "brief",
                url + ", total_millis_max: 250ms",
                "silent",
                urlAt(hole.address().getPort()) + ", connect_millis_max: 120ms",
                "refusing",
                urlAt(bound.socket().getLocalPort()),
                "nameless",
                "base_url: \"http://nowhere.invalid/v1\""));
  }

  private static String urlAt(int port) {
    return "base_url: \"http://127.0.0.1:" + port + "/v1\"";
  }

  private static void play(Peer peer) throws Exception {
    PLAYED.incrementAndGet();
    current.play(peer);
  }

  private static void playing(Script next) {
    current = next;
  }

  @AfterAll
  static void stop() throws Exception {
    targets.close();
    bound.close();
    hole.close();
    server.close();
  }

  // ---- what it may do

  /** Says the same over and over, until the gateway has had enough of it. */
  private static void trickle(Peer peer, String text) throws IOException, InterruptedException {
    for (int i = 0; i < 1_000; i++) {
      peer.send(text);
      Thread.sleep(15);
    }
    throw new AssertionError("the gateway listens for ever");
  }

  /** Once the request is there, these bytes; then the connection is closed. */
  private static Script saying(String answer) {
    return peer -> {
      peer.readRequest();
      peer.send(answer);
    };
  }

  /** The same with these fields in a head that would else be right. */
  private static Script answering(String fields) {
    return peer -> {
      Asking asking = Asking.of(peer.readRequest());
      peer.send(asking.head(fields) + asking.answer());
      peer.awaitClosed();
    };
  }

  static Stream<Fault> faults() {
    return Stream.of(
            connecting(), requests(), heads(), bodies(), wholeAnswers(), framings(), strange())
        .flatMap(part -> part);
  }

  private static Stream<Fault> connecting() {
    return Stream.of(
        Fault.of("refuses the connection", "refusing", "broken"),
        Fault.of("does not accept the connection", "silent", "timeout"),
        Fault.of("has a name that does not resolve", "nameless", "broken"),
        breaking("resets once it has accepted", Peer::reset),
        breaking("closes once it has accepted", peer -> {}));
  }

  private static Stream<Fault> requests() {
    return Stream.of(
        breaking(
                "resets in the middle of the request's body",
                peer -> {
                  peer.readHead();
                  peer.read(300_000);
                  peer.reset();
                })
            .toLongRequests(),
        breaking(
                "closes in the middle of the request's body",
                peer -> {
                  peer.readHead();
                  peer.read(300_000);
                })
            .toLongRequests(),
        lasting(
                "stops reading in the middle of the request's body",
                peer -> {
                  peer.readHead();
                  Thread.sleep(10_000); // longer than anybody waits
                })
            .toLongRequests(),
        breaking(
            "resets before the headers",
            peer -> {
              peer.readRequest();
              peer.reset();
            }),
        breaking("closes before the headers", Peer::readRequest),
        lasting("never answers", Peer::awaitClosed));
  }

  private static Stream<Fault> heads() {
    return Stream.of(
        breaking("closes in the status line", saying("HTTP/1.1 20")),
        breaking("closes in the headers", saying("HTTP/1.1 200 OK\r\ncontent-ty")),
        breaking(
            "resets in the headers",
            peer -> {
              peer.readRequest();
              peer.send("HTTP/1.1 200 OK\r\ncontent-ty");
              Thread.sleep(20);
              peer.reset();
            }),
        lasting(
            "sends the head byte by byte",
            peer -> {
              peer.readRequest();
              peer.send("HTTP/1.1 200 OK\r\nx-slow: ");
              trickle(peer, "x");
            }));
  }

  /**
   * After the headers, and before a byte of them has gone on: streams wait for their first event.
   */
  private static Stream<Fault> bodies() {
    return Stream.of(
        breaking(
            "closes between headers and body",
            peer -> peer.send(Asking.of(peer.readRequest()).chunkedHead())),
        breaking(
            "resets between headers and body",
            peer -> {
              peer.send(Asking.of(peer.readRequest()).sizedHead());
              Thread.sleep(20);
              peer.reset();
            }),
        lasting(
            "says nothing between headers and body",
            peer -> {
              peer.send(Asking.of(peer.readRequest()).chunkedHead());
              peer.awaitClosed();
            }),
        breaking(
            "closes in a chunk's size",
            peer -> peer.send(Asking.of(peer.readRequest()).chunkedHead() + "1f")),
        lasting(
            "sends a chunk's size byte by byte",
            peer -> {
              peer.send(Asking.of(peer.readRequest()).chunkedHead());
              trickle(peer, "0");
            }));
  }

  private static Stream<Fault> wholeAnswers() {
    return Stream.of(
            breaking("closes in mid-body", unfinished(Asking::sizedHead, peer -> {})),
            breaking("resets in mid-body", unfinished(Asking::sizedHead, Peer::reset)),
            lasting("falls silent in mid-body", unfinished(Asking::sizedHead, Peer::awaitClosed)),
            breaking("closes within a chunk", unfinished(Asking::chunkedHead, peer -> {})),
            lasting(
                    "sends the body byte by byte",
                    unfinished(Asking::sizedHead, peer -> trickle(peer, " ")))
                .at("brief"),
            breaking(
                "closes before the last chunk",
                peer -> {
                  Asking asking = Asking.of(peer.readRequest());
                  peer.send(asking.chunkedHead() + Asking.chunk(asking.answer()));
                }),
            breaking(
                "resets before the last chunk",
                peer -> {
                  Asking asking = Asking.of(peer.readRequest());
                  peer.send(asking.chunkedHead() + Asking.chunk(asking.answer()));
                  Thread.sleep(20);
                  peer.reset();
                }),
            breaking("sends a length that is too long", longer(9)),
            breaking("sends a length that is too short", shorter()))
        .map(Fault::toWholeAnswers);
  }

  /** What its length leaves of the answer is no JSON, though nothing breaks. */
  private static Script shorter() {
    return peer -> {
      Asking asking = Asking.of(peer.readRequest());
      peer.send(asking.head("content-length: " + asking.begun().length()) + asking.answer());
      peer.awaitClosed();
    };
  }

  private interface HeadOf {
    String of(Asking asking);
  }

  private static Script unfinished(HeadOf head, Script then) {
    return peer -> {
      Asking asking = Asking.of(peer.readRequest());
      peer.send(head.of(asking));
      peer.send(
          head.of(asking).contains("chunked")
              ? Integer.toHexString(asking.answer().length()) + "\r\n" + asking.begun()
              : asking.begun());
      Thread.sleep(20);
      then.play(peer);
    };
  }

  private static Script longer(int bytes) {
    return peer -> {
      Asking asking = Asking.of(peer.readRequest());
      peer.send(
          asking.head("content-length: " + (asking.answer().length() + bytes)) + asking.answer());
    };
  }

  private static Stream<Fault> framings() {
    return Stream.of(
        breaking(
            "sends a length and chunks",
            peer -> {
              Asking asking = Asking.of(peer.readRequest());
              String length = "content-length: " + asking.answer().length();
              peer.send(
                  asking.head(length + "\r\ntransfer-encoding: chunked")
                      + Asking.chunk(asking.answer())
                      + "0\r\n\r\n");
              peer.awaitClosed();
            }),
        breaking("sends two lengths", answering("content-length: 5\r\ncontent-length: 500")),
        breaking("sends a length twice", answering("content-length: 2\r\ncontent-length: 2")),
        breaking("sends a negative length", answering("content-length: -5")),
        breaking("sends a length that is no number", answering("content-length: many")),
        breaking(
            "sends a length beyond 64 bits", answering("content-length: 99999999999999999999")),
        breaking("sends another coding than chunked", answering("transfer-encoding: gzip")),
        breaking(
            "sends another coding beside chunked", answering("transfer-encoding: gzip, chunked")),
        breaking(
            "sends a chunk that is none",
            peer -> {
              peer.send(Asking.of(peer.readRequest()).chunkedHead() + "zz\r\nno chunk\r\n");
              peer.awaitClosed();
            }),
        breaking(
            "sends a chunk of a negative size",
            peer -> {
              peer.send(Asking.of(peer.readRequest()).chunkedHead() + "-5\r\nno chunk\r\n");
              peer.awaitClosed();
            }),
        breaking(
            "sends a chunk beyond 31 bits",
            peer -> {
              peer.send(Asking.of(peer.readRequest()).chunkedHead() + "fffffffff\r\nmuch");
              peer.awaitClosed();
            }));
  }

  private static Stream<Fault> strange() {
    return Stream.of(
        breaking("sends garbage instead of HTTP", saying("This is not HTTP at all.\r\n\r\n")),
        breaking(
            "answers in another version", saying("HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n")),
        breaking("sends a head beyond its bound", answering("x-long: " + "x".repeat(70_000))),
        breaking(
            "sends a status line beyond its bound", saying("HTTP/1.1 200 " + "x".repeat(5_000))),
        breaking("switches protocols unasked", saying("HTTP/1.1 101 Up\r\nupgrade: x\r\n\r\n")),
        breaking("sends 100 again and again", saying("HTTP/1.1 100 Continue\r\n\r\n".repeat(100))),
        breaking(
                "answers 503 before it has read the body",
                peer -> {
                  peer.readHead();
                  peer.send(
                      "HTTP/1.1 503 No\r\nx-request-id: first\r\ncontent-length: 2\r\n\r\nno");
                  peer.finish();
                  peer.awaitClosed();
                })
            .toLongRequests()
            .ending("503"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_beforeTheFirstByte_isServedByTheSecond(Fault fault) throws Exception {
    playing(fault.script());

    targets.assertServedBySecond(fault);
  }

  @ParameterizedTest
  @CsvSource({"102", "103"})
  void interimAnswers_withoutEnd_passUpToABound_beforeTheSecondsAnswer(int status)
      throws Exception {
    playing(saying("HTTP/1.1 %d Soon\r\nx-n: 1\r\n\r\n".formatted(status).repeat(100)));
    String key = targets.createKey();

    RawAnswer answer = targets.ask(key, Asking.OPENAI_STREAM, "first");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.interims()).hasSize(16).extracting(MessageHead::status).containsOnly(status);
    targets.assertCharged(
        key, List.of(Bill.of(answer, targets.costNanoUsd(answer), "first:broken", "second:ok")));
  }

  @Test
  void keptConnection_thatDiesUnderARequest_isFollowedByAFreshOne_andThenByTheSecond()
      throws Exception {
    PLAYED.set(0);
    AtomicInteger requests = new AtomicInteger();
    playing(
        peer -> {
          Asking asking = Asking.of(peer.readRequest());
          if (requests.incrementAndGet() == 1) {
            peer.send(asking.sizedHead() + asking.answer());
            peer.readRequest();
            requests.incrementAndGet();
          }
          peer.reset();
        });
    String key = targets.createKey();
    int before = targets.secondAsked();
    RawAnswer well;
    RawAnswer answer;
    try (RawClient client = targets.post(key, Asking.OPENAI_WHOLE, "first", "Hello")) {
      well = client.readAnswer();
      TwoTargets.post(client, key, Asking.OPENAI_WHOLE, "first", "Hello");
      answer = client.readAnswer();
    }

    assertThat(well.text()).isEqualTo(Asking.OPENAI_WHOLE.answer());
    assertThat(answer.status()).isEqualTo(200);
    assertThat(PLAYED).as("connections").hasValue(2);
    assertThat(requests).hasValue(3);
    assertThat(targets.secondAsked() - before).isEqualTo(1);
    targets.assertCharged(
        key,
        List.of(
            Bill.of(well, Asking.COST_NANO_USD, "first:ok"),
            Bill.of(
                answer, targets.costNanoUsd(answer), "first:resent", "first:broken", "second:ok")));
  }

  @Test
  void onlyTarget_whoseAnswerIsCut_isToldAsSuch_andFree() throws Exception {
    playing(shorter());
    String key = targets.createKey();

    RawAnswer answer = targets.ask(key, Asking.OPENAI_WHOLE, "first-only");

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.text()).contains("The provider's answer ended in its middle.");
    assertThat(answer.isWhole()).isTrue();
    targets.assertCharged(key, List.of(Bill.of(answer, 0, "first:broken")));
  }

  @ParameterizedTest
  @CsvSource({
    "refusing, broken, 2",
    "nameless, broken, 2",
    "silent, timeout, 2",
    "first, broken, 1",
    "hasty, timeout, 1",
  })
  void onlyTarget_isAskedAgain_whereItHasSeenNothingOfTheRequest(
      String first, String outcome, int times) throws Exception {
    playing(
        peer -> {
          peer.readRequest();
          if (outcome.equals("timeout")) {
            peer.awaitClosed();
          }
        });
    String key = targets.createKey();

    RawAnswer answer = targets.ask(key, Asking.ANTHROPIC_WHOLE, first + "-only");

    assertThat(answer.status()).isEqualTo(outcome.equals("timeout") ? 504 : 502);
    assertThat(answer.isWhole()).isTrue();
    String attempt = first + "-a:" + outcome;
    String[] attempts = times == 1 ? new String[] {attempt} : new String[] {attempt, attempt};
    targets.assertCharged(key, List.of(Bill.of(answer, 0, attempts)));
  }
}
