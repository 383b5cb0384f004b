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
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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

/** A model with two targets: the second serves what the first cannot, and is paid alone. */
@ExtendWith(LeakWatch.class)
class RouteFailoverTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(23).reporting(ServedUsage.of(10, 20));
  private static final long COST_NANO_USD = 10 * 200 + 20 * 600;

  private static final String WHOLE =
      """
      {"max_tokens":30,"model":"twice","messages":[{"role":"user","content":"Grüße"}]}\
      """;

  private static final String STREAMED =
      WHOLE.replace("{\"max_tokens\"", "{\"stream\":true,\"max_tokens\"");

  private FakeProvider first;
  private FakeProvider second;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    first = FakeProvider.start(23);
    second = FakeProvider.start(29);
    second.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            first,
            GatewaySetup.USUAL
                .silenceMax("1s")
                .with(
                    """
                    second: { dialect: openai, base_url: "%s", api_key: of-the-second }
                    nobody: { dialect: openai, base_url: "http://127.0.0.1:%d/v1" }
                    """
                        .formatted(second.baseUrl(), closedPort()),
                    """
                    twice:
                      targets: [ { provider: openai-fake, model: one }, { provider: second, model: two } ]
                      prices: { input: 0.20, output: 0.60 }
                    unreachable:
                      targets: [ { provider: nobody, model: one }, { provider: second, model: two } ]
                      prices: { input: 0.20, output: 0.60 }
                    """));
    key = gateway.createKey("10");
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    second.close();
    first.close();
  }

  static Stream<Arguments> faultsBeforeAnAnswer() {
    return Stream.of(
        fault("500", request -> error(500), "500"),
        fault("503", request -> error(503), "503"),
        fault("429", request -> error(429), "429"),
        fault("408", request -> error(408), "408"),
        fault("a reset", request -> Script.raw("").reset(), "broken"),
        fault("nothing", request -> Script.raw("").close(), "broken"),
        fault("garbage", request -> Script.raw("What?\r\n\r\n").close(), "broken"),
        fault("silence", request -> Script.silence(), "timeout"));
  }

  private static Arguments fault(
      String name, Function<ReceivedRequest, Script> script, String outcome) {
    return Arguments.of(Named.of(name, script), outcome);
  }

  private static Script error(int status) {
    return Answer.error(status, "{\"error\":{\"message\":\"not now\"}}").script();
  }

  @ParameterizedTest
  @MethodSource("faultsBeforeAnAnswer")
  void theSecond_servesWhatTheFirstCannot(Function<ReceivedRequest, Script> script, String outcome)
      throws Exception {
    first.on("/chat/completions", script::apply);

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo("0.000014");
    assertServedBySecond("openai-fake:" + outcome);
    assertThat(first.account().received()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("faultsBeforeAnAnswer")
  void aStream_isServedByTheSecondToo(Function<ReceivedRequest, Script> script, String outcome)
      throws Exception {
    first.on("/chat/completions", script::apply);

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.text()).endsWith("data: [DONE]\n\n").doesNotContain("\"usage\"");
    assertServedBySecond("openai-fake:" + outcome);
  }

  @Test
  void aProvider_thatRefusesConnections_isPassedBy() throws Exception {
    RawAnswer answer = ask(WHOLE.replace("twice", "unreachable"));

    assertThat(answer.status()).isEqualTo(200);
    assertServedBySecond("nobody:broken");
  }

  @Test
  void halfAnAnswer_thatNobodyHasSeen_isServedAnewByTheSecond() throws Exception {
    first.on(
        "/chat/completions", request -> Script.of(OPEN_AI.chat(request)).start().upTo(40).close());

    assertThat(ask(WHOLE).isWhole()).isTrue();
    assertServedBySecond("openai-fake:broken");
  }

  private void assertServedBySecond(String firstAttempt) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(COST_NANO_USD);
    assertThat(gateway.lastSettlement(key))
        .containsEntry("provider", "second")
        .containsEntry("upstream_model", "two")
        .hasEntrySatisfying(
            "attempts",
            attempts -> assertThat(attempts).matches(firstAttempt + ":\\d+ second:ok:\\d+"));
    ReceivedRequest received = second.account().await(1).getFirst().request();
    assertThat(received.model()).isEqualTo("two");
    assertThat(received.text())
        .containsIgnoringCase("authorization: Bearer of-the-second")
        .doesNotContain(GatewayFiles.PROVIDER_KEY);
  }

  @Test
  void aStream_thatBreaksAfterItsFirstByte_isNotServedTwice() throws Exception {
    first.on(
        "/chat/completions",
        request -> Script.of(OPEN_AI.chat(request)).start().parts(4).pauseMillis(50).reset());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.isWhole()).isFalse();
    gateway.awaitSettled(key);
    assertThat(second.account().received()).isZero();
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
  }

  @Test
  void anErrorOfTheCallers_isNotTriedElsewhere() throws Exception {
    first.on("/chat/completions", request -> error(400));

    assertThat(ask(WHOLE).status()).isEqualTo(400);
    assertThat(second.account().received()).isZero();
  }

  @Test
  void theLastsOwnError_passesThrough() throws Exception {
    first.on("/chat/completions", request -> error(500));
    second.on("/chat/completions", request -> error(429));

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.text()).contains("not now");
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void noTargetThatAnswers_isACleanErrorAndFree() throws Exception {
    first.on("/chat/completions", request -> Script.raw("").reset());
    second.on("/chat/completions", request -> Script.raw("").reset());

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.text()).contains("\"upstream_error\"");
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(gateway.lastSettlement(key))
        .hasEntrySatisfying(
            "attempts",
            attempts -> assertThat(attempts).matches("openai-fake:broken:\\d+ second:broken:\\d+"));
  }

  private RawAnswer ask(String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }
}
