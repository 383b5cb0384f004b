package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.http.Json;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.CompletionsAnswers;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.ResponsesAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Completions, responses and moderations, bought as a client buys them. */
@ExtendWith(LeakWatch.class)
class TextEndpointsTest {
  private static final String COMPLETION =
      """
      {"model":"toll-completion","max_tokens":30,"prompt":["Once","upon a time"]}\
      """;

  private static final String RESPONSE =
      """
      {"model":"toll-response","max_output_tokens":200,"input":"Grüße","tools":[{"type":"web_search"}]}\
      """;

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(53);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(
                "",
                """
                omni-moderation-latest:
                  targets: [ { provider: openai-fake, model: omni-2026 } ]
                  prices: { input: 0 }
                judge-by-tokens:
                  targets: [ { provider: openai-fake, model: judge } ]
                  prices: { input: 1 }
                deep:
                  targets: [ { provider: openai-fake, model: deep } ]
                  prices: { input: 1, output: 2 }
                  context_tokens: 400000
                """));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private RawAnswer ask(String path, String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.post(path, body, "authorization", "Bearer " + key).readAnswer();
    }
  }

  private static String streamed(String body) {
    return body.replace("{\"model\"", "{\"stream\":true,\"model\"");
  }

  /** What the provider's own account says that its answers cost. */
  private long servedNanoUsd() {
    return provider.account().costNanoUsd(TestCard.PRICES);
  }

  private void assertChargedAsServed() throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(servedNanoUsd()).isPositive();
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/completions | `" + COMPLETION + "`",
        "/v1/responses | `" + RESPONSE + "`",
        "/v1/moderations | `{\"model\":\"toll-moderation\",\"input\":\"I will not pay\"}`"
      })
  void aPlainCall_isPassedOnAndChargedToTheNanoDollar(String path, String body) throws Exception {
    RawAnswer answer = ask(path, body);

    assertChargedAsServed();
    Served served = provider.account().all().getFirst();
    assertThat(served.endpoint()).isEqualTo(path.substring(3));
    assertThat(answer.body()).isEqualTo(served.sentBody());
    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo(Money.usd(servedNanoUsd()));
    assertThat(gateway.lastSettlement(key)).containsEntry("endpoint", path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/completions | `" + COMPLETION + "`",
        "/v1/responses | `" + RESPONSE + "`",
      })
  void aStream_isChargedToTheNanoDollar(String path, String body) throws Exception {
    for (int i = 0; i < 20; i++) {
      RawAnswer answer = ask(path, streamed(body));
      assertThat(answer.isWhole()).isTrue();
      assertThat(answer.head().field("content-type")).startsWith("text/event-stream");
    }
    assertChargedAsServed();
  }

  @Test
  void aStreamOfCompletions_hasNoUsageThatWasNotAskedFor() throws Exception {
    RawAnswer answer = ask("/v1/completions", streamed(COMPLETION));

    assertThat(answer.text()).doesNotContain("\"usage\"").endsWith("data: [DONE]\n\n");
    assertThat(
            provider
                .account()
                .await(1)
                .getFirst()
                .request()
                .json()
                .at("/stream_options/include_usage")
                .asBoolean())
        .isTrue();
  }

  @Test
  void aStreamOfAResponse_arrivesByteForByte() throws Exception {
    RawAnswer answer = ask("/v1/responses", streamed(RESPONSE));

    Served served = provider.account().await(1).getFirst();
    assertThat(answer.body()).isEqualTo(served.sentBody());
    assertThat(served.request().json().has("stream_options")).isFalse();
  }

  @Test
  void searches_thatWereMade_costTheirFee() throws Exception {
    ResponsesAnswers searching =
        new ResponsesAnswers(1).reporting(ServedUsage.of(100, 50).with("web_search", 2));
    provider.on("/responses", request -> searching.responses(request).script());

    ask("/v1/responses", streamed(RESPONSE));

    assertChargedAsServed();
    assertThat(gateway.lastSettlement(key).get("usage")).contains("web_search").contains("2");
  }

  @Test
  void aResponseCutByItsCap_isChargedByItsUsage() throws Exception {
    ResponsesAnswers cut = new ResponsesAnswers(1).reporting(ServedUsage.of(100, 200));
    provider.on("/responses", request -> cut.responses(request).script());

    assertThat(ask("/v1/responses", streamed(RESPONSE)).text()).contains("response.incomplete");

    assertChargedAsServed();
  }

  @Test
  void aResponseInTheBackground_isPaidForOnceWhenItIsSeenDone() throws Exception {
    RawAnswer answer =
        ask("/v1/responses", RESPONSE.replace("{\"model\"", "{\"background\":true,\"model\""));
    assertThat(answer.status()).isEqualTo(200);
    String id = Json.parse(answer.body()).path("id").asString();
    assertThat(answer.text()).contains("\"queued\"");
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(gateway.heldNanoUsd(key)).isPositive();

    String state = "{\"id\":\"%s\",\"object\":\"response\",\"status\":\"%s\",\"usage\":%s}";
    provider.once(
        "/responses/" + id,
        request -> Answer.ofNothing(200, state.formatted(id, "in_progress", "null")).script());
    provider.on(
        "/responses/" + id,
        request ->
            Answer.ofNothing(
                    200,
                    state.formatted(id, "completed", "{\"input_tokens\":10,\"output_tokens\":20}"))
                .script());
    assertThat(get("/v1/responses/" + id).text()).contains("in_progress");
    assertThat(gateway.heldNanoUsd(key)).isPositive();
    assertThat(get("/v1/responses/" + id).text()).contains("completed");
    assertThat(get("/v1/responses/" + id).text()).contains("completed");

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key))
        .isEqualTo(
            Objects.requireNonNull(TestCard.PRICES.get(TestCard.RESPONSE))
                .costNanoUsd(ServedUsage.of(10, 20)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"conv_1\"", "{\"id\":\"conv_1\"}"})
  void aConversation_isNotOffered(String conversation) throws Exception {
    RawAnswer answer =
        ask(
            "/v1/responses",
            RESPONSE.replace("{\"model\"", "{\"conversation\":" + conversation + ",\"model\""));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("\"param\":\"conversation\"");
    assertThat(provider.account().received()).isZero();
  }

  private RawAnswer get(String path) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.request("GET", path, "authorization", "Bearer " + key).readAnswer();
    }
  }

  @Test
  void aResponse_thatBreaksInTheMiddle_isPaidForAsDelivered() throws Exception {
    ResponsesAnswers answers = new ResponsesAnswers(1).reporting(ServedUsage.of(100, 50));
    provider.on(
        "/responses",
        request -> {
          Answer answer = answers.responses(request);
          return Script.of(answer).start().parts(answer.parts().size() - 5).pauseMillis(50).reset();
        });

    assertThat(ask("/v1/responses", streamed(RESPONSE)).isWhole()).isFalse();

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isPositive();
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
  }

  @Test
  void aResponse_thatBuildsOnAnEarlierOne_holdsAllThatTheContextCanHave() throws Exception {
    String poor = gateway.createKey("0.40");
    String body = "{\"model\":\"deep\",\"max_output_tokens\":16,\"input\":\"Go on\"";
    try (RawClient client = gateway.connect()) {
      client.post("/v1/responses", body + "}", "authorization", "Bearer " + poor);
      RawAnswer earlier = client.readAnswer();
      assertThat(earlier.status()).isEqualTo(200);
      String id = Json.parse(earlier.body()).path("id").asString();
      client.post(
          "/v1/responses",
          body + ",\"previous_response_id\":\"" + id + "\"}",
          "authorization",
          "Bearer " + poor);
      assertThat(client.readAnswer().status()).as("$0.40 of input, and some output").isEqualTo(402);
    }
  }

  @Test
  void aResponse_thatBuildsOnOneOfAnotherAccount_isRefusedAsUnknown() throws Exception {
    String id = Json.parse(ask("/v1/responses", RESPONSE).body()).path("id").asString();
    key = gateway.createKey("10");

    RawAnswer foreign =
        ask("/v1/responses", RESPONSE.replace("{", "{\"previous_response_id\":\"" + id + "\","));
    RawAnswer unknown =
        ask("/v1/responses", RESPONSE.replace("{", "{\"previous_response_id\":\"resp_none\","));

    assertThat(foreign.status()).isEqualTo(unknown.status()).isIn(400, 404);
    assertThat(foreign.text().replace(id, "resp_none")).isEqualTo(unknown.text());
  }

  @Test
  void aModeration_withoutAModel_isServedByTheDefaultAndFree() throws Exception {
    RawAnswer answer = ask("/v1/moderations", "{\"input\":\"I will not pay\"}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(provider.account().await(1).getFirst().model()).isEqualTo("omni-2026");
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(gateway.lastSettlement(key)).containsEntry("model", "omni-moderation-latest");
  }

  @Test
  void aModeration_soldByTokens_isEstimatedFromItsInput() throws Exception {
    ask(
        "/v1/moderations",
        "{\"model\":\"judge-by-tokens\",\"input\":\"%s\"}".formatted("a".repeat(400)));

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).as("101 tokens at $1 a million").isEqualTo(101_000);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "missing_usage");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/completions", "/v1/responses", "/v1/moderations", "/v1/embeddings"})
  void refusals_areAsOpenAiHasThem(String path) throws Exception {
    RawAnswer unknown = ask(path, "{\"model\":\"nobody-sells-this\"}");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.text())
        .contains("\"type\":\"invalid_request_error\"", "\"code\":\"model_not_found\"");

    RawAnswer twice = ask(path, "{\"model\":\"a\",\"model\":\"b\"}");
    assertThat(twice.status()).isEqualTo(400);
    assertThat(twice.text()).contains("\"param\":\"model\"", "\"code\":\"invalid_request\"");

    assertThat(provider.account().received()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/completions, max_tokens",
    "/v1/responses, max_output_tokens",
  })
  void badCaps_areRefusedWithTheirParam(String path, String param) throws Exception {
    for (String cap : new String[] {"0", "-1", "1.5", "\"9\"", "99999999999999999999"}) {
      String model = path.contains("responses") ? "toll-response" : "toll-completion";
      RawAnswer answer = ask(path, "{\"model\":\"%s\",\"%s\":%s}".formatted(model, param, cap));

      assertThat(answer.status()).as(cap).isEqualTo(400);
      assertThat(answer.text()).contains("\"param\":\"" + param + "\"");
    }
  }

  @Test
  void severalPrompts_holdAsManyAnswers() throws Exception {
    long cap = 8000;
    String poor = gateway.createKey("0.03");
    String body = "{\"model\":\"toll-completion\",\"max_tokens\":" + cap + ",\"prompt\":";
    CompletionsAnswers answers = new CompletionsAnswers(1).reporting(ServedUsage.of(1, 1));
    provider.on("/completions", request -> answers.completions(request).script());
    try (RawClient client = gateway.connect()) {
      client.post("/v1/completions", body + "\"a\"}", "authorization", "Bearer " + poor);
      assertThat(client.readAnswer().status()).as("$0.016 of output").isEqualTo(200);
      client.post("/v1/completions", body + "[\"a\",\"b\"]}", "authorization", "Bearer " + poor);
      assertThat(client.readAnswer().status()).as("twice that").isEqualTo(402);
    }
    assertThat(Objects.requireNonNull(TestCard.PRICES.get(TestCard.COMPLETION)).output())
        .isEqualTo("2.000001");
  }
}
