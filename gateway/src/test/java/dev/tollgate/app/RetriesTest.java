package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What does not answer is tried again, somewhere else, or left alone; and paid for once. */
@ExtendWith(LeakWatch.class)
class RetriesTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(31).reporting(ServedUsage.of(10, 20));
  private static final long COST_NANO_USD = 10 * 200 + 20 * 600;
  private static final String CHAT = "/chat/completions";

  private static final String WHOLE =
      """
      {"max_tokens":30,"model":"alone","messages":[{"role":"user","content":"Hi"}]}\
      """;

  private static final String STREAMED =
      WHOLE.replace("{\"max_tokens\"", "{\"stream\":true,\"max_tokens\"");

  private FakeProvider first;
  private FakeProvider second;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    first = FakeProvider.start(31).on(CHAT, request -> OPEN_AI.chat(request).script());
    second = FakeProvider.start(37).on(CHAT, request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            first,
            GatewaySetup.USUAL
                .limits(
                    """
                    retries: { tries_max: 4, tries_per_target_max: 3, retry_millis_max: 4s, backoff_millis: 40ms }
                    breakers:
                      { calls_min: 4, window_calls: 4, rest_millis: 300ms, trial_calls: 1, slow_start_millis: 1ms }
                    """)
                .with(
                    """
                    second: { dialect: openai, base_url: "%s" }
                    feed: { dialect: plain, base_url: "%s" }
                    """
                        .formatted(second.baseUrl(), first.baseUrl()),
                    """
                    alone:
                      targets: [ { provider: openai-fake, model: one } ]
                      prices: { input: 0.20, output: 0.60 }
                    hasty:
                      targets:
                        - { provider: openai-fake, model: one, first_byte_millis_max: 200ms }
                        - { provider: second, model: two }
                      prices: { input: 0.20, output: 0.60 }
                    shared:
                      targets:
                        - { provider: openai-fake, model: one, weight: 3 }
                        - { provider: second, model: two, weight: 1 }
                      prices: { input: 0.20, output: 0.60 }
                    """)
                .rates(
                    """
                    aliases: { alone-latest: alone }
                    routes: [ { match: "POST /acts", provider: feed, fees: { request: 0.02 } } ]
                    """));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    second.close();
    first.close();
  }

  private RawAnswer ask(String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", body, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  private static Script error(int status) {
    return Answer.error(status, "{\"error\":{\"message\":\"not now\"}}").script();
  }

  private static Script refusal(int status, String... fields) {
    return Script.of(Answer.error(status, "{\"error\":{\"message\":\"not now\"}}"))
        .start(fields)
        .rest()
        .end();
  }

  private void assertAttempts(String pattern, long spentNanoUsd) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(spentNanoUsd);
    assertThat(gateway.lastSettlement(key).get("attempts")).matches(pattern);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 529})
  void onlyTarget_thatAnswersWellTheThirdTime_isPaidOnce(int status) throws Exception {
    first.once(CHAT, request -> error(status)).once(CHAT, request -> error(status));

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(200);
    assertAttempts(
        "openai-fake:%d:\\d+ openai-fake:%d:\\d+ openai-fake:ok:\\d+".formatted(status, status),
        COST_NANO_USD);
  }

  @Test
  void stream_whoseFirstEventIsAnError_isTriedAgainWhereItCame() throws Exception {
    first.once(
        CHAT,
        request ->
            Script.of(OPEN_AI.chat(request))
                .startChunked()
                .insert("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")
                .end());

    RawAnswer answer = ask(STREAMED);

    assertThat(answer.isWhole()).isTrue();
    assertThat(answer.text()).doesNotContain("overloaded").endsWith("data: [DONE]\n\n");
    assertAttempts("openai-fake:error:\\d+ openai-fake:ok:\\d+", COST_NANO_USD);
  }

  @Test
  void lastTry_isPassedOnAsItIs() throws Exception {
    first.on(CHAT, request -> refusal(503, "x-said-by", "the provider"));

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text()).contains("not now");
    assertThat(first.account().received()).isEqualTo(3);
    assertAttempts("(openai-fake:503:\\d+ ?){3}", 0);
  }

  @Test
  void retryAfter_isWaitedFor() throws Exception {
    AtomicLong refused = new AtomicLong();
    AtomicLong askedAgain = new AtomicLong();
    first
        .once(
            CHAT,
            request -> {
              refused.set(System.nanoTime());
              return refusal(429, "retry-after-ms", "600");
            })
        .once(
            CHAT,
            request -> {
              askedAgain.set(System.nanoTime());
              return OPEN_AI.chat(request).script();
            });

    assertThat(ask(WHOLE).status()).isEqualTo(200);
    assertThat(askedAgain.get() - refused.get()).isGreaterThanOrEqualTo(600_000_000L);
  }

  @Test
  void retryAfter_beyondTheTimeThereIs_isTheClientsToHear() throws Exception {
    first.on(CHAT, request -> refusal(429, "retry-after", "5"));

    RawAnswer answer = ask(WHOLE);

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.head().field("retry-after")).isEqualTo("5");
    assertThat(first.account().received()).isEqualTo(1);
  }

  @Test
  void targetThatHasTheRequestAndIsSilent_isNotAskedAgain_butTheNextIs() throws Exception {
    first.on(CHAT, request -> Script.silence());

    assertThat(ask(WHOLE.replace("alone", "hasty")).status()).isEqualTo(200);
    assertAttempts("openai-fake:timeout:\\d+ second:ok:\\d+", COST_NANO_USD);
    assertThat(first.account().received()).isEqualTo(1);
  }

  @Test
  void plainCall_isNotMadeTwice() throws Exception {
    first.onAllOf("/acts", request -> error(503));

    HttpResponse<String> answer = gateway.ask(key, "POST", "/acts", "{}");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(first.account().received()).isEqualTo(1);
  }

  @Test
  void clientThatHangsUpBetweenTwoTries_isNotTriedFor() throws Exception {
    first.on(CHAT, request -> refusal(503, "retry-after", "3"));

    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", WHOLE, "authorization", "Bearer " + key);
      first.account().await(1);
    }

    assertAttempts("openai-fake:503:\\d+", 0);
    assertThat(first.account().received()).isEqualTo(1);
  }

  @Test
  void targetThatFailsTooOften_isLeftAlone_andComesBackByItself() throws Exception {
    first.on(CHAT, request -> error(500));
    ask(WHOLE);
    ask(WHOLE);
    int asked = first.account().received();
    assertThat(asked).isEqualTo(4);

    RawAnswer refused = ask(WHOLE);

    assertThat(refused.status()).isEqualTo(502);
    assertThat(refused.text()).contains("\"upstream_error\"").contains("left alone");
    assertThat(refused.head().field("retry-after")).isEqualTo("1");
    assertThat(first.account().received()).isEqualTo(asked);
    assertAttempts("", 0);

    first.on(CHAT, request -> OPEN_AI.chat(request).script());
    gateway.await(() -> ask(WHOLE).status() == 200);
    assertThat(ask(WHOLE).status()).isEqualTo(200);
  }

  /** Gateways share the money, and nothing of what they find out of providers. */
  @Test
  void anotherGateway_findsOutForItself_andChargesTheSameAccount() throws Exception {
    try (GatewayForTests other = gateway.another()) {
      first.on(CHAT, request -> error(500));
      ask(WHOLE);
      ask(WHOLE);
      first.on(CHAT, request -> OPEN_AI.chat(request).script());

      assertThat(ask(WHOLE).status()).isEqualTo(502);
      assertThat(other.ask(key, "POST", "/v1/chat/completions", WHOLE).statusCode()).isEqualTo(200);

      assertThat(state("openai-fake", "alone")).startsWith("degraded down ");
      assertThat(state(other, "openai-fake", "alone")).startsWith("ok ok ");
      other.awaitSettled(key);
      assertThat(gateway.spentNanoUsd(key)).isEqualTo(COST_NANO_USD);
    }
  }

  @Test
  void otherTarget_takesAll_whileTheFirstIsLeftAlone() throws Exception {
    first.on(CHAT, request -> error(500));
    for (int i = 0; i < 20; i++) {
      assertThat(ask(WHOLE.replace("alone", "shared")).status()).isEqualTo(200);
    }

    assertThat(first.account().received()).isLessThan(20);
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(20 * COST_NANO_USD);
  }

  @Test
  void weights_shareTheRequests() throws Exception {
    Map<String, Integer> served = new TreeMap<>();
    for (int i = 0; i < 40; i++) {
      assertThat(ask(WHOLE.replace("alone", "shared")).status()).isEqualTo(200);
    }
    served.put("first", first.account().received());
    served.put("second", second.account().received());

    // The chance of all forty at one of them is below 1 in 100,000.
    assertThat(served.get("first") + served.get("second")).isEqualTo(40);
    assertThat(served.values()).allMatch(requests -> requests > 0);
  }

  @Test
  void status_tellsHowEachProviderDoes_andPrometheusToo() throws Exception {
    assertThat(state("openai-fake", "alone")).isEqualTo("ok ok null");
    ask(WHOLE);
    assertThat(state("openai-fake", "alone")).matches("ok ok \\d+");

    first.on(CHAT, request -> error(500));
    ask(WHOLE);
    ask(WHOLE);

    assertThat(state("openai-fake", "alone")).matches("degraded down \\d+");
    assertThat(state("second", "shared")).isEqualTo("ok ok null");
    assertThat(gateway.get(key, "/v1/status").path("status").asString("")).isEqualTo("degraded");
    assertThat(gateway.metrics())
        .contains("tollgate_upstream_state{provider=\"openai-fake\"} 1.0")
        .contains("tollgate_upstream_state{provider=\"second\"} 0.0");
    String narrow = gateway.createKey("1", "{\"models\":[\"shared\"]}");
    assertThat(gateway.get(narrow, "/v1/status").toString())
        .contains("\"shared\"")
        .doesNotContain("\"alone\"");
  }

  /** The provider's, the model's, and the model's latency. */
  private String state(String provider, String model) throws Exception {
    return state(gateway, provider, model);
  }

  private String state(GatewayForTests asked, String provider, String model) throws Exception {
    for (JsonNode told : asked.get(key, "/v1/status").path("providers")) {
      for (JsonNode its : told.path("models")) {
        if (told.path("provider").asString("").equals(provider)
            && its.path("model").asString("").equals(model)) {
          return told.path("status").asString("")
              + " "
              + its.path("status").asString("")
              + " "
              + its.path("latency_ms").asString("null");
        }
      }
    }
    throw new AssertionError("not told of: " + provider + " " + model);
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void alias_isServedAndRecordedAsItsModel(boolean isStreamed) throws Exception {
    RawAnswer answer = ask((isStreamed ? STREAMED : WHOLE).replace("alone", "alone-latest"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(first.account().await(1).getFirst().request().model()).isEqualTo("one");
    gateway.awaitSettled(key);
    assertThat(gateway.lastSettlement(key)).containsEntry("model", "alone");
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(COST_NANO_USD);
    assertThat(gateway.get(key, "/v1/models").toString()).contains("\"alone-latest\"");
  }
}
