package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.Answer;
import dev.tollgate.provider.AnthropicAnswers;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.Script;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The examples of the documents that the account API answers to: an account is brought to the state
 * of each by real requests and credits, at the times that it names, and the whole answer is
 * compared.
 */
@ExtendWith(LeakWatch.class)
class ReferenceExamplesTest {
  private static final String MODELS =
      """
      free:
        targets: [ { provider: anthropic-fake, model: free } ]
        prices: { input: 0, output: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0 }
        max_output_tokens: 1000000
        context_tokens: 2000000
      gpt-5.4:
        targets: [ { provider: anthropic-fake, model: gpt-5.4 } ]
        prices: { input: 2.5, output: 5 }
        max_output_tokens: 1000
      """;

  /** Calls that cost what their path says. */
  private static final List<String> SPENDS =
      List.of(
          "0.02", "0.1", "1.2", "1.25", "1.5", "1.9", "2.0", "2.18", "2.3", "2.5", "4.2", "7.5",
          "24.5", "25", "36.58");

  private volatile ServedUsage served = ServedUsage.NONE;
  private FakeProvider provider;
  private GatewayForTests gateway;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(61);
    AnthropicAnswers answers = new AnthropicAnswers(61);
    provider.on("/messages", request -> answers.reporting(served).messages(request).script());
    OpenAiAnswers openAi = new OpenAiAnswers(61);
    provider.on("/chat/completions", request -> openAi.reporting(served).chat(request).script());
    StringBuilder rates = new StringBuilder("routes:\n");
    rates.append(
        "  - { match: \"GET /api/premium/**\", provider: feed, fees: { request: 0.02 } }\n");
    provider.on("/api/premium/routing", request -> Answer.ofNothing(200, "{}").script());
    provider.on("/api/premium/news", request -> Answer.ofNothing(200, "{}").script());
    for (String usd : SPENDS) {
      rates.append(
          "  - { match: \"GET /spend/%s\", provider: feed, fees: { request: %s } }\n"
              .formatted(usd, usd));
      provider.on("/spend/" + usd, request -> Answer.ofNothing(200, "{}").script());
    }
    rates.append(
        """
        plans:
          pro_plan: { name: "Pro Plan", funding: subscription, limits_usd: { 1d: 5, 7d: 30, 30d: 100 } }
        credit: { usd: 0.02 }
        """);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.USUAL.with(GatewaySetup.feedOf(provider), MODELS).rates(rates.toString()));
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private void at(String time) {
    gateway.setClock(Instant.parse(time));
  }

  private void call(String key, String path) throws Exception {
    assertThat(gateway.ask(key, "GET", path, null).statusCode()).as(path).isEqualTo(200);
    gateway.awaitSettled(key);
  }

  private void spend(String key, String usd) throws Exception {
    call(key, "/spend/" + usd);
  }

  /** A message of a model that costs nothing. */
  private void message(String key, ServedUsage usage) throws Exception {
    message(key, "free", usage);
  }

  private void message(String key, String model, ServedUsage usage) throws Exception {
    served = usage;
    String body =
        """
        {"model":"%s","max_tokens":1000,"messages":[{"role":"user","content":"Hello"}]}\
        """
            .formatted(model);
    assertThat(gateway.ask(key, "POST", "/v1/messages", body).statusCode()).isEqualTo(200);
  }

  private static JsonNode json(String text) {
    return Json.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Numbers are compared by value, all else as it stands, the order of fields aside. */
  private static void assertSame(JsonNode actual, String expected) {
    assertThat(canonical(actual)).isEqualTo(canonical(json(expected)));
  }

  private static String canonical(JsonNode node) {
    if (node.isObject()) {
      StringBuilder text = new StringBuilder("{");
      node.propertyNames().stream()
          .sorted()
          .forEach(
              name ->
                  text.append("\n  ").append(name).append(": ").append(canonical(node.get(name))));
      return text.append('}').toString();
    }
    if (node.isArray()) {
      StringBuilder text = new StringBuilder("[");
      node.forEach(element -> text.append(canonical(element)).append("; "));
      return text.append(']').toString();
    }
    return node.isNumber()
        ? node.decimalValue().stripTrailingZeros().toPlainString()
        : node.toString();
  }

  /** The documents leave these empty, and show them apart. */
  private static JsonNode withoutUsage(JsonNode answer) {
    assertThat(answer.path("usage").isObject()).isTrue();
    assertThat(answer.path("model_stats").isArray()).isTrue();
    ObjectNode bare = (ObjectNode) answer.deepCopy();
    bare.putObject("usage");
    bare.putArray("model_stats");
    return bare;
  }

  @Test
  void balanceApi_quotaLimited() throws Exception {
    at("2026-04-30T00:00:00Z");
    String key =
        gateway.createKey(
            "100",
            """
            {"windows_usd":{"5h":50,"1d":50,"7d":100},"window_kind":"first_use",\
            "expires_at":"2026-12-31T23:59:59Z"}\
            """);
    spend(key, "25");
    at("2026-05-06T00:00:00Z");
    spend(key, "1.5");
    gateway.changeKey(
        key,
        "{\"quota_usd\":10,\"windows_usd\":{\"5h\":5,\"1d\":20},\"window_kind\":\"first_use\"}");
    spend(key, "2.3");
    at("2026-05-06T10:00:00Z");
    spend(key, "1.2");
    at("2026-05-06T10:30:00Z");

    JsonNode answer = gateway.get(key, "/v1/usage");

    assertSame(
        withoutUsage(answer),
        """
        {
          "mode": "quota_limited",
          "isValid": true,
          "status": "active",
          "quota": { "limit": 10.0, "used": 3.5, "remaining": 6.5, "unit": "USD" },
          "remaining": 6.5,
          "unit": "USD",
          "rate_limits": [
            {
              "window": "5h",
              "limit": 5.0,
              "used": 1.2,
              "remaining": 3.8,
              "window_start": "2026-05-06T10:00:00Z",
              "reset_at": "2026-05-06T15:00:00Z"
            },
            {
              "window": "1d",
              "limit": 20.0,
              "used": 5.0,
              "remaining": 15.0,
              "window_start": "2026-05-06T00:00:00Z",
              "reset_at": "2026-05-07T00:00:00Z"
            },
            {
              "window": "7d",
              "limit": 100.0,
              "used": 30.0,
              "remaining": 70.0,
              "window_start": "2026-04-30T00:00:00Z",
              "reset_at": "2026-05-07T00:00:00Z"
            }
          ],
          "expires_at": "2026-12-31T23:59:59Z",
          "days_until_expiry": 239,
          "usage": {},
          "model_stats": []
        }
        """);
  }

  /**
   * The example says 15.5 remain, and that this is the least over its limits, which is 2.5: the
   * rule holds. When it expires nobody knows before accounts have plans.
   */
  @Test
  void balanceApi_subscription() throws Exception {
    at("2026-05-01T12:00:00Z");
    String key = gateway.createKey("100");
    gateway.changeAccount(
        key,
        """
        {"budgets":[{"name":"1d","unit":"usd","period":"rolling:1d","limit":50},\
        {"name":"7d","unit":"usd","period":"rolling:7d","limit":50},\
        {"name":"30d","unit":"usd","period":"rolling:30d","limit":100}]}\
        """);
    spend(key, "24.5");
    at("2026-05-17T12:00:00Z");
    spend(key, "7.5");
    at("2026-05-20T12:00:00Z");
    spend(key, "2.5");
    gateway.changeAccount(
        key,
        """
        {"budgets":[{"name":"1d","unit":"usd","period":"rolling:1d","limit":5},\
        {"name":"7d","unit":"usd","period":"rolling:7d","limit":30}]}\
        """);

    JsonNode answer = gateway.get(key, "/v1/usage");

    assertSame(
        withoutUsage(answer),
        """
        {
          "mode": "unrestricted",
          "isValid": true,
          "planName": "Pro Plan",
          "unit": "USD",
          "remaining": 2.5,
          "subscription": {
            "daily_usage_usd": 2.5,
            "weekly_usage_usd": 10.0,
            "monthly_usage_usd": 34.5,
            "daily_limit_usd": 5.0,
            "weekly_limit_usd": 30.0,
            "monthly_limit_usd": 100.0,
            "expires_at": null
          },
          "usage": {},
          "model_stats": []
        }
        """);
  }

  @Test
  void balanceApi_wallet() throws Exception {
    String key = gateway.createKey("30");
    spend(key, "4.2");

    JsonNode answer = gateway.get(key, "/v1/usage");

    assertSame(
        withoutUsage(answer),
        """
        {
          "mode": "unrestricted",
          "isValid": true,
          "planName": "Wallet Balance",
          "remaining": 25.8,
          "unit": "USD",
          "balance": 25.8,
          "usage": {},
          "model_stats": []
        }
        """);
  }

  /**
   * Means over five minutes are fifths: 2.5 requests a minute cannot be, 2.4 are 12 of the last
   * five minutes. How long requests took is not in our hands.
   */
  @Test
  void balanceApi_usage() throws Exception {
    at("2026-05-05T12:00:00Z");
    String key = gateway.createKey("10");
    gateway.changeAccount(key, "{\"price_multiplier\":0.8}");
    spend(key, "1.9");
    gateway.changeAccount(key, "{\"price_multiplier\":1}");
    spend(key, "2.18");
    message(key, new ServedUsage(485_000, 58_000, 11_500, 0, 272_000, 0));
    for (int i = 3; i < 1_158; i++) {
      message(key, ServedUsage.NONE);
    }
    gateway.awaitSettled(key);
    at("2026-05-06T08:00:00Z");
    gateway.changeAccount(key, "{\"price_multiplier\":0.8}");
    spend(key, "0.1");
    gateway.changeAccount(key, "{\"price_multiplier\":1}");
    spend(key, "0.02");
    message(key, new ServedUsage(13_000, 1_500, 250, 250, 6_250, 0));
    for (int i = 3; i < 30; i++) {
      message(key, ServedUsage.NONE);
    }
    gateway.awaitSettled(key);
    at("2026-05-06T09:00:00Z");
    message(key, new ServedUsage(2_000, 500, 0, 0, 1_750, 0));
    for (int i = 1; i < 12; i++) {
      message(key, ServedUsage.NONE);
    }
    gateway.awaitSettled(key);
    at("2026-05-06T09:05:00Z");

    JsonNode usage = gateway.get(key, "/v1/usage").path("usage");

    JsonNode average = usage.path("average_duration_ms");
    assertThat(average.isIntegralNumber()).isTrue();
    assertThat(average.asLong()).isBetween(0L, 60_000L);
    assertSame(
        usage,
        """
        {
          "today": {
            "requests": 42,
            "input_tokens": 15000,
            "output_tokens": 8000,
            "cache_creation_tokens": 500,
            "cache_read_tokens": 2000,
            "total_tokens": 25500,
            "cost": 0.12,
            "actual_cost": 0.1
          },
          "total": {
            "requests": 1200,
            "input_tokens": 500000,
            "output_tokens": 280000,
            "cache_creation_tokens": 12000,
            "cache_read_tokens": 60000,
            "total_tokens": 852000,
            "cost": 4.2,
            "actual_cost": 3.8
          },
          "average_duration_ms": %d,
          "rpm": 2.4,
          "tpm": 850.0
        }
        """
            .formatted(average.asLong()));
  }

  @Test
  void balanceApi_modelStats() throws Exception {
    at("2026-05-06T09:00:00Z");
    String key = gateway.createKey("10");
    // 200,000 at $2.5 and 150,000 at $5 a million
    message(key, "gpt-5.4", ServedUsage.of(199_881, 149_881));
    for (int i = 1; i < 120; i++) {
      message(key, "gpt-5.4", ServedUsage.of(1, 1));
    }
    gateway.awaitSettled(key);

    assertSame(
        gateway.get(key, "/v1/usage?start_date=2026-04-01&end_date=2026-05-06").path("model_stats"),
        "[ { \"model\": \"gpt-5.4\", \"requests\": 120, \"tokens\": 350000, \"cost\": 1.25 } ]");
    assertSame(
        gateway.get(key, "/v1/usage?start_date=2026-04-01&end_date=2026-05-05").path("model_stats"),
        "[]");
    at("2026-06-04T09:00:00Z");
    assertThat(gateway.get(key, "/v1/usage").path("model_stats").size()).isEqualTo(1);
    at("2026-06-05T09:00:00Z");
    assertThat(gateway.get(key, "/v1/usage").path("model_stats").size())
        .as("30 days by default")
        .isZero();
  }

  @Test
  void tensorFeed_balance() throws Exception {
    at("2026-04-27T15:00:00Z");
    String key = gateway.createKey("1");
    at("2026-04-27T17:30:00Z");
    call(key, "/api/premium/routing");

    assertSame(
        gateway.get(key, "/api/payment/balance"),
        """
        {
          "ok": true,
          "balance": 49,
          "created": "2026-04-27T15:00:00Z",
          "last_used": "2026-04-27T17:30:00Z",
          "total_purchased": 50
        }
        """);
  }

  /** The example leaves out one of its three calls. */
  @Test
  void tensorFeed_usage() throws Exception {
    at("2026-04-27T15:00:00Z");
    String key = gateway.createKey("1");
    at("2026-04-27T16:00:00Z");
    call(key, "/api/premium/news");
    call(key, "/api/premium/routing");
    at("2026-04-27T17:30:00Z");
    call(key, "/api/premium/routing");

    assertSame(
        gateway.get(key, "/api/payment/usage"),
        """
        {
          "ok": true,
          "token_balance": 47,
          "total_calls": 3,
          "total_credits_spent": 3,
          "by_endpoint": {
            "/api/premium/routing": { "calls": 2, "credits": 2, "last_seen": "2026-04-27T17:30:00Z" },
            "/api/premium/news": { "calls": 1, "credits": 1, "last_seen": "2026-04-27T16:00:00Z" }
          },
          "recent": [
            { "endpoint": "/api/premium/routing", "credits": 1, "at": "2026-04-27T17:30:00Z" },
            { "endpoint": "/api/premium/routing", "credits": 1, "at": "2026-04-27T16:00:00Z" },
            { "endpoint": "/api/premium/news", "credits": 1, "at": "2026-04-27T16:00:00Z" }
          ]
        }
        """);
  }

  @Test
  void tunedTensor_balance() throws Exception {
    String key = gateway.createKey("50");
    spend(key, "36.58");
    CountDownLatch answering = new CountDownLatch(1);
    provider.on(
        "/spend/2.0",
        request -> Script.of(Answer.ofNothing(200, "{}")).await(answering).start().rest().end());
    CompletableFuture<HttpResponse<String>> running =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return gateway.ask(key, "GET", "/spend/2.0", null);
              } catch (Exception broken) {
                throw new AssertionError(broken);
              }
            });
    gateway.await(() -> gateway.heldNanoUsd(key) > 0);

    JsonNode answer = gateway.get(key, "/v1/billing/balance");
    JsonNode other = gateway.get(key, "/api/v1/billing/balance");

    answering.countDown();
    assertThat(running.get().statusCode()).isEqualTo(200);
    assertSame(
        answer,
        """
        {
          "data": {
            "balance_cents": 1342,
            "reserved_cents": 200,
            "available_cents": 1142,
            "lifetime_topup_cents": 5000
          }
        }
        """);
    assertThat(other).isEqualTo(answer);
  }

  private void chat(String key, ServedUsage usage) throws Exception {
    served = usage;
    String body =
        """
        {"model":"llama-3.3-70b","max_tokens":500,"messages":[{"role":"user","content":"Hello"}]}\
        """;
    assertThat(gateway.ask(key, "POST", "/v1/chat/completions", body).statusCode()).isEqualTo(200);
    gateway.awaitSettled(key);
  }

  /** 1,000 tokens in and 500 out for $0.0005, on some days of February 2026. */
  @Test
  void tensoras_usage() throws Exception {
    at("2026-01-31T23:59:59.999Z");
    String key = gateway.createKey("10");
    chat(key, ServedUsage.of(1_000, 500));
    at("2026-02-01T00:00:00Z");
    chat(key, ServedUsage.of(1_000, 500));
    at("2026-02-17T23:59:59.999Z");
    chat(key, ServedUsage.of(1_000, 500));
    chat(key, ServedUsage.of(1_000, 500));
    at("2026-02-18T00:00:00Z");
    chat(key, ServedUsage.of(1_000, 500));

    JsonNode answer =
        gateway.get(
            key, "/v1/billing/usage?start_date=2026-02-01&end_date=2026-02-17&group_by=endpoint");

    String one =
        """
        "requests":1,"input_tokens":1000,"output_tokens":500,"cache_creation_tokens":0,\
        "cache_read_tokens":0,"total_tokens":1500,"cost":0.0005,"actual_cost":0.0005}\
        """;
    String two = one.replace(":1,", ":2,").replace("1000", "2000").replace("\":500", "\":1000");
    two = two.replace("1500", "3000").replace("0.0005", "0.001");
    String three = one.replace(":1,", ":3,").replace("\":500", "\":1.5k").replace("1500", "4500");
    three = three.replace("1000", "3000").replace("1.5k", "1500").replace("0.0005", "0.0015");
    assertSame(
        answer,
        """
        {
          "daily": [{"date":"2026-02-01",%s, {"date":"2026-02-17",%s],
          "models": [{"model":"llama-3.3-70b",%s],
          "keys": [{"key_id":"%s",%s],
          "endpoints": [{"endpoint":"/v1/chat/completions",%s],
          "total": {%s
        }
        """
            .formatted(one, two, three, gateway.keyRef(key).key().value(), three, three, three));
  }

  @Test
  void tensoras_spendingLimits() throws Exception {
    at("2026-05-06T12:00:00Z");
    String key = gateway.createKey("100");

    HttpResponse<String> set =
        gateway.ask(key, "PATCH", "/v1/billing/spending_limits", "{\"daily_limit\":1000}");
    spend(key, "7.5");
    HttpResponse<String> refused = gateway.ask(key, "GET", "/spend/7.5", null);

    assertThat(set.statusCode()).isEqualTo(200);
    assertSame(
        json(set.body()),
        """
        {"daily_limit":1000,"spent_today":0,"remaining_today":1000,\
        "resets_at":"2026-05-07T00:00:00Z"}\
        """);
    assertThat(refused.statusCode()).isEqualTo(402);
    assertThat(refused.body()).contains("daily_limit_reached").contains("2026-05-07T00:00:00");
    assertSame(
        gateway.get(key, "/v1/billing/spending_limits"),
        """
        {"daily_limit":1000,"spent_today":750,"remaining_today":250,\
        "resets_at":"2026-05-07T00:00:00Z"}\
        """);
    gateway.ask(key, "PATCH", "/api/v1/billing/spending_limits", "{\"daily_limit\":1500}");
    spend(key, "7.5");
    assertThat(gateway.ask(key, "GET", "/spend/7.5", null).statusCode()).isEqualTo(402);
    at("2026-05-07T00:00:00Z");
    spend(key, "7.5");
  }
}
