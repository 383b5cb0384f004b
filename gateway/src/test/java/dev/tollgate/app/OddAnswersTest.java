package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.TwoTargets.Bill;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import dev.tollgate.upstream.ScriptedServer;
import dev.tollgate.upstream.ScriptedServer.Peer;
import dev.tollgate.upstream.ScriptedServer.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that come in an odd way, but are answers: the first target's is the client's. */
@ExtendWith(LeakWatch.class)
class OddAnswersTest {
  private static volatile Script current = peer -> {};

  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");
  private static final String LONG = "x".repeat(600_000);

  /** Long bodies take long to check for leaks. */
  private static final List<Asking> LONG_ASKINGS =
      List.of(Asking.OPENAI_STREAM, Asking.ANTHROPIC_WHOLE);

  /** What a provider that is out of step says too much. */
  private static final String SURPLUS =
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\nwrong";

  private static ScriptedServer server;
  private static TwoTargets targets;

  @BeforeAll
  static void start() throws Exception {
    server = ScriptedServer.playing(peer -> current.play(peer));
    targets = TwoTargets.start(109, Map.of("first", "base_url: \"" + server.url() + "\""));
  }

  private static void playing(Script next) {
    current = next;
  }

  @AfterAll
  static void stop() throws Exception {
    targets.close();
    server.close();
  }

  /** Another request on this connection is met by what the test does then. */
  private static void stay(Peer peer) throws Exception {
    if (peer.awaitMore()) {
      current.play(peer);
    }
  }

  private static void answerWell(Peer peer) throws Exception {
    Asking asking = Asking.of(peer.readRequest());
    peer.send(asking.sizedHead() + asking.answer());
    stay(peer);
  }

  private static int lengthIn(String head) {
    Matcher length = LENGTH.matcher(head);
    assertThat(length.find()).isTrue();
    return Integer.parseInt(length.group(1));
  }

  private static String head(int status) {
    return "HTTP/1.1 %d Early\r\nx-request-id: first\r\n".formatted(status);
  }

  /** What comes after an answer that was given before the request's body was read. */
  enum Then {
    READS_ON {
      @Override
      void play(Peer peer, int bodyBytes) throws Exception {
        peer.read(bodyBytes);
        stay(peer);
      }
    },
    FINISHES {
      @Override
      void play(Peer peer, int bodyBytes) throws Exception {
        peer.finish();
        peer.awaitClosed();
      }
    },
    CLOSES {
      @Override
      void play(Peer peer, int bodyBytes) {
        // With bytes of the request unread, which the kernel makes a reset of.
      }
    };

    abstract void play(Peer peer, int bodyBytes) throws Exception;
  }

  @ParameterizedTest
  @CsvSource({
    "401, READS_ON",
    "401, FINISHES",
    "401, CLOSES",
    "413, READS_ON",
    "413, FINISHES",
    "413, CLOSES",
  })
  void refusal_beforeTheBodyIsRead_isTheClients_andFree(int status, Then then) throws Exception {
    String said = "{\"error\":{\"message\":\"early\"}}";
    playing(
        peer -> {
          int bodyBytes = lengthIn(peer.readHead());
          peer.send(
              head(status)
                  + "content-type: application/json\r\ncontent-length: "
                  + said.length()
                  + "\r\n\r\n"
                  + said);
          then.play(peer, bodyBytes);
        });
    String key = targets.createKey();
    int secondBefore = targets.secondAsked();

    List<Bill> bills = new ArrayList<>();
    try (RawClient client = targets.gateway().connect()) {
      for (Asking asking : LONG_ASKINGS) {
        RawAnswer answer = TwoTargets.post(client, key, asking, "first", LONG).readAnswer();
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.text()).isEqualTo(said);
        assertThat(answer.isWhole()).isTrue();
        bills.add(Bill.of(answer, 0, asking.named("first") + ":" + status));
      }
      assertNextIsRight(client);
    }
    targets.assertCharged(key, bills);
    assertThat(targets.secondAsked()).isEqualTo(secondBefore);
  }

  @ParameterizedTest
  @EnumSource(Then.class)
  void wholeAnswer_beforeTheBodyIsRead_isTheClients_andPaid(Then then) throws Exception {
    String key = targets.createKey();
    List<Bill> bills = new ArrayList<>();
    try (RawClient client = targets.gateway().connect()) {
      for (Asking asking : LONG_ASKINGS) {
        playing(
            peer -> {
              int bodyBytes = lengthIn(peer.readHead());
              peer.send(asking.sizedHead() + asking.answer());
              then.play(peer, bodyBytes);
            });

        RawAnswer answer = TwoTargets.post(client, key, asking, "first", LONG).readAnswer();

        assertThat(answer.text()).isEqualTo(asking.answer());
        assertThat(answer.isWhole()).isTrue();
        bills.add(Bill.of(answer, Asking.COST_NANO_USD, asking.named("first") + ":ok"));
      }
      assertNextIsRight(client);
    }
    targets.assertCharged(key, bills);
  }

  /** Nothing of a request or an answer before is taken for one of its own. */
  private static void assertNextIsRight() throws Exception {
    try (RawClient client = targets.gateway().connect()) {
      assertNextIsRight(client);
    }
  }

  /** On the event loop that has had the one before. */
  private static void assertNextIsRight(RawClient client) throws Exception {
    playing(OddAnswersTest::answerWell);
    String key = targets.createKey();
    for (int i = 0; i < 2; i++) {
      TwoTargets.post(client, key, Asking.OPENAI_WHOLE, "first", "Hello");
      RawAnswer next = client.readAnswer();
      assertThat(next.status()).isEqualTo(200);
      assertThat(next.text()).isEqualTo(Asking.OPENAI_WHOLE.answer());
    }
  }

  @ParameterizedTest
  @EnumSource(Asking.class)
  void surplus_behindAnAnswer_isNobodysAnswer(Asking asking) throws Exception {
    playing(
        peer -> {
          peer.readRequest();
          peer.send(asking.sizedHead() + asking.answer() + SURPLUS);
          peer.awaitClosed();
        });
    String key = targets.createKey();

    RawAnswer answer;
    try (RawClient client = targets.post(key, asking, "first", "Hello")) {
      answer = client.readAnswer();
      assertNextIsRight(client);
    }

    assertThat(answer.text()).isEqualTo(asking.answer());
    assertThat(answer.isWhole()).isTrue();
    targets.assertCharged(
        key, List.of(Bill.of(answer, Asking.COST_NANO_USD, asking.named("first") + ":ok")));
  }

  @Test
  void surplus_thatComesLate_endsTheConnection() throws Exception {
    CountDownLatch isAnswered = new CountDownLatch(1);
    CountDownLatch isGone = new CountDownLatch(1);
    playing(
        peer -> {
          Asking asking = Asking.of(peer.readRequest());
          peer.send(asking.sizedHead() + asking.answer());
          isAnswered.await();
          peer.send(SURPLUS);
          peer.awaitClosed();
          isGone.countDown();
        });
    String key = targets.createKey();
    assertThat(targets.ask(key, Asking.OPENAI_WHOLE, "first").status()).isEqualTo(200);

    isAnswered.countDown();

    assertThat(isGone.await(20, TimeUnit.SECONDS)).isTrue();
    assertNextIsRight();
  }

  /** Streams end as they like, so that what its length leaves of it is what the provider says. */
  @Test
  void lengthThatIsTooShort_cutsAStream_andItsRestIsNobodysAnswer() throws Exception {
    Asking asking = Asking.OPENAI_STREAM;
    playing(
        peer -> {
          peer.readRequest();
          peer.send(asking.head("content-length: " + asking.begun().length()) + asking.answer());
          peer.awaitClosed();
        });
    String key = targets.createKey();

    RawAnswer answer;
    try (RawClient client = targets.post(key, asking, "first", "Hello")) {
      answer = client.readAnswer();
      assertNextIsRight(client);
    }

    assertThat(answer.text()).isEqualTo(asking.begun());
    targets.assertCharged(
        key,
        List.of(Bill.of(answer, asking.begunNanoUsd(), "first:ok").estimated("missing_usage")));
  }

  /**
   * @param name its row in docs/faults.md
   */
  record Way(String name, Played script) {
    @Override
    public String toString() {
      return name;
    }
  }

  @FunctionalInterface
  interface Played {
    void play(Asking asking, Peer peer) throws Exception;
  }

  static Stream<Way> ways() {
    return Stream.of(
        new Way(
            "sends trailers",
            (asking, peer) ->
                peer.send(
                    asking.chunkedHead()
                        + Asking.chunk(asking.answer())
                        + "0\r\nx-sum: 1\r\nx-tollgate-cost-usd: 0\r\n\r\n")),
        new Way(
            "sends the answer without framing",
            (asking, peer) -> peer.send(asking.head("connection: close") + asking.answer())),
        new Way(
            "sends 100 and 102 before the headers",
            (asking, peer) ->
                peer.send(
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                        + asking.sizedHead()
                        + asking.answer())),
        new Way(
            "sends each byte by itself",
            (asking, peer) -> {
              String all = asking.chunkedHead() + Asking.chunk(asking.answer()) + "0\r\n\r\n";
              for (int i = 0; i < all.length(); i++) {
                peer.send(all.substring(i, i + 1));
              }
            }));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void oddAnswer_isTheClients(Way way) throws Exception {
    String key = targets.createKey();
    List<Bill> bills = new ArrayList<>();
    for (Asking asking : Asking.ALL) {
      playing(
          peer -> {
            peer.readRequest();
            way.script.play(asking, peer);
          });

      RawAnswer answer = targets.ask(key, asking, "first");

      assertThat(answer.text()).isEqualTo(asking.answer());
      assertThat(answer.isWhole()).isTrue();
      assertThat(answer.trailers())
          .isEqualTo(
              way.name.equals("sends trailers") && asking.isStreamed()
                  ? List.of(new MessageHead.Field("x-sum", "1"))
                  : List.of());
      bills.add(Bill.of(answer, Asking.COST_NANO_USD, asking.named("first") + ":ok"));
    }
    targets.assertCharged(key, bills);
  }
}
