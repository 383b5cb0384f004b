package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
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

/** What a provider does wrong costs the client an error, never money for nothing. */
@ExtendWith(LeakWatch.class)
class ProviderFaultsTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(7).reporting(ServedUsage.of(10, 20));

  private static final String WHOLE =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final String STREAMED = WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"");

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(7);
    gateway = GatewayForTests.start(provider, GatewaySetup.USUAL.silenceMax("2s"));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  static Stream<Arguments> faultsBeforeAnAnswer() {
    return Stream.of(
        fault("garbage", request -> Script.raw("This is not HTTP at all.\r\n\r\n").close(), 502),
        fault("nothing, and closes", request -> Script.raw("").close(), 502),
        fault("nothing, and resets", request -> Script.raw("").reset(), 502),
        fault("half a head", request -> Script.raw("HTTP/1.1 200 OK\r\nconte").close(), 502),
        fault("half a body", request -> of(request).start().upTo(40).close(), 502),
        fault(
            "a length too long", request -> of(request).startWithLengthOff(9).rest().close(), 502),
        fault("both framings", request -> of(request).startWithBothFramings().rest().end(), 502),
        fault("a broken chunk", request -> of(request).startChunked().upTo(40).brokenChunk(), 502),
        fault("silence", request -> Script.silence(), 504),
        fault("silence in the body", request -> of(request).start().upTo(40).awaitPeerGone(), 504));
  }

  private static Arguments fault(
      String name, Function<ReceivedRequest, Script> script, int expectedStatus) {
    return Arguments.of(Named.of(name, script), expectedStatus);
  }

  private static Script of(ReceivedRequest request) {
    return Script.of(OPEN_AI.chat(request));
  }

  @ParameterizedTest
  @MethodSource("faultsBeforeAnAnswer")
  void aPlainCall_thatGetsNoWholeAnswer_isACleanErrorAndFree(
      Function<ReceivedRequest, Script> script, int expectedStatus) throws Exception {
    provider.on("/chat/completions", script::apply);

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(expectedStatus);
    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.text())
        .contains(expectedStatus == 502 ? "\"upstream_error\"" : "\"upstream_timeout\"");
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void aStream_thatBreaksAfterContent_isVisiblyBrokenAndPaidForAsDelivered() throws Exception {
    provider.on(
        "/chat/completions", request -> of(request).start().parts(6).pauseMillis(50).reset());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.isWhole()).isFalse();
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isPositive().isLessThan(gateway.quoteNanoUsd(STREAMED));
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
  }

  @Test
  void aStream_thatBreaksBeforeContent_isFree() throws Exception {
    provider.on(
        "/chat/completions", request -> of(request).start().parts(1).pauseMillis(50).reset());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.isWhole()).isFalse();
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @ParameterizedTest
  @MethodSource("ownErrors")
  void theProvidersOwnError_isPassedAsItIsAndFree(int status, String body) throws Exception {
    provider.on("/chat/completions", request -> Answer.error(status, body).script());

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).isEqualTo(body);
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  static Stream<Arguments> ownErrors() {
    return Stream.of(
        Arguments.of(400, "{\"error\":{\"message\":\"no such tool\"}}"),
        Arguments.of(429, "{\"error\":{\"message\":\"slow down\"}}"),
        Arguments.of(500, "{\"error\":{\"message\":\"oops\",\"usage\":{\"prompt_tokens\":9}}}"),
        Arguments.of(200, "{\"error\":{\"message\":\"an error all the same\"}}"));
  }

  @Test
  void anAnswerWithoutUsage_isEstimatedWithinTheHoldAndSaysSo() throws Exception {
    String body =
        """
        {"choices":[{"message":{"role":"assistant","content":"Hello there, how are you today?"}}]}\
        """;
    provider.on("/chat/completions", request -> Answer.error(200, body).script());

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.text()).isEqualTo(body);
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isPositive().isLessThan(gateway.quoteNanoUsd(WHOLE));
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "missing_usage");
  }

  @Test
  void aNegativeCount_isQuarantinedWithinTheHold() throws Exception {
    String body =
        """
        {"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":-5,"completion_tokens":1}}\
        """;
    provider.on("/chat/completions", request -> Answer.error(200, body).script());

    ask(WHOLE);

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key))
        .isPositive()
        .isLessThanOrEqualTo(gateway.quoteNanoUsd(WHOLE));
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "strange_usage");
  }

  @Test
  void usageBeyondTheHold_isChargedInFullWithAnAdjustment() throws Exception {
    OpenAiAnswers generous = new OpenAiAnswers(7).reporting(ServedUsage.of(1000, 5000));
    provider.on("/chat/completions", request -> generous.chat(request).script());

    ask(WHOLE);

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(1000 * 200 + 5000 * 600);
  }

  @Test
  void theClientsKey_neverReachesTheProvider() throws Exception {
    try (RawClient client = gateway.connect()) {
      client
          .post(
              "/v1/chat/completions?trace=1",
              WHOLE,
              "x-api-key",
              key,
              "cookie",
              "session=" + key,
              "connection",
              "x-hop",
              "x-hop",
              "1",
              "x-mine",
              "2")
          .readAnswer();
    }

    String received = provider.account().await(1).getFirst().request().text();
    assertThat(received)
        .doesNotContain(key)
        .doesNotContain("x-hop")
        .containsIgnoringCase("x-mine: 2")
        .containsIgnoringCase("authorization: Bearer " + GatewayFiles.PROVIDER_KEY)
        .contains("/v1/chat/completions?trace=1 ");
  }

  private RawAnswer ask(String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }
}
