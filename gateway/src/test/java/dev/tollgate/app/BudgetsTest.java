package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.http.Json;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Budgets from the operator's door to the customer's answer. */
class BudgetsTest {
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(12);
    gateway = GatewayForTests.start(provider);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @Test
  void minuteBudgets_areInTheHeadersOfAnswersAndRefusals() throws Exception {
    String key = gateway.createKey("1", "{\"rpm\":2,\"tpm\":100000}");

    RawAnswer first = chat(key);
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.head().field("x-ratelimit-limit-requests")).isEqualTo("2");
    assertThat(first.head().field("x-ratelimit-remaining-requests")).isEqualTo("1");
    assertThat(first.head().field("x-ratelimit-reset-requests")).isEqualTo("1m0s");
    assertThat(first.head().field("x-ratelimit-limit-tokens")).isEqualTo("100000");
    assertThat(chat(key).head().field("x-ratelimit-remaining-requests")).isEqualTo("0");
    gateway.awaitSettled(key);

    RawAnswer refused = chat(key);
    assertThat(refused.status()).isEqualTo(429);
    JsonNode error = error(refused);
    assertThat(error.path("code").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(error.path("budget").asString()).isEqualTo("rpm");
    assertThat(error.path("remaining").asLong()).isZero();
    assertThat(Long.parseLong(Objects.requireNonNull(refused.head().field("retry-after"))))
        .isBetween(1L, 61L);
    assertThat(refused.head().field("x-ratelimit-remaining-requests")).isEqualTo("0");
    assertThat(refused.head().field("x-ratelimit-reset-requests")).endsWith("s");
    assertThat(refused.head().field("x-should-retry")).isNull();
  }

  @Test
  void withoutMinuteBudgets_thereAreNoSuchHeaders() throws Exception {
    RawAnswer answer = chat(gateway.createKey("1", "{\"windows_usd\":{\"1m\":1}}"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isNotEmpty();
    assertThat(answer.head().toString().toLowerCase(Locale.ROOT)).doesNotContain("x-ratelimit");
  }

  @Test
  void aWindow_refusesWithWhenItResetsAndWhatWouldFit() throws Exception {
    String key = gateway.createKey("1", "{\"windows_usd\":{\"5h\":0.00005,\"90m\":5}}");

    RawAnswer refused = chat(key);

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.head().field("x-should-retry")).isEqualTo("false");
    JsonNode error = error(refused);
    assertThat(error.path("code").asString()).isEqualTo("budget_exceeded");
    assertThat(error.path("window").asString()).isEqualTo("5h");
    assertThat(error.path("limit_usd").decimalValue()).isEqualByComparingTo("0.00005");
    assertThat(error.path("affordable_output_tokens").asLong()).isEqualTo(79);
  }

  @Test
  void aWindowOfFirstUse_saysItsEndInTheRefusalAndInTheUsage() throws Exception {
    long quote = gateway.quoteNanoUsd(BODY);
    String limits =
        "{\"windows_usd\":{\"5h\":%s,\"1d\":1},\"window_kind\":\"first_use\"}"
            .formatted(Money.usd(quote));
    String key = gateway.createKey("1", limits);
    assertThat(chat(key).status()).isEqualTo(200);
    gateway.awaitSettled(key);

    RawAnswer refused = chat(key);
    JsonNode usage = Json.parse(get(key, "/v1/usage").text().getBytes(StandardCharsets.UTF_8));

    assertThat(refused.status()).isEqualTo(429);
    assertThat(Long.parseLong(Objects.requireNonNull(refused.head().field("retry-after"))))
        .isBetween(17_900L, 18_000L);
    assertThat(usage.path("mode").asString()).isEqualTo("quota_limited");
    assertThat(usage.has("quota")).isFalse();
    JsonNode window = usage.path("rate_limits").path(0);
    assertThat(window.path("window").asString()).isEqualTo("5h");
    assertThat(window.path("used").decimalValue()).isPositive();
    assertThat(error(refused).path("reset_at").asString())
        .startsWith(window.path("reset_at").asString().replace("Z", ""));
    assertThat(usage.path("remaining").decimalValue())
        .isEqualByComparingTo(window.path("remaining").decimalValue());
  }

  @Test
  void theDailyLimitOfAnAccount_comesAfterAQuota_andUntilMidnight() throws Exception {
    String key = gateway.createKey("1", "{\"quota_usd\":0}");
    gateway.changeAccount(key, "{\"daily_limit_usd\":0}");
    assertThat(error(chat(key)).path("code").asString()).isEqualTo("quota_exhausted");

    gateway.changeKey(key, "{\"quota_usd\":null}");
    RawAnswer refused = chat(key);
    assertThat(refused.status()).isEqualTo(402);
    assertThat(error(refused).path("code").asString()).isEqualTo("daily_limit_reached");
    assertThat(error(refused).path("resets_at").asString()).endsWith("T00:00:00Z");

    gateway.changeAccount(key, "{\"daily_limit_usd\":null}");
    assertThat(chat(key).status()).isEqualTo(200);
  }

  @Test
  void budgetsOfAnAccount_areSetShownAndTakenAway() throws Exception {
    String key = gateway.createKey("1");
    JsonNode account =
        gateway.changeAccount(
            key,
            """
            {"budgets":[
              {"name":"team","unit":"tokens","period":"calendar:month","limit":5,"models":["llama-*"]},
              {"name":"plan","unit":"usd","period":"rolling:30d","limit":100}]}
            """);
    assertThat(account.path("budgets").size()).isEqualTo(2);
    assertThat(account.path("budgets").path(1).path("period").asString()).isEqualTo("rolling:30d");
    assertThat(error(chat(key)).path("budget").asString()).isEqualTo("team");

    account = gateway.changeAccount(key, "{\"budgets\":[{\"name\":\"team\",\"limit\":null}]}");
    assertThat(account.path("budgets").size()).isEqualTo(1);
    assertThat(chat(key).status()).isEqualTo(200);
  }

  @Test
  void budgetsThatMakeNoSense_areRefusedByName() throws Exception {
    for (String wrong :
        new String[] {
          "{\"windows_usd\":{\"5x\":1}}",
          "{\"windows_usd\":{\"400d\":1}}",
          "{\"windows_usd\":{\"5h\":-1}}",
          "{\"windows_usd\":5}",
          "{\"rpm\":0}",
          "{\"windows_usd\":{\"5h\":1},\"window_kind\":\"sliding\"}",
          "{\"budgets\":[{\"name\":\"rpm\",\"unit\":\"usd\",\"limit\":1}]}",
          "{\"budgets\":[{\"name\":\"x\",\"unit\":\"usd\",\"period\":\"calendar:year\",\"limit\":1}]}",
          "{\"budgets\":[{\"name\":\"x\",\"unit\":\"concurrent\",\"period\":\"rolling:1m\",\"limit\":1}]}",
          "{\"budgets\":[{\"name\":\"x y\",\"unit\":\"usd\",\"limit\":1}]}",
          "{\"budgets\":[{\"name\":\"x\",\"unit\":\"usd\"}]}"
        }) {
      assertThat(gateway.statusOfKeyCreation(wrong)).as(wrong).isEqualTo(400);
    }
  }

  private static JsonNode error(RawAnswer answer) {
    return Json.parse(answer.text().getBytes(StandardCharsets.UTF_8)).path("error");
  }

  private static RawAnswer chat(String key) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client
          .post("/v1/chat/completions", BODY, "authorization", "Bearer " + key)
          .readAnswer();
    }
  }

  private static RawAnswer get(String key, String path) throws Exception {
    try (RawClient client = gateway.connect()) {
      return client.request("GET", path, "authorization", "Bearer " + key).readAnswer();
    }
  }
}
