package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * Plans on two gateways, which both look for what is to be renewed all the time. They have a Redis
 * of their own, since they stop the clock.
 */
@ExtendWith(LeakWatch.class)
class PlansTest {
  private static final Instant NOVEMBER = Instant.parse("2026-11-01T00:00:00Z");
  private static final String RATES =
      """
      plans:
        basic: { name: Basic, monthly_fee: 30, rpm: 2, allowances: { storage_gb: 5, seats: unlimited } }
        pro: { name: Pro, monthly_fee: 49, rpm: 3000, price_multiplier: 0.5 }
        enterprise: { name: Enterprise, rpm: 10000 }
        pro_plan: { name: Pro Plan, funding: subscription, limits_usd: { 1d: 0.000045, 7d: 30, 30d: 100 } }
      """;
  private static final String LIMITS = "plans: { look_millis: 50ms, grace_millis: 3d }\n";
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(53).reporting(ServedUsage.of(11, 21));
  private static final long COST = 11 * 200 + 21 * 600;
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static RedisServerForTests redis;
  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static GatewayForTests second;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServerForTests.start();
    provider = FakeProvider.start(53);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            provider, GatewaySetup.USUAL.redis(redis.uri()).rates(RATES).limits(LIMITS));
    second = gateway.another();
  }

  @AfterAll
  static void stop() throws Exception {
    second.close();
    gateway.close();
    provider.close();
    redis.close();
  }

  @BeforeEach
  void november() {
    at(NOVEMBER);
  }

  private static void at(Instant now) {
    gateway.setClock(now);
    second.setClock(now);
  }

  private static HttpResponse<String> put(String key, String plan) throws IOException {
    return gateway.ask(key, "PUT", "/v1/billing/plan", "{\"plan\":" + plan + "}");
  }

  private static JsonNode plan(String key) throws IOException {
    return gateway.get(key, "/v1/billing/plan").path("data");
  }

  private static List<String> fees(String key) throws IOException {
    return gateway
        .get(key, "/v1/billing/transactions?kind=plan_fee")
        .path("data")
        .valueStream()
        .map(entry -> entry.path("amount_usd").decimalValue().toPlainString())
        .toList();
  }

  private static JsonNode estimate(String key) throws IOException {
    HttpResponse<String> answer =
        gateway.ask(key, "POST", "/v1/billing/estimate", "{\"request\":" + BODY + "}");
    return AskedGateway.json(answer).path("data");
  }

  private static int chat(String key) throws IOException {
    return gateway.ask(key, "POST", "/v1/chat/completions", BODY).statusCode();
  }

  /**
   * Once more from beginning to end, so that both have done what they should not do, if they do.
   */
  private static void letBothLook() throws Exception {
    for (GatewayForTests one : List.of(gateway, second)) {
      int before = one.counted("tollgate_plans_looks_total");
      gateway.await(() -> one.counted("tollgate_plans_looks_total") >= before + 2);
    }
  }

  @Test
  void plan_thatIsChosen_isPaidAndInForceAtOnce() throws Exception {
    String key = gateway.createKey("40");

    assertThat(plan(key).path("status").asString()).isEqualTo("none");
    HttpResponse<String> answer = put(key, "\"basic\"");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(plan(key)).isEqualTo(AskedGateway.json(answer).path("data"));
    assertThat(plan(key).toString())
        .isEqualTo(
            """
            {"plan":"basic","name":"Basic","status":"active","funding":"wallet","fee_usd":30,\
            "period_start":"2026-11-01T00:00:00Z","period_end":"2026-12-01T00:00:00Z",\
            "renews":true,"grace_until":null,"rpm":2,\
            "allowances":{"seats":"unlimited","storage_gb":5},"limits_usd":{}}\
            """);
    assertThat(gateway.balanceNanoUsd(key)).isEqualTo(10 * Money.NANO_PER_USD);
    assertThat(fees(key)).containsExactly("-30");
    assertThat(List.of(chat(key), chat(key), chat(key))).containsExactly(200, 200, 429);
  }

  @Test
  void plan_thatTheBalanceDoesNotCover_isRefused_andNothingIsChanged() throws Exception {
    String key = gateway.createKey("29.99");

    HttpResponse<String> answer = put(key, "\"basic\"");

    assertThat(answer.statusCode()).isEqualTo(402);
    assertThat(AskedGateway.json(answer).path("error").toString())
        .startsWith(
            """
            {"code":"insufficient_credits","message":"This change of plan costs $30.00 but you have \
            $29.99 available.","required_cents":3000,"available_cents":2999,"topup_url":\
            """);
    assertThat(plan(key).path("status").asString()).isEqualTo("none");
    assertThat(gateway.balanceNanoUsd(key)).isEqualTo(29_990_000_000L);
  }

  @Test
  void plan_thatIsLeft_givesBackWhatItsPeriodHadToGo() throws Exception {
    String key = gateway.createKey("100");
    put(key, "\"basic\"");
    at(Instant.parse("2026-11-16T00:00:00Z"));

    assertThat(put(key, "\"pro\"").statusCode()).isEqualTo(200);
    assertThat(fees(key)).containsExactly("-49", "15", "-30");
    assertThat(plan(key).path("period_end").asString()).isEqualTo("2026-12-16T00:00:00Z");
    assertThat(put(key, "\"pro\"").statusCode()).isEqualTo(200);
    assertThat(fees(key)).hasSize(3);
    BigDecimal half = estimate(key).path("estimated_usd").decimalValue();
    chat(key);
    gateway.awaitSettled(key);
    assertThat(gateway.balanceNanoUsd(key)).isEqualTo(36 * Money.NANO_PER_USD - COST / 2);
    BigDecimal whole = estimate(gateway.createKey("1")).path("estimated_usd").decimalValue();
    assertThat(half.multiply(BigDecimal.TWO)).isEqualByComparingTo(whole);

    at(Instant.parse("2026-12-15T23:59:59.999Z"));
    assertThat(put(key, "null").statusCode()).isEqualTo(200);
    // floor(49,000,000,000 / 2,592,000,000): of the last millisecond
    assertThat(fees(key)).startsWith("0.000000018");
    assertThat(plan(key).path("status").asString()).isEqualTo("none");
    assertThat(List.of(chat(key), chat(key), chat(key))).containsOnly(200);
  }

  @Test
  void plan_whosePeriodEnds_isRenewedOnce_withTheCardOfThatDay() throws Exception {
    String key = gateway.createKey("100");
    at(Instant.parse("2027-01-31T10:00:00Z"));
    put(key, "\"basic\"");
    gateway.get(key, "/v1/usage"); // waits for the archive
    assertThat(plan(key).path("period_end").asString()).isEqualTo("2027-02-28T10:00:00Z");

    at(Instant.parse("2027-02-28T10:00:00Z"));
    gateway.await(() -> fees(key).size() == 2);
    letBothLook();

    assertThat(fees(key)).containsExactly("-30", "-30");
    assertThat(plan(key).path("period_end").asString()).isEqualTo("2027-03-31T10:00:00Z");

    // Down for a period and more: the one that has passed whole is not charged.
    at(Instant.parse("2027-05-02T00:00:00Z"));
    gateway.await(() -> fees(key).size() == 3);
    letBothLook();
    assertThat(fees(key)).hasSize(3);
    assertThat(plan(key).path("period_start").asString()).isEqualTo("2027-04-30T10:00:00Z");
    assertThat(plan(key).path("period_end").asString()).isEqualTo("2027-05-31T10:00:00Z");
  }

  @Test
  void plan_whoseFeeIsPastDue_goesOnForItsGrace_andIsPaidOrEnds() throws Exception {
    String paying = gateway.createKey("45");
    String broke = gateway.createKey("45");
    put(paying, "\"basic\"");
    put(broke, "\"basic\"");
    gateway.get(paying, "/v1/usage");
    gateway.get(broke, "/v1/usage");

    at(Instant.parse("2026-12-01T12:00:00Z"));
    gateway.await(() -> plan(paying).path("status").asString().equals("past_due"));
    gateway.await(() -> plan(broke).path("status").asString().equals("past_due"));
    assertThat(plan(broke).path("grace_until").asString()).isEqualTo("2026-12-04T12:00:00Z");

    gateway.credit(paying, "20", "topup", "");
    gateway.await(() -> plan(paying).path("status").asString().equals("active"));
    assertThat(plan(paying).path("period_start").asString()).isEqualTo("2026-12-01T00:00:00Z");
    assertThat(fees(paying)).containsExactly("-30", "-30");

    at(Instant.parse("2026-12-04T12:00:00Z"));
    gateway.await(() -> plan(broke).path("status").asString().equals("none"));
    assertThat(fees(broke)).containsExactly("-30");
    assertThat(gateway.balanceNanoUsd(broke)).isEqualTo(15 * Money.NANO_PER_USD);
    assertThat(List.of(chat(broke), chat(broke), chat(broke))).containsOnly(200);
  }

  @Test
  void subscription_paysWithinItsLimits_untilItExpires() throws Exception {
    String key = gateway.createKey("0");
    String account = "/admin/v1/accounts/" + gateway.accountId(key).value();
    gateway.admin(
        "PATCH", account, "{\"plan\":\"pro_plan\",\"plan_expires_at\":\"2026-11-20T00:00:00Z\"}");

    assertThat(List.of(chat(key), chat(key))).containsExactly(200, 200);
    gateway.awaitSettled(key);
    HttpResponse<String> third = gateway.ask(key, "POST", "/v1/chat/completions", BODY);

    assertThat(third.statusCode()).isEqualTo(429);
    assertThat(third.body()).contains("budget_exceeded");
    assertThat(gateway.balanceNanoUsd(key)).isZero();
    JsonNode estimate = estimate(key);
    assertThat(estimate.path("available_cents").asLong()).isZero();
    assertThat(estimate.path("affordable").asBoolean()).isTrue();
    JsonNode usage = gateway.get(key, "/v1/usage");
    assertThat(usage.path("planName").asString()).isEqualTo("Pro Plan");
    assertThat(usage.path("remaining").decimalValue()).isEqualByComparingTo("0.0000154");
    assertThat(usage.path("subscription").toString())
        .isEqualTo(
            """
            {"daily_usage_usd":0.0000296,"weekly_usage_usd":0.0000296,"monthly_usage_usd":0.0000296,\
            "daily_limit_usd":0.000045,"weekly_limit_usd":30,"monthly_limit_usd":100,\
            "expires_at":"2026-11-20T00:00:00Z"}\
            """);
    assertThat(usage.path("usage").path("total").path("cost").decimalValue())
        .isEqualByComparingTo("0.0000296");
    assertThat(usage.path("usage").path("total").path("actual_cost").decimalValue())
        .isEqualByComparingTo("0");
    assertThat(gateway.admin("GET", "/admin/v1/audit", null).path("ok").asBoolean()).isTrue();

    at(Instant.parse("2026-11-20T00:00:00Z"));
    gateway.await(() -> plan(key).path("status").asString().equals("none"));
    assertThat(chat(key)).isEqualTo(402);
  }

  @Test
  void plan_isNotHadByWhoMayNot() throws Exception {
    String key = gateway.createKey("100");
    String limited = gateway.createKey("100", "{\"quota_usd\":50}");

    assertThat(put(key, "\"enterprise\"").statusCode()).isEqualTo(400);
    assertThat(put(key, "\"none such\"").statusCode()).isEqualTo(400);
    assertThat(put(key, "7").statusCode()).isEqualTo(400);
    assertThat(gateway.ask(key, "PUT", "/v1/billing/plan", "{}").statusCode()).isEqualTo(400);
    assertThat(put(limited, "\"basic\"").statusCode()).isEqualTo(403);
    assertThat(fees(key)).isEmpty();
    assertThat(fees(limited)).isEmpty();
  }

  @Test
  void operator_givesPlansAtAnAgreedFee() throws Exception {
    JsonNode made =
        gateway.admin(
            "POST",
            "/admin/v1/accounts",
            """
            {"name":"big","credit_limit_usd":500,"plan":"enterprise","plan_fee_usd":199.5}\
            """);

    assertThat(made.path("plan").asString()).isEqualTo("enterprise");
    assertThat(made.path("plan_fee_usd").decimalValue()).isEqualByComparingTo("199.5");
    assertThat(made.path("balance_usd").decimalValue()).isEqualByComparingTo("-199.5");
    HttpResponse<String> poor =
        gateway.askOps(
            gateway.adminToken(),
            "POST",
            "/admin/v1/accounts",
            "{\"name\":\"poor\",\"plan\":\"basic\"}");
    assertThat(poor.statusCode()).isEqualTo(402);
  }

  @Test
  void plan_isPutBack_byARestore() throws Exception {
    String subscribed = gateway.createKey("0");
    String paying = gateway.createKey("40");
    gateway.admin(
        "PATCH",
        "/admin/v1/accounts/" + gateway.accountId(subscribed).value(),
        "{\"plan\":\"pro_plan\"}");
    put(paying, "\"basic\"");
    chat(subscribed);
    gateway.awaitSettled(subscribed);
    JsonNode before = plan(subscribed);
    JsonNode payingBefore = plan(paying);
    gateway.get(subscribed, "/v1/usage"); // waits for the archive
    gateway.get(paying, "/v1/usage");

    redis.flush();
    gateway.rebuildLedger();

    assertThat(before.path("limits_usd").path("1d").path("used").decimalValue())
        .isEqualByComparingTo("0.0000148");
    assertThat(plan(subscribed)).isEqualTo(before);
    assertThat(plan(paying)).isEqualTo(payingBefore);
    assertThat(List.of(chat(subscribed), chat(subscribed))).containsExactly(200, 429);
    assertThat(gateway.admin("GET", "/admin/v1/audit", null).path("ok").asBoolean()).isTrue();
  }
}
