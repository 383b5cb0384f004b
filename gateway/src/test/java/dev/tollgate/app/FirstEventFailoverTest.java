package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A 200 that turns out to be an error, or nothing, is served by the next target while there is one;
 * a stream's head waits for its first event that means anything, and not for ever.
 */
@ExtendWith(LeakWatch.class)
class FirstEventFailoverTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(37).reporting(ServedUsage.of(10, 20));
  private static final long COST_NANO_USD = 10 * 200 + 20 * 600;
  private static final String ERROR_EVENT = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
  private static final String COMMENT = ": keep-alive\n\n";

  private static final String WHOLE =
      """
      {"max_tokens":30,"model":"twice","messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final String STREAMED =
      WHOLE.replace("{\"max_tokens\"", "{\"stream\":true,\"max_tokens\"");

  private FakeProvider first;
  private FakeProvider second;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    first = FakeProvider.start(37);
    second = FakeProvider.start(41);
    second.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            first,
            GatewaySetup.USUAL.with(
                """
                second: { dialect: openai, base_url: "%s", api_key: of-the-second }
                """
                    .formatted(second.baseUrl()),
                """
                twice:
                  targets: [ { provider: openai-fake, model: one }, { provider: second, model: two } ]
                  prices: { input: 0.20, output: 0.60 }
                """));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    second.close();
    first.close();
  }

  private static Answer stream(String... events) {
    List<Answer.Part> parts =
        Stream.of(events)
            .map(event -> new Answer.Part(event.getBytes(StandardCharsets.UTF_8), 0, false))
            .toList();
    return new Answer(200, "text/event-stream", true, "one", ServedUsage.NONE, parts);
  }

  private static Answer json(String body) {
    return Answer.error(200, body);
  }

  static Stream<Arguments> answersThatAreNone() {
    return Stream.of(
        answer("an error in the body", json("{\"error\":{\"message\":\"no\"}}").script(), "error"),
        answer("an empty body", json("").script(), "empty"),
        answer("a 204", Script.of(json("")).bytes("HTTP/1.1 204 No Content\r\n\r\n"), "empty"),
        answer("an error as the first event", stream(ERROR_EVENT).script(), "error"),
        answer("an error behind comments", stream(COMMENT, COMMENT, ERROR_EVENT).script(), "error"),
        answer(
            "an error that never ends",
            Script.of(stream(ERROR_EVENT, COMMENT)).start().parts(1).awaitPeerGone(),
            "error"),
        answer(
            "an error body that calls itself a stream",
            stream("{\"error\":{\"message\":\"no\"}}").script(),
            "error"),
        answer("a stream of nothing", Script.of(stream("")).start().end(), "empty"),
        answer(
            "a stream that breaks before it begins",
            Script.of(stream(COMMENT, ERROR_EVENT)).start().parts(1).close(),
            "broken"));
  }

  private static Arguments answer(String name, Script script, String outcome) {
    Function<ReceivedRequest, Script> responder = request -> script;
    return Arguments.of(Named.of(name, responder), outcome);
  }

  @ParameterizedTest
  @MethodSource("answersThatAreNone")
  void theSecond_servesWhatTheFirstOnlySeemedTo(
      Function<ReceivedRequest, Script> script, String outcome) throws Exception {
    first.on("/chat/completions", script::apply);

    for (String body : List.of(STREAMED, WHOLE)) {
      RawAnswer answer = ask(body);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.isWhole()).isTrue();
      assertThat(answer.text()).contains("choices").doesNotContain("error");
      gateway.awaitSettled(key);
      assertThat(gateway.lastSettlement(key))
          .containsEntry("provider", "second")
          .hasEntrySatisfying(
              "attempts",
              attempts ->
                  assertThat(attempts).matches("openai-fake:" + outcome + ":\\d+ second:ok:\\d+"));
    }
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(2 * COST_NANO_USD);
  }

  @Test
  void theLastTargetsError_passesAsItIsAndIsFree() throws Exception {
    first.on("/chat/completions", request -> json("").script());
    second.on("/chat/completions", request -> stream(COMMENT, ERROR_EVENT).script());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo(COMMENT + ERROR_EVENT);
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void theLastTargetsNothing_passesAsItIsAndIsFree() throws Exception {
    first.on("/chat/completions", request -> json("").script());
    second.on(
        "/chat/completions",
        request -> Script.of(json("")).bytes("HTTP/1.1 204 No Content\r\n\r\n"));

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.body()).isEmpty();
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
  }

  @Test
  void aStream_goesOnWithItsFirstEventAndLosesNoByte() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    Answer answer = OPEN_AI.chat(request());
    first.on(
        "/chat/completions",
        request -> Script.of(answer).start().insert(COMMENT).parts(1).await(seen).rest().end());

    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
      assertThat(client.readHead().status()).isEqualTo(200);
      String begun = read(client, COMMENT.length() + answer.endOfPart(0));
      seen.countDown();
      String rest = new String(client.body().rest(), StandardCharsets.UTF_8);
      assertThat(begun + rest).isEqualTo(COMMENT + answer.text());
    }
    gateway.awaitSettled(key);
    assertThat(second.account().received()).isZero();
    assertThat(gateway.lastSettlement(key).get("attempts")).matches("openai-fake:ok:\\d+");
  }

  /** As a client that asks for no usage would send it, to a provider that gives none. */
  private static ReceivedRequest request() {
    byte[] head = "POST /v1/x HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    return new ReceivedRequest(
        1, MessageHead.parse(head), head, STREAMED.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void comments_flowOnceTheyHaveWaitedLong_andThenTheRouteIsTheLast() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    first.on(
        "/chat/completions",
        request ->
            Script.of(stream(COMMENT, COMMENT, ERROR_EVENT))
                .start()
                .parts(2)
                .await(seen)
                .rest()
                .end());

    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(read(client, 2 * COMMENT.length())).isEqualTo(COMMENT + COMMENT);
      seen.countDown();
      assertThat(new String(client.body().rest(), StandardCharsets.UTF_8)).isEqualTo(ERROR_EVENT);
    }
    gateway.awaitSettled(key);
    assertThat(second.account().received()).isZero();
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(gateway.lastSettlement(key).get("attempts")).matches("openai-fake:ok:\\d+");
  }

  @Test
  void comments_beyondWhatMayWait_flow() throws Exception {
    byte[] comment = (":" + "x".repeat((64 << 10) - 3) + "\n\n").getBytes(StandardCharsets.UTF_8);
    first.on(
        "/chat/completions",
        request -> Script.of(stream(ERROR_EVENT)).start().repeat(comment, 16).rest().end());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.body()).hasSize(16 * comment.length + ERROR_EVENT.length());
    assertThat(second.account().received()).isZero();
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void aClient_goneWhileTheHeadWaits_paysForWhatComesAllTheSame() throws Exception {
    CountDownLatch commented = new CountDownLatch(1);
    CountDownLatch hungUp = new CountDownLatch(1);
    first.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request))
                .start()
                .insert(COMMENT)
                .announce(commented)
                .await(hungUp)
                .rest()
                .end());

    hangUpAfter(commented);
    hungUp.countDown();

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(COST_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
  }

  @Test
  void aClient_goneWhileTheHeadWaits_isNotSentElsewhereByABrokenStream() throws Exception {
    CountDownLatch commented = new CountDownLatch(1);
    CountDownLatch hungUp = new CountDownLatch(1);
    first.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request))
                .start()
                .insert(COMMENT)
                .announce(commented)
                .await(hungUp)
                .parts(4)
                .pauseMillis(50)
                .reset());

    hangUpAfter(commented);
    hungUp.countDown();

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).as("what was delivered").isPositive();
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
    assertThat(second.account().received()).isZero();
  }

  /** So many bytes of the body, in however many pieces they come. */
  private static String read(RawClient client, int bytes) {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    while (read.size() < bytes) {
      byte[] piece = client.readBody(bytes - read.size());
      assertThat(piece).as("the body has ended").isNotEmpty();
      read.writeBytes(piece);
    }
    return read.toString(StandardCharsets.UTF_8);
  }

  private void hangUpAfter(CountDownLatch commented) throws Exception {
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
      assertThat(commented.await(20, TimeUnit.SECONDS)).isTrue();
      client.reset();
    }
    gateway.await(() -> gateway.metrics().contains("tollgate_connections{side=\"public\"} 0.0"));
  }

  private RawAnswer ask(String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }
}
