package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Ids;
import dev.tollgate.domain.Money;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.AnthropicAnswers;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What a customer may ask about a request of its own, and nobody else. */
@ExtendWith(LeakWatch.class)
class GenerationsTest {
  private static final ServedUsage USAGE = new ServedUsage(10, 5, 0, 0, 20, 7);
  private static final OpenAiAnswers OPEN_AI = new OpenAiAnswers(53).reporting(USAGE);
  private static final long LIST_NANO_USD = 15 * 200 + 20 * 600;

  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static final String STREAMED = BODY.replace("{\"model\"", "{\"stream\":true,\"model\"");

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(53);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(
                "",
                """
                twice:
                  targets: [ { provider: openai-fake, model: one }, { provider: openai-fake, model: two } ]
                  prices: { input: 0.20, output: 0.60 }
                thoughtful:
                  targets: [ { provider: openai-fake, model: thoughtful-1 } ]
                  prices: { input: 0.20, output: 0.60, reasoning: 0.90 }
                """));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private RawAnswer post(String bearer, String path, String body) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.post(path, body, "authorization", "Bearer " + bearer).readAnswer();
    }
  }

  private RawAnswer chat(String body) throws IOException {
    return post(key, "/v1/chat/completions", body);
  }

  private static String idOf(RawAnswer answer) {
    return Objects.requireNonNull(answer.head().field("x-request-id"));
  }

  private static void assertUsd(JsonNode usd, long nanoUsd) {
    assertThat(usd.decimalValue()).isEqualByComparingTo(Money.decimal(nanoUsd));
  }

  @Test
  void aPlainCall_isDescribedInFull() throws Exception {
    Instant before = Instant.now();
    RawAnswer answer = chat(BODY);
    String id = idOf(answer);

    JsonNode data = gateway.generation(key, id);

    String expected =
        """
        {"data":{"id":"%s","status":"settled","key_id":"%s","model":"llama-3.3-70b",\
        "provider":"openai-fake","upstream_model":"llama-3.3-70b",\
        "endpoint":"/v1/chat/completions","streamed":false,"status_code":200,"created_at":"%s",\
        "usage":{"input_tokens":10,"output_tokens":20,"reasoning_tokens":null,\
        "cache_read_tokens":5,"cache_creation_tokens":0,"total_tokens":35},\
        "cost":0.000015,"actual_cost":0.000015,"currency":"USD","is_estimated":false,\
        "estimated_reason":null,"latency_ms":%d,"time_to_first_token_ms":%d,\
        "attempts":[{"provider":"openai-fake","outcome":"ok","latency_ms":%d}]}}\
        """
            .formatted(
                id,
                gateway.keyRef(key).key().value(),
                data.path("created_at").asString(),
                data.path("latency_ms").asLong(-1),
                data.path("time_to_first_token_ms").asLong(-1),
                data.path("attempts").path(0).path("latency_ms").asLong(-1));
    assertThat(gateway.askForGeneration(key, id).body()).isEqualTo(expected);
    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo("0.000015");
    assertThat(data.path("latency_ms").asLong()).isBetween(0L, 60_000L);
    assertThat(Instant.parse(data.path("created_at").asString()))
        .isBetween(before.minusMillis(1), before.plus(Duration.ofMinutes(1)));
  }

  @Test
  void aStream_isDescribed_withTheTimeToItsFirstToken() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request ->
            Script.of(OPEN_AI.chat(request))
                .start()
                .parts(3)
                .await(read)
                .pauseMillis(60)
                .rest()
                .end());
    String id;
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
      id = client.readHead().field("x-request-id");
      read.countDown();
      assertThat(client.body().rest()).isNotEmpty();
    }

    JsonNode data = gateway.generation(key, id);

    assertThat(data.path("streamed").asBoolean()).isTrue();
    assertThat(data.path("latency_ms").asLong())
        .isGreaterThanOrEqualTo(data.path("time_to_first_token_ms").asLong() + 50);
    assertUsd(data.path("actual_cost"), LIST_NANO_USD);
  }

  @Test
  void aMessage_hasBothKindsOfCachedInput() throws Exception {
    AnthropicAnswers answers =
        new AnthropicAnswers(53).reporting(new ServedUsage(10, 5, 3, 4, 20, 0));
    provider.on("/messages", request -> answers.messages(request).script());
    RawAnswer answer = post(key, "/v1/messages", BODY.replace("llama-3.3-70b", "claude-sonnet"));

    JsonNode data = gateway.generation(key, idOf(answer));

    assertThat(data.path("endpoint").asString()).isEqualTo("/v1/messages");
    assertThat(data.path("usage").path("input_tokens").asLong()).isEqualTo(10);
    assertThat(data.path("usage").path("cache_read_tokens").asLong()).isEqualTo(5);
    assertThat(data.path("usage").path("cache_creation_tokens").asLong()).isEqualTo(7);
    assertThat(data.path("usage").path("total_tokens").asLong()).isEqualTo(42);
  }

  @Test
  void reasoning_thatIsPricedApart_isCountedApart_andIsOutput() throws Exception {
    RawAnswer answer = chat(BODY.replace("llama-3.3-70b", "thoughtful"));

    JsonNode data = gateway.generation(key, idOf(answer));

    assertThat(data.path("usage").path("output_tokens").asLong()).isEqualTo(20);
    assertThat(data.path("usage").path("reasoning_tokens").asLong()).isEqualTo(7);
    assertThat(data.path("usage").path("total_tokens").asLong()).isEqualTo(35);
    assertUsd(data.path("cost"), 15 * 200 + 13 * 600 + 7 * 900);
  }

  @Test
  void aMultiplier_makesTheActualCostOfTheListPrice() throws Exception {
    key = gateway.createKey("1", "{}", "{\"name\":\"dear\",\"price_multiplier\":1.5}");
    RawAnswer answer = chat(BODY);

    JsonNode data = gateway.generation(key, idOf(answer));

    assertUsd(data.path("cost"), LIST_NANO_USD);
    assertUsd(data.path("actual_cost"), LIST_NANO_USD * 3 / 2);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(LIST_NANO_USD * 3 / 2);
  }

  @Test
  void aCostBeyondTheHold_isInTheTotal() throws Exception {
    OpenAiAnswers generous = OPEN_AI.reporting(ServedUsage.of(1_000, 5_000));
    provider.on("/chat/completions", request -> generous.chat(request).script());
    RawAnswer answer = chat(BODY);

    JsonNode data = gateway.generation(key, idOf(answer));

    assertUsd(data.path("actual_cost"), 1_000 * 200 + 5_000 * 600);
    assertUsd(data.path("cost"), 1_000 * 200 + 5_000 * 600);
  }

  @Test
  void everyAttempt_isListed() throws Exception {
    provider.once("/chat/completions", request -> Answer.error(503, "{}").script());
    RawAnswer answer = chat(BODY.replace("llama-3.3-70b", "twice"));

    JsonNode data = gateway.generation(key, idOf(answer));

    assertThat(data.path("model").asString()).isEqualTo("twice");
    assertThat(data.path("upstream_model").asString()).isEqualTo("two");
    assertThat(data.path("attempts").size()).isEqualTo(2);
    assertThat(data.path("attempts").path(0).path("outcome").asString()).isEqualTo("503");
    assertThat(data.path("attempts").path(1).path("outcome").asString()).isEqualTo("ok");
  }

  @Test
  void theProvidersOwnError_costNothing() throws Exception {
    provider.on("/chat/completions", request -> Answer.error(400, "{\"error\":{}}").script());
    RawAnswer answer = chat(BODY);

    JsonNode data = gateway.generation(key, idOf(answer));

    assertThat(data.path("status").asString()).isEqualTo("settled");
    assertThat(data.path("status_code").asInt()).isEqualTo(400);
    assertThat(data.path("usage").path("total_tokens").asLong()).isZero();
    assertUsd(data.path("cost"), 0);
    assertUsd(data.path("actual_cost"), 0);
  }

  @Test
  void aRequestUnderWay_isRunning_andSaysWhatIsReserved() throws Exception {
    CountDownLatch answering = new CountDownLatch(1);
    provider.on(
        "/chat/completions",
        request -> Script.of(OPEN_AI.chat(request)).start().parts(2).await(answering).rest().end());
    try (RawClient client = gateway.connect()) {
      client.post("/v1/chat/completions", STREAMED, "authorization", "Bearer " + key);
      String id = client.readHead().field("x-request-id");

      String running = gateway.askForGeneration(key, id).body();

      assertThat(running)
          .contains("\"status\":\"running\"")
          .contains("\"model\":\"llama-3.3-70b\"")
          .contains("\"provider\":null")
          .contains("\"actual_cost\":0,")
          .contains("\"reserved\":" + Money.usd(gateway.heldNanoUsd(key)))
          .contains("\"latency_ms\":null")
          .contains("\"attempts\":[]");
      answering.countDown();
      assertThat(client.body().rest()).isNotEmpty();
      assertThat(gateway.generation(key, id).path("status").asString()).isEqualTo("settled");
    }
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(LIST_NANO_USD);
  }

  @Test
  void anotherAccounts_isNotFound_likeOneThatNeverWas() throws Exception {
    String id = idOf(chat(BODY));
    gateway.awaitSettled(key);
    String stranger = gateway.createKey("1");
    String sibling = gateway.createSibling(key);

    HttpResponse<String> foreign = gateway.askForGeneration(stranger, id);
    HttpResponse<String> unknown =
        gateway.askForGeneration(stranger, new Ids(new Random(53)).nextRequestId().value());

    assertThat(foreign.statusCode()).isEqualTo(404);
    assertThat(foreign.body())
        .isEqualTo(unknown.body())
        .startsWith("{\"error\":{\"message\":\"There is no such request.\"")
        .contains("\"code\":\"not_found\"");
    assertThat(gateway.askForGeneration(sibling, id).statusCode()).isEqualTo(200);
  }

  @Test
  void aRequestThatWasRefused_isNotFound() throws Exception {
    RawAnswer refused = chat(BODY.replace("llama-3.3-70b", "no-such-model"));

    assertThat(refused.status()).isEqualTo(404);
    assertThat(gateway.askForGeneration(key, idOf(refused)).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "req_",
        "req_0123456789abcdefghjkmnp",
        "req_0123456789abcdefghjkmnpqr",
        "req_0123456789ABCDEFGHJKMNPQ",
        "req_0123456789abcdefghijklmn",
        "gen-0123456789abcdefghjkmnpq",
        "req_%F0%9F%90%99abcdefghjkmnpq0123",
        "tg_live_some-key-in-the-wrong-place"
      })
  void whatIsNoRequestId_isNamed_andNotRepeated(String id) throws Exception {
    HttpResponse<String> answer = gateway.askForGeneration(key, id);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .contains("\"code\":\"invalid_request\"")
        .contains("\"param\":\"request_id\"")
        .doesNotContain("some-key");
  }

  @Test
  void theKey_comesFirst() throws Exception {
    String id = idOf(chat(BODY));

    assertThat(gateway.askForGeneration("tg_live_unknown", "nonsense").statusCode()).isEqualTo(401);
    gateway.suspend(key);
    assertThat(gateway.askForGeneration(key, id).statusCode()).as("one may look").isEqualTo(200);
    gateway.revoke(key);
    assertThat(gateway.askForGeneration(key, id).statusCode()).isEqualTo(401);
  }

  @Test
  void asking_costsNothing_andCountsInNoBudget() throws Exception {
    key = gateway.createKey("1", "{\"rpm\":1}");
    String id = idOf(chat(BODY));
    gateway.awaitSettled(key);
    long balance = gateway.balanceNanoUsd(key);

    for (int i = 0; i < 3; i++) {
      assertThat(gateway.askForGeneration(key, id).statusCode()).isEqualTo(200);
    }

    assertThat(gateway.balanceNanoUsd(key)).isEqualTo(balance);
  }
}
