package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ReceivedRequest;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A provider that refuses to be asked for the usage of a stream is asked without, and only once.
 */
@ExtendWith(LeakWatch.class)
class UsageOptionRetryTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(31).reporting(ServedUsage.of(10, 20));

  private static final String STREAMED =
      """
      {"model":"llama-3.3-70b","stream":true,"max_tokens":30,"messages":[{"role":"user","content":"Grüße"}]}\
      """;

  private static final String REFUSAL =
      """
      {"object":"error","message":{"detail":[{"type":"extra_forbidden",\
      "loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted"}]}}\
      """;

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(31);
    provider.on("/chat/completions", request -> refusing(request, 422, REFUSAL));
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(
                "",
                """
                another:
                  targets: [ { provider: openai-fake, model: another } ]
                  prices: { input: 0.20, output: 0.60 }
                """));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static Script refusing(ReceivedRequest request, int status, String refusal) {
    return request.json().has("stream_options")
        ? Answer.error(status, refusal).script()
        : OPEN_AI.chat(request).script();
  }

  private RawAnswer ask(String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  private void assertAttempts(String pattern) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.lastSettlement(key).get("attempts")).matches(pattern);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "422 | `{\"detail\":\"include_usage: extra fields not permitted\"}`",
        "400 | `{\"error\":{\"message\":\"Unknown parameter: 'stream_options'.\"}}`",
      })
  void theRefusal_isNotTheClients_andTheAnswerIs(int status, String refusal) throws Exception {
    provider.on("/chat/completions", request -> refusing(request, status, refusal));

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.isWhole()).isTrue();
    List<Served> served = provider.account().await(2);
    assertThat(answer.body()).isEqualTo(served.get(1).sentBody());
    assertThat(new String(served.get(1).request().body(), UTF_8)).isEqualTo(STREAMED);
    assertAttempts("openai-fake:usage_refused:\\d+ openai-fake:ok:\\d+");
    assertThat(gateway.spentNanoUsd(key)).isPositive().isLessThan(gateway.quoteNanoUsd(STREAMED));
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "missing_usage");
  }

  @Test
  void usage_thatItReportsUnasked_isCharged() throws Exception {
    provider.on(
        "/chat/completions",
        request ->
            request.json().has("stream_options")
                ? Answer.error(422, REFUSAL).script()
                : Script.of(OPEN_AI.chat(request))
                    .start()
                    .insert(
                        "data:"
                            + " {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":20}}\n\n")
                    .rest()
                    .end());

    assertThat(ask(STREAMED).text()).as("it is not ours to drop").contains("\"usage\"");

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(10 * 200 + 20 * 600);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
  }

  @Test
  void theRefusal_isRememberedForThatModelAlone() throws Exception {
    // Lanes do not share what they remember: the same connection stays in one.
    try (RawClient client = gateway.connect()) {
      for (int i = 0; i < 3; i++) {
        client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
        assertThat(client.readAnswer().status()).isEqualTo(200);
      }
      assertThat(provider.account().await(4)).hasSize(4);
      assertAttempts("openai-fake:ok:\\d+");

      String another = STREAMED.replace("llama-3.3-70b", "another");
      client.post("/v1/chat/completions", another, "authorization", "Bearer " + key);
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
    assertThat(provider.account().await(6)).hasSize(6);
    assertAttempts("openai-fake:usage_refused:\\d+ openai-fake:ok:\\d+");
  }

  @Test
  void aClient_thatAskedItself_getsTheRefusal() throws Exception {
    String asking =
        STREAMED.replace("{\"model\"", "{\"stream_options\":{\"include_usage\":true},\"model\"");

    RawAnswer answer = ask(asking);

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).isEqualTo(REFUSAL);
    assertAttempts("openai-fake:422:\\d+");
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"400", "422", "401", "404"})
  void aRefusal_thatIsAboutSomethingElse_passesAsItIs(int status) throws Exception {
    String refusal = "{\"error\":{\"message\":\"messages: too long\"}}";
    provider.on("/chat/completions", request -> Answer.error(status, refusal).script());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.text()).isEqualTo(refusal);
    assertThat(answer.isWhole()).isTrue();
    assertAttempts("openai-fake:" + status + ":\\d+");
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(provider.account().received()).isEqualTo(1);
  }

  @Test
  void aRefusal_largerThanWhatMayWait_passesAsItIs() throws Exception {
    String refusal = "{\"message\":\"" + "x".repeat(300 << 10) + "\",\"loc\":\"stream_options\"}";
    provider.on("/chat/completions", request -> Answer.error(422, refusal).script());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.text()).isEqualTo(refusal);
    assertAttempts("openai-fake:422:\\d+");
  }

  @Test
  void theSecondAnswer_isFinal() throws Exception {
    provider.on(
        "/chat/completions",
        request ->
            Answer.error(request.json().has("stream_options") ? 422 : 400, REFUSAL).script());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).isEqualTo(REFUSAL);
    assertAttempts("openai-fake:usage_refused:\\d+ openai-fake:400:\\d+");
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void aRefusal_thatBreaksOff_isACleanErrorAndFree() throws Exception {
    provider.on(
        "/chat/completions",
        request -> Script.of(Answer.error(422, REFUSAL)).start().upTo(9).close());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.status()).isEqualTo(502);
    assertAttempts("openai-fake:broken:\\d+");
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void aPlainCall_isNotTouched() throws Exception {
    String plain = STREAMED.replace("\"stream\":true,", "");

    assertThat(ask(plain).status()).isEqualTo(200);

    assertThat(provider.account().await(1).getFirst().request().body())
        .isEqualTo(plain.getBytes(UTF_8));
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(10 * 200 + 20 * 600);
  }

  @Test
  void aClient_goneBeforeTheRefusal_isNotServedOnceMoreAndPaysNothing() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch hungUp = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request ->
            Script.of(Answer.error(422, REFUSAL))
                .announce(asked)
                .await(hungUp)
                .start()
                .rest()
                .end());

    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      client.reset();
    }
    gateway.await(() -> gateway.metrics().contains("tollgate_connections{side=\"public\"} 0.0"));
    hungUp.countDown();

    assertAttempts("openai-fake:422:\\d+");
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(provider.account().received()).isEqualTo(1);
  }
}
