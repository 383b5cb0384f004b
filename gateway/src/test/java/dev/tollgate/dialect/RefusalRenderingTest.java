package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Shortage;
import dev.tollgate.metering.MeterSettings;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.ObjectMapper;

class RefusalRenderingTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final RequestId REQUEST = new RequestId("req_1");
  private static final Dialects DIALECTS =
      new Dialects("https://toll.example/topup", MeterSettings.DEFAULTS);
  private static final Refusal NO_CREDITS =
      new Refusal.InsufficientCredits(415_000_001, 99_999_999, 42L);

  private static String rendered(String path, Refusal refusal) {
    return new String(DIALECTS.errorsFor(path).render(refusal, REQUEST), UTF_8);
  }

  @Test
  void render_insufficientCredits_inEachDialect() {
    String message = NO_CREDITS.message();
    String extras =
        "\"required_cents\":42,\"available_cents\":9,\"topup_url\":\"https://toll.example/topup\","
            + "\"affordable_output_tokens\":42";

    assertThat(rendered("/v1/chat/completions", NO_CREDITS))
        .isEqualTo(
            "{\"error\":{\"message\":\"%s\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_credits\",%s}}"
                .formatted(message, extras));
    assertThat(rendered("/v1/messages", NO_CREDITS))
        .isEqualTo(
            "{\"type\":\"error\",\"error\":{\"type\":\"billing_error\",\"message\":\"%s\",\"code\":\"insufficient_credits\",%s},\"request_id\":\"req_1\"}"
                .formatted(message, extras));
    assertThat(rendered("/api/payment/balance", NO_CREDITS))
        .isEqualTo(
            "{\"ok\":false,\"error\":\"insufficient_credits\",\"message\":\"%s\",%s}"
                .formatted(message, extras));
    assertThat(rendered("/api/v1/billing/balance", NO_CREDITS))
        .isEqualTo(
            "{\"error\":{\"code\":\"insufficient_credits\",\"message\":\"%s\",%s}}"
                .formatted(message, extras));
    assertThat(rendered("/mcp", NO_CREDITS))
        .isEqualTo(
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"%s\",\"data\":{\"code\":\"insufficient_credits\",%s}}}"
                .formatted(message, extras));
  }

  @Test
  void render_unknownAffordableTokens_areLeftOut() {
    assertThat(rendered("/v1/billing/x", new Refusal.InsufficientCredits(1, -1, null)))
        .contains("\"required_cents\":1,\"available_cents\":-1")
        .doesNotContain("affordable");
  }

  @Test
  void render_aWindowThatIsUsedUp_saysWhichAndWhen() {
    Shortage shortage =
        new Shortage(
            "5h",
            Budget.Scope.KEY,
            Budget.Unit.USD,
            Period.parse("rolling:5h"),
            5_000_000_000L,
            1_200_000_000L,
            2_000_000_000L,
            1_800_000_000_000L,
            60L,
            7L);

    assertThat(rendered("/v1/billing/holds", new Refusal.BudgetExceeded(shortage)))
        .isEqualTo(
            "{\"error\":{\"code\":\"budget_exceeded\",\"message\":\"This request may use $2, but"
                + " $1.2 is left of this API key's `5h` of $5. Enough of it is free again at"
                + " 2027-01-15T08:00:00Z.\",\"budget\":\"5h\",\"window\":\"5h\",\"limit_usd\":5,"
                + "\"remaining_usd\":1.2,\"reset_at\":\"2027-01-15T08:00:00Z\","
                + "\"affordable_output_tokens\":7}}");
    assertThat(rendered("/v1/messages", new Refusal.DailyLimitReached(shortage)))
        .contains("\"code\":\"daily_limit_reached\"")
        .contains("\"resets_at\":\"2027-01-15T08:00:00Z\"");
  }

  @Test
  void render_aHostileName_isEscaped() {
    String hostile = "a\"b\\\n\u0001é</script>";
    String json = rendered("/v1/chat/completions", new Refusal.ModelNotFound(hostile));

    assertThat(MAPPER.readTree(json).at("/error/message").asString()).contains(hostile);
  }

  @Test
  void render_aParam_isNamed() {
    Refusal invalid = new Refusal.InvalidRequest("`n` must be an integer.", "n");
    for (String path : new String[] {"/v1/embeddings", "/v1/messages", "/v1/billing/holds"}) {
      assertThat(MAPPER.readTree(rendered(path, invalid)).at("/error/param").asString())
          .isEqualTo("n");
    }
    assertThat(MAPPER.readTree(rendered("/api/payment/x", invalid)).at("/param").asString())
        .isEqualTo("n");
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_request_error, invalid_request_error, INVALID_ARGUMENT",
    "401, invalid_request_error, authentication_error, UNAUTHENTICATED",
    "403, invalid_request_error, permission_error, PERMISSION_DENIED",
    "404, invalid_request_error, not_found_error, NOT_FOUND",
    "413, invalid_request_error, request_too_large, INVALID_ARGUMENT",
    "429, rate_limit_error, rate_limit_error, RESOURCE_EXHAUSTED",
    "502, server_error, api_error, UNAVAILABLE",
    "503, server_error, overloaded_error, UNAVAILABLE",
    "504, server_error, timeout_error, DEADLINE_EXCEEDED"
  })
  void render_eachStatus_hasTheTypeOfTheDialect(
      int status, String openAi, String anthropic, String gemini) {
    Map<Integer, Refusal> refusals =
        Map.of(
            400, new Refusal.MalformedRequest("x"),
            401, new Refusal.TokenRequired(),
            403, new Refusal.AccountSuspended(),
            404, new Refusal.ModelNotFound("m"),
            413, new Refusal.BodyTooLarge(5),
            429, new Refusal.ConcurrencyExceeded(1),
            502, new Refusal.UpstreamError("x"),
            503, new Refusal.Overloaded("x"),
            504, new Refusal.UpstreamTimeout("x"));
    Refusal refusal = Objects.requireNonNull(refusals.get(status));
    assertThat(refusal.status()).isEqualTo(status);

    assertThat(MAPPER.readTree(rendered("", refusal)).at("/error/type").asString())
        .isEqualTo(openAi);
    assertThat(MAPPER.readTree(rendered("/v1/messages/x", refusal)).at("/error/type").asString())
        .isEqualTo(anthropic);
    assertThat(MAPPER.readTree(rendered("/v1beta/x", refusal)).at("/error/status").asString())
        .isEqualTo(gemini);
  }

  @Test
  void authorize_openAi_replacesEveryCredential() {
    HttpHeaders headers = clientHeaders();

    DIALECTS.named("openai").orElseThrow().authorize(headers, "sk-up");

    assertThat(entries(headers)).containsExactly("authorization=Bearer sk-up");
  }

  @Test
  void authorize_anthropic_addsTheVersionThatIsMissing() {
    Dialect anthropic = DIALECTS.named("anthropic").orElseThrow();
    HttpHeaders headers = clientHeaders();
    anthropic.authorize(headers, "sk-up");
    assertThat(entries(headers))
        .containsExactlyInAnyOrder("x-api-key=sk-up", "anthropic-version=2023-06-01");

    headers.set("anthropic-version", "2024-01-01");
    anthropic.authorize(headers, "");
    assertThat(entries(headers)).containsExactly("anthropic-version=2024-01-01");
  }

  @Test
  void authorize_gemini_alsoDropsWhatChangesAnswers() {
    HttpHeaders headers = clientHeaders().set("X-Goog-FieldMask", "candidates");

    DIALECTS.named("gemini").orElseThrow().authorize(headers, "up");

    assertThat(entries(headers)).containsExactly("x-goog-api-key=up");
  }

  @Test
  void authorize_cohere_replacesEveryCredential() {
    HttpHeaders headers = clientHeaders();

    DIALECTS.named("cohere").orElseThrow().authorize(headers, "up");

    assertThat(entries(headers)).containsExactly("authorization=Bearer up");
  }

  @Test
  void render_forGemini_isAGoogleStatus() {
    String path = "/v1beta/models/m:generateContent";
    Refusal invalid = new Refusal.InvalidRequest("`alt` is given twice.", "alt");

    assertThat(rendered(path, invalid))
        .isEqualTo(
            "{\"error\":{\"code\":400,\"message\":\"`alt` is given twice.\","
                + "\"status\":\"INVALID_ARGUMENT\",\"details\":["
                + "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","
                + "\"reason\":\"INVALID_REQUEST\",\"domain\":\"tollgate\","
                + "\"metadata\":{\"code\":\"invalid_request\"}},"
                + "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\","
                + "\"fieldViolations\":[{\"field\":\"alt\","
                + "\"description\":\"`alt` is given twice.\"}]}]}}");
    assertThat(rendered(path, NO_CREDITS))
        .contains("\"code\":402,", "\"status\":\"FAILED_PRECONDITION\"")
        .contains("\"metadata\":{\"code\":\"insufficient_credits\"}")
        .contains("\"required_cents\":42,\"available_cents\":9,");
  }

  @Test
  void render_forCohere_isAMessage() {
    assertThat(rendered("/v2/rerank", new Refusal.InvalidRequest("`model` is required.", "model")))
        .isEqualTo(
            "{\"id\":\"req_1\",\"message\":\"`model` is required.\","
                + "\"code\":\"invalid_request\",\"param\":\"model\"}");
    assertThat(rendered("/v2/rerank", NO_CREDITS)).contains("\"required_cents\":42");
  }

  @Test
  void named_anUnknownDialect_isNone() {
    assertThat(DIALECTS.named("morse")).isEmpty();
  }

  private static List<String> entries(HttpHeaders headers) {
    return headers.entries().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }

  private static HttpHeaders clientHeaders() {
    return new DefaultHttpHeaders()
        .set("Authorization", "Bearer tg_live_secret")
        .set("X-Api-Key", "tg_live_secret")
        .set("x-goog-api-key", "tg_live_secret");
  }
}
