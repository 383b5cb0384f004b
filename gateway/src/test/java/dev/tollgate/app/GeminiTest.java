package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.http.Json;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.GeminiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.Served;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.provider.TestCard;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The Gemini API through the gateway, as curl would call it. */
@ExtendWith(LeakWatch.class)
class GeminiTest {
  private static final ServedUsage USAGE = new ServedUsage(10, 0, 0, 0, 20, 5);
  private static final long COST_NANO_USD = 10 * 300 + 20 * 2500;
  private static final GeminiAnswers GEMINI = new GeminiAnswers(7).reporting(USAGE);

  private static final String BODY =
      """
      {"contents":[{"role":"user","parts":[{"text":"What is the toll?"}]}],\
      "generationConfig":{"maxOutputTokens":60}}\
      """;

  private FakeProvider provider;
  private GatewayForTests gateway;
  private String key;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(7);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(
                "",
                """
                public-gemini:
                  targets: [ { provider: gemini-fake, model: gemini-internal } ]
                  prices: { input: 0.30, output: 2.50 }
                  service_tiers: { priority: { input: 0.60, output: 5 }, flex: { input: 0.15, output: 1.25 } }
                """));
    key = gateway.createKey("10");
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static String path(String model, String act) {
    return "/v1beta/models/" + model + ":" + act;
  }

  private RawAnswer ask(String path, String body) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.post(path, body, "x-goog-api-key", key).readAnswer();
    }
  }

  private void assertSpent(long nanoUsd) throws Exception {
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(nanoUsd);
  }

  private Served onlyServed() throws Exception {
    return provider.account().await(1).getFirst();
  }

  @Test
  void everyKindOfCall_manyTimes_addsUpToTheNanoDollar() throws Exception {
    int rounds = 20;
    for (int i = 0; i < rounds; i++) {
      assertThat(ask(path(TestCard.GEMINI, "generateContent"), BODY).status()).isEqualTo(200);
      ask(path(TestCard.GEMINI, "streamGenerateContent") + "?alt=sse", BODY);
      ask(path(TestCard.GEMINI, "streamGenerateContent"), BODY);
      ask(path(TestCard.GEMINI, "countTokens"), BODY);
    }
    provider.account().await(4 * rounds);
    assertSpent(provider.account().costNanoUsd(TestCard.PRICES));
    assertThat(provider.account().all())
        .allMatch(Served::isWhole)
        .noneMatch(served -> served.request().text().contains(key));
  }

  @Test
  void aWholeAnswer_saysWhatItCost_andIsRecorded() throws Exception {
    provider.on(":generateContent", request -> GEMINI.generate(request).script());

    RawAnswer answer = ask(path("gemini-flash", "generateContent"), BODY);

    assertThat(answer.head().field("x-tollgate-cost-usd")).isEqualTo(Money.usd(COST_NANO_USD));
    assertThat(answer.body()).isEqualTo(onlyServed().sentBody());
    assertSpent(COST_NANO_USD);
    assertThat(gateway.lastSettlement(key))
        .containsEntry("endpoint", "/v1beta/models/{model}:generateContent")
        .containsEntry("model", "gemini-flash")
        .containsEntry("estimated", "");
  }

  @Test
  void anAlias_isWrittenIntoThePath_andTheBodyIsLeftAsItIs() throws Exception {
    assertThat(ask(path("public-gemini", "generateContent"), BODY).status()).isEqualTo(200);

    Served served = onlyServed();
    assertThat(served.request().head().target())
        .isEqualTo("/v1/models/gemini-internal:generateContent");
    assertThat(new String(served.request().body(), UTF_8)).isEqualTo(BODY);
    assertThat(served.request().head().field("x-goog-api-key"))
        .isEqualTo(GatewayFiles.PROVIDER_KEY);
  }

  @Test
  void aKey_inTheQuery_isAcceptedAndStaysHere() throws Exception {
    try (RawClient client = gateway.connect()) {
      String path = path("gemini-flash", "streamGenerateContent") + "?key=" + key + "&alt=sse";

      assertThat(client.post(path, BODY).readAnswer().status()).isEqualTo(200);
    }
    assertThat(onlyServed().request().head().target())
        .isEqualTo("/v1/models/gemini-flash:streamGenerateContent?alt=sse");
    assertThat(onlyServed().request().text()).doesNotContain(key);
  }

  @Test
  void anArray_isPassedOnAsItComes() throws Exception {
    CountDownLatch firstRead = new CountDownLatch(1);
    provider.on(
        ":streamGenerateContent",
        request ->
            Script.of(GEMINI.stream(request)).start().parts(1).await(firstRead).rest().end());

    try (RawClient client = gateway.connect()) {
      client.post(path("gemini-flash", "streamGenerateContent"), BODY, "x-goog-api-key", key);
      client.readHead();
      assertThat(client.readBody(1)).isEqualTo(new byte[] {'['});
      firstRead.countDown();
    }
    assertSpent(COST_NANO_USD);
  }

  @Test
  void anArray_thatBreaksOff_isPaidForAsFarAsItCame() throws Exception {
    provider.on(
        ":streamGenerateContent",
        request -> Script.of(GEMINI.stream(request)).start().parts(2).pauseMillis(50).reset());

    RawAnswer answer = ask(path("gemini-flash", "streamGenerateContent"), BODY);

    assertThat(answer.isWhole()).isFalse();
    gateway.awaitSettled(key);
    Served served = onlyServed();
    long output = USAGE.reasoning() + served.outputTokens();
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(10 * 300 + output * 2500);
  }

  @Test
  void anArray_hungUp_isReadToItsEndAndCharged() throws Exception {
    CountDownLatch hungUp = new CountDownLatch(1);
    provider.on(
        ":streamGenerateContent",
        request -> Script.of(GEMINI.stream(request)).start().parts(2).await(hungUp).rest().end());

    try (RawClient client = gateway.connect()) {
      client.post(path("gemini-flash", "streamGenerateContent"), BODY, "x-goog-api-key", key);
      client.readHead();
      assertThat(client.readBody(100)).isNotEmpty();
      client.reset();
    }
    hungUp.countDown();

    assertSpent(COST_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "");
  }

  /** A request of the priority tier may be served by the standard one, and says so in its head. */
  @ParameterizedTest
  @CsvSource({"priority, priority, 106000", "priority, standard, 53000", "flex, FLEX, 26500"})
  void theTier_thatServed_isInTheHead(String asked, String served, long nanoUsd) throws Exception {
    provider.on(
        ":generateContent",
        request ->
            Script.of(GEMINI.generate(request))
                .start("x-gemini-service-tier", served)
                .rest()
                .end());
    String body = BODY.replace("{\"contents\"", "{\"serviceTier\":\"" + asked + "\",\"contents\"");

    ask(path("public-gemini", "generateContent"), body);

    assertSpent(nanoUsd);
  }

  @Test
  void anError_of200_isFree() throws Exception {
    String error =
        "{\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}";
    provider.on(":generateContent", request -> Answer.error(200, error).script());

    assertThat(ask(path("gemini-flash", "generateContent"), BODY).text()).isEqualTo(error);
    assertSpent(0);
  }

  @Test
  void anAnswerWithoutUsage_isEstimated() throws Exception {
    String text =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Four pence for a cart.\"}]}}]}";
    provider.on(":generateContent", request -> Answer.error(200, text).script());

    ask(path("gemini-flash", "generateContent"), BODY);

    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isPositive();
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "missing_usage");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gemini-flash:generateContent?fields=candidates | {} | 400 | INVALID_ARGUMENT",
        "gemini-flash:generateContent | nonsense | 400 | INVALID_ARGUMENT",
        "gemini-flash:generateContent | {\"cachedContent\":\"cachedContents/1\"} | 400 |"
            + " INVALID_ARGUMENT",
        "no-such-model:generateContent | {} | 404 | NOT_FOUND",
        "llama-3.3-70b:generateContent | {} | 404 | NOT_FOUND",
        "gemini-flash:predict | {} | 404 | NOT_FOUND",
      })
  void whatCannotBeServed_isToldAsGoogleTells(String rest, String body, int status, String name)
      throws Exception {
    RawAnswer answer = ask("/v1beta/models/" + rest, body);

    JsonNode error = Json.parse(answer.body()).path("error");
    assertThat(answer.status()).isEqualTo(status);
    assertThat(error.path("code").asInt()).isEqualTo(status);
    assertThat(error.path("status").asString()).isEqualTo(name);
    assertThat(error.path("message").asString()).isNotEmpty();
    assertThat(provider.account().received()).isZero();
  }

  @Test
  void noKey_isUnauthenticated_andTooLittleMoneySaysWhatIsMissing() throws Exception {
    try (RawClient client = gateway.connect()) {
      RawAnswer answer = client.post(path("gemini-flash", "generateContent"), BODY).readAnswer();
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.text()).contains("UNAUTHENTICATED", "TOKEN_REQUIRED");
    }
    key = gateway.createKey("0");
    RawAnswer answer = ask(path("gemini-flash", "generateContent"), BODY);
    assertThat(answer.status()).isEqualTo(402);
    assertThat(answer.text()).contains("\"required_cents\":1", "insufficient_credits");
    assertThat(ask(path("gemini-flash", "countTokens"), BODY).status()).isEqualTo(200);
  }

  @Test
  void aRevokedKey_mayNotEvenCount() throws Exception {
    assertThat(ask(path("gemini-flash", "countTokens"), BODY).text()).contains("totalTokens");
    gateway.revoke(key);

    assertThat(ask(path("gemini-flash", "countTokens"), BODY).status()).isEqualTo(401);
  }

  @Test
  void aProvider_thatSaysNothing_isUnavailable() throws Exception {
    provider.on(":generateContent", request -> Script.raw("").close());

    RawAnswer answer = ask(path("gemini-flash", "generateContent"), BODY);

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.text()).contains("UNAVAILABLE", "upstream_error");
    assertSpent(0);
  }
}
