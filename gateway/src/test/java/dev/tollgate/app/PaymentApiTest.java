package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The calls of a token about itself, in credits of 2 cents. */
@ExtendWith(LeakWatch.class)
class PaymentApiTest {
  private static final String ROUTING = "/api/premium/routing";

  private FakeProvider provider;
  private GatewayForTests gateway;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start(71);
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.sellingPremium(
                provider,
                """
                credit: { usd: 0.02 }
                """));
    gateway.setClock(Instant.parse("2026-04-27T15:00:00Z"));
  }

  @AfterEach
  void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private int call(String key) throws Exception {
    int status = gateway.ask(key, "GET", ROUTING, null).statusCode();
    gateway.awaitSettled(key);
    return status;
  }

  @Test
  void usage_keepsTheLast100CallsOfTheToken_and25AreShown() throws Exception {
    String key = gateway.createKey("10");
    String sibling = gateway.createSibling(key);
    call(sibling);
    for (int i = 0; i < 103; i++) {
      assertThat(gateway.ask(key, "GET", ROUTING + "?n=" + i, null).statusCode()).isEqualTo(200);
    }
    gateway.awaitSettled(key);

    JsonNode usage = gateway.get(key, "/api/payment/usage");

    assertThat(usage.path("token_balance").asLong()).isEqualTo(500 - 104);
    assertThat(usage.path("total_calls").asLong()).isEqualTo(100);
    assertThat(usage.path("total_credits_spent").asLong()).isEqualTo(100);
    assertThat(usage.path("by_endpoint").path(ROUTING).path("calls").asLong()).isEqualTo(100);
    assertThat(usage.path("recent").size()).isEqualTo(25);
    assertThat(gateway.get(sibling, "/api/payment/usage").path("total_calls").asLong())
        .isEqualTo(1);
  }

  @Test
  void usage_ofATokenThatWasNeverUsed_isEmpty() throws Exception {
    assertThat(gateway.get(gateway.createKey("0"), "/api/payment/usage").toString())
        .isEqualTo(
            """
            {"ok":true,"token_balance":0,"total_calls":0,"total_credits_spent":0,\
            "by_endpoint":{},"recent":[]}\
            """);
  }

  @Test
  void history_hasThePurchases_newestFirst() throws Exception {
    String key = gateway.createKey("1");
    gateway.setClock(Instant.parse("2026-04-28T15:00:00Z"));
    gateway.credit(key, "25", "topup", "pi_'1\\\"%");
    gateway.credit(key, "0.5", "signup_bonus", "");
    call(key);

    JsonNode history = gateway.get(key, "/api/payment/history");

    JsonNode purchases = history.path("purchases");
    assertThat(history.toString())
        .isEqualTo(
            """
            {"ok":true,"current_balance":1324,"total_purchased_usd":26,"total_credits_added":1325,\
            "purchase_count":2,"purchases":[\
            {"id":"%s","amount_usd":25,"credits":1250,"at":"2026-04-28T15:00:00Z","reference":"pi_'1\\"%%"},\
            {"id":"%s","amount_usd":1,"credits":50,"at":"2026-04-27T15:00:00Z","reference":null}]}\
            """
                .formatted(
                    purchases.path(0).path("id").asString(),
                    purchases.path(1).path("id").asString()));
  }

  @Test
  void aSpendCap_holdsUntilMidnight_orUntilItIsRaisedOrLifted() throws Exception {
    String key = gateway.createKey("1");
    String path = "/api/payment/spend-cap";
    assertThat(gateway.get(key, path).toString())
        .isEqualTo(
            "{\"ok\":true,\"daily_cap\":null,\"spent_today\":null,\"remaining_today\":null,\"resets_at\":null}");

    HttpResponse<String> set = gateway.ask(key, "POST", path, "{\"daily_cap\":1.5}");
    assertThat(call(key)).isEqualTo(200);
    HttpResponse<String> refused = gateway.ask(key, "GET", ROUTING, null);

    assertThat(set.body())
        .isEqualTo(
            """
            {"ok":true,"daily_cap":1.5,"spent_today":0,"remaining_today":1.5,\
            "resets_at":"2026-04-28T00:00:00Z"}\
            """);
    assertThat(refused.statusCode()).isEqualTo(402);
    assertThat(refused.body()).contains("daily_limit_reached");
    assertThat(gateway.get(key, path).path("spent_today").asLong()).isEqualTo(1);
    assertThat(gateway.get(key, "/v1/billing/spending_limits").path("daily_limit").asLong())
        .as("the same limit, in cents")
        .isEqualTo(3);
    gateway.ask(key, "POST", path, "{\"daily_cap\":2}");
    assertThat(call(key)).isEqualTo(200);
    assertThat(call(key)).isEqualTo(402);
    gateway.ask(key, "POST", path, "{\"daily_cap\":null}");
    assertThat(call(key)).isEqualTo(200);
    gateway.ask(key, "POST", path, "{\"daily_cap\":0}");
    assertThat(call(key)).isEqualTo(402);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "{\"daily_cap\":-1}",
        "{\"daily_cap\":\"5\"}",
        "{\"daily_cap\":true}",
        "{\"daily_cap\":1e400}",
        "{\"daily_cap\":1e17}",
        "{\"daily_cap\":0.00000000001}",
        "{\"daily_cap\":5,\"weekly_cap\":1}",
        "{\"daily_cap\":5",
        "daily_cap=5"
      })
  void aSpendCap_thatIsNone_isRefused_andChangesNothing(String body) throws Exception {
    String key = gateway.createKey("1");

    HttpResponse<String> answer = gateway.ask(key, "POST", "/api/payment/spend-cap", body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("ok").asBoolean(true)).isFalse();
    assertThat(json(answer).path("error").asString()).isEqualTo("invalid_request");
    assertThat(gateway.get(key, "/api/payment/spend-cap").path("daily_cap").isNull()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"daily_limit\":-1}",
        "{\"daily_limit\":10.5}",
        "{\"daily_limit\":\"1000\"}",
        "{\"daily_limit\":99999999999}",
        "{\"daily_limit\":1,\"monthly_limit\":1}"
      })
  void aSpendingLimit_thatIsNone_isRefused(String body) throws Exception {
    String key = gateway.createKey("1");

    HttpResponse<String> answer = gateway.ask(key, "PATCH", "/v1/billing/spending_limits", body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("error").path("code").asString()).isEqualTo("invalid_request");
  }

  @Test
  void asking_isFree() throws Exception {
    String key = gateway.createKey("1");
    assertThat(call(key)).isEqualTo(200);

    for (String call : List.of("balance", "usage", "history", "spend-cap")) {
      gateway.get(key, "/api/payment/" + call);
    }

    assertThat(gateway.get(key, "/api/payment/balance").path("balance").asLong()).isEqualTo(49);
    assertThat(gateway.get(key, "/api/payment/usage").path("total_calls").asLong()).isEqualTo(1);
  }

  @Test
  void revoke_burnsTheCallersKey_andNoOther() throws Exception {
    String key = gateway.createKey("1", "{\"quota_usd\":1}");
    String sibling = gateway.createSibling(key);

    HttpResponse<String> answer = gateway.ask(key, "POST", "/api/payment/revoke", null);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"ok\":true,\"revoked\":true,\"key_id\":\"%s\"}"
                .formatted(gateway.keyRef(key).key().value()));
    assertThat(gateway.ask(key, "GET", ROUTING, null).statusCode()).isEqualTo(401);
    assertThat(gateway.ask(key, "GET", "/api/payment/balance", null).body())
        .contains("\"ok\":false", "invalid_api_key", "revoked");
    assertThat(gateway.ask(key, "POST", "/api/payment/revoke", null).statusCode()).isEqualTo(401);
    assertThat(call(sibling)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"balance", "usage", "history", "spend-cap"})
  void anUnknownToken_isNotFound_andNoneIsUnauthorized(String call) throws Exception {
    String path = "/api/payment/" + call;

    HttpResponse<String> unknown = gateway.ask("tf_live_unknown", "GET", path, null);

    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("\"ok\":false").contains("\"error\":\"token_not_found\"");
    assertThat(gateway.ask("", "GET", path, null).body()).contains("token_required");
  }

  @Test
  void aKeyThatIsLimitedItself_mayNotChangeLimits() throws Exception {
    String key = gateway.createKey("1", "{\"quota_usd\":1}");

    HttpResponse<String> cap =
        gateway.ask(key, "POST", "/api/payment/spend-cap", "{\"daily_cap\":null}");
    HttpResponse<String> limit =
        gateway.ask(key, "PATCH", "/v1/billing/spending_limits", "{\"daily_limit\":null}");

    assertThat(cap.statusCode()).isEqualTo(403);
    assertThat(cap.body()).contains("\"error\":\"key_not_allowed\"");
    assertThat(limit.statusCode()).isEqualTo(403);
    assertThat(gateway.get(key, "/api/payment/spend-cap").path("ok").asBoolean()).isTrue();
  }
}
