package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawAnswer;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The operator's API: its shapes, and what it says to input that is wrong. */
@ExtendWith(LeakWatch.class)
class AdminApiTest {
  private static final String ACCOUNTS = "/admin/v1/accounts";

  private static FakeProvider provider;
  private static GatewayForTests gateway;
  private static String account;
  private static String keyPath;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(47);
    gateway = GatewayForTests.start(provider);
    account = ACCOUNTS + "/" + id(call("POST", ACCOUNTS, "{\"name\":\"Shared\"}"));
    keyPath = account + "/keys/" + id(call("POST", account + "/keys", "{}"));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static RawAnswer call(String method, String path, String body, String... fields)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(fields));
    if (!all.contains("authorization")) {
      all.addAll(List.of("authorization", "Bearer " + gateway.adminToken()));
    }
    all.addAll(List.of("content-length", Integer.toString(body.getBytes(UTF_8).length)));
    try (RawClient client = gateway.connectOps()) {
      return client
          .request(method, path, all.toArray(String[]::new))
          .send(body.getBytes(UTF_8))
          .readAnswer();
    }
  }

  private static JsonNode json(RawAnswer answer) {
    return Json.parse(answer.body());
  }

  private static String id(RawAnswer created) {
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    return json(created).path("id").asString();
  }

  private static void assertRefused(RawAnswer answer, int status, String code, String param) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    JsonNode error = json(answer).path("error");
    assertThat(error.path("code").asString()).isEqualTo(code);
    assertThat(error.path("message").asString()).isNotBlank();
    assertThat(error.path("param").asString("")).as(answer.text()).isEqualTo(param);
  }

  // ---- who may

  @Test
  void noToken_isAskedFor() throws Exception {
    try (RawClient client = gateway.connectOps()) {
      RawAnswer answer = client.request("GET", ACCOUNTS).readAnswer();

      assertRefused(answer, 401, "token_required", "");
      assertThat(answer.head().field("www-authenticate")).isEqualTo("Bearer");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer wrong", "Bearer ", "Basic for-tests-only", "for-tests-only"})
  void aWrongToken_opensNothing(String authorization) throws Exception {
    for (String path : List.of(ACCOUNTS, account, keyPath, "/admin/v1/config")) {
      RawAnswer answer = call("GET", path, "", "authorization", authorization);
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.text()).doesNotContain("Shared").doesNotContain(gateway.adminToken());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health/live", "/health/ready", "/metrics"})
  void healthAndMetrics_needNoToken(String path) throws Exception {
    assertThat(call("GET", path, "", "authorization", "none").status()).isEqualTo(200);
  }

  // ---- shapes

  @Test
  void anAccount_isShownWithAllItsFields() throws Exception {
    Instant before = Instant.now().minus(Duration.ofMinutes(1));
    RawAnswer created =
        call(
            "POST",
            ACCOUNTS,
            """
            {"name":"Ünïcode","email":"a@b.example","price_multiplier":0.80,"credit_limit_usd":"12.50"}
            """);

    JsonNode shown = json(created);
    assertThat(created.status()).isEqualTo(201);
    assertThat(shown.path("id").asString()).matches("acct_[0-9a-z]{20}");
    Instant at = Instant.parse(shown.path("created_at").asString());
    assertThat(at).isBetween(before, Instant.now().plus(Duration.ofMinutes(1)));
    assertThat(created.text())
        .isEqualTo(
            """
            {"id":"%s","name":"Ünïcode","email":"a@b.example","status":"active","balance_usd":0,\
            "held_usd":0,"available_usd":12.5,"credit_limit_usd":12.5,"price_multiplier":0.8,\
            "lifetime_topup_usd":0,"daily_limit_usd":null,"budgets":[],"plan":null,\
            "plan_status":"none","plan_fee_usd":null,"plan_period_end":null,"plan_renews":false,\
            "created_at":"%s"}\
            """
                .formatted(shown.path("id").asString(), shown.path("created_at").asString()));
    String path = ACCOUNTS + "/" + shown.path("id").asString();
    assertThat(call("GET", path, "").text()).isEqualTo(created.text());
    assertThat(call("GET", ACCOUNTS + "?limit=1000", "").text()).contains(created.text());
  }

  @Test
  void aKey_isShownWithItsSecretOnce() throws Exception {
    RawAnswer created =
        call(
            "POST",
            account + "/keys",
            """
            {"name":"mine","quota_usd":1.000000001,"max_concurrency":3,"models":["a*","b"],\
            "scopes":["meter"],"expires_at":"2030-01-01T01:00:00+01:00"}
            """);

    JsonNode key = json(created);
    String secret = key.path("key").asString();
    assertThat(created.status()).isEqualTo(201);
    assertThat(secret).startsWith("tg_live_").hasSizeGreaterThan(50);
    assertThat(key.path("expires_at").asString()).isEqualTo("2030-01-01T00:00:00Z");
    assertThat(key.propertyNames())
        .containsExactly(
            "id",
            "account",
            "name",
            "hint",
            "status",
            "quota_usd",
            "quota_used_usd",
            "windows_usd",
            "rpm",
            "tpm",
            "max_concurrency",
            "budgets",
            "models",
            "scopes",
            "expires_at",
            "created_at",
            "last_used_at",
            "key");
    assertThat(created.text())
        .contains("\"quota_usd\":1.000000001,\"quota_used_usd\":0,\"windows_usd\":{}")
        .contains("\"rpm\":null,\"tpm\":null,\"max_concurrency\":3")
        .contains("\"models\":[\"a*\",\"b\"],\"scopes\":[\"meter\"]")
        .contains("\"last_used_at\":null");
    String path = account + "/keys/" + key.path("id").asString();
    for (String shown : List.of(path, account + "/keys")) {
      assertThat(call("GET", shown, "").text()).contains("\"mine\"").doesNotContain(secret);
    }
    assertThat(json(call("DELETE", path, "")).path("status").asString()).isEqualTo("revoked");
  }

  @Test
  void null_liftsALimitOfAKey_andWhatIsNotNamedStays() throws Exception {
    String path =
        account
            + "/keys/"
            + id(
                call(
                    "POST",
                    account + "/keys",
                    """
                    {"name":"tight","quota_usd":1,"max_concurrency":3,"models":["a"],\
                    "expires_at":"2030-01-01T00:00:00Z"}
                    """));

    JsonNode renamed = json(call("PATCH", path, "{\"name\":\"still tight\"}"));
    assertThat(renamed.path("name").asString()).isEqualTo("still tight");
    assertThat(renamed.path("quota_usd").asInt()).isEqualTo(1);
    RawAnswer patched =
        call(
            "PATCH",
            path,
            "{\"quota_usd\":null,\"max_concurrency\":null,\"models\":null,\"expires_at\":null}");
    assertThat(patched.status()).as(patched.text()).isEqualTo(200);
    JsonNode lifted = json(patched);
    for (String limit : List.of("quota_usd", "max_concurrency", "expires_at")) {
      assertThat(lifted.path(limit).isNull()).as(limit).isTrue();
    }
    assertThat(lifted.path("models")).isEmpty();
  }

  // ---- credits

  @Test
  void aCredit_isBookedOnceForItsIdempotencyKey() throws Exception {
    String path = ACCOUNTS + "/" + id(call("POST", ACCOUNTS, "{\"name\":\"Payer\"}")) + "/credits";
    String ten = "{\"amount_usd\":10.5,\"kind\":\"topup\",\"reference\":\"invoice 7\"}";

    RawAnswer first = call("POST", path, ten, "idempotency-key", "one");
    RawAnswer again = call("POST", path, ten, "idempotency-key", "one");
    RawAnswer other = call("POST", path, ten.replace("10.5", "11"), "idempotency-key", "one");
    RawAnswer otherKind =
        call("POST", path, ten.replace("topup", "refund"), "idempotency-key", "one");
    RawAnswer second = call("POST", path, ten, "idempotency-key", "two");

    assertThat(first.status()).isEqualTo(201);
    assertThat(first.text())
        .contains("\"kind\":\"topup\",\"amount_usd\":10.5,\"balance_usd\":10.5}");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.text()).isEqualTo(first.text());
    assertRefused(other, 409, "conflict", "");
    assertRefused(otherKind, 409, "conflict", "");
    assertThat(second.text()).contains("\"balance_usd\":21}");
  }

  @Test
  void anAdjustment_mayBeNegative_andNothingElseMay() throws Exception {
    String path = ACCOUNTS + "/" + id(call("POST", ACCOUNTS, "{\"name\":\"Payer\"}")) + "/credits";

    assertThat(call("POST", path, "{\"amount_usd\":-0.000000001,\"kind\":\"adjustment\"}").text())
        .contains("\"balance_usd\":-0.000000001}");
    assertRefused(
        call("POST", path, "{\"amount_usd\":-1,\"kind\":\"topup\"}"),
        400,
        "invalid_request",
        "amount_usd");
  }

  @Test
  void aBadIdempotencyKey_isRefused() throws Exception {
    for (String bad : List.of("", "a b", "x".repeat(256), "\u00e9")) {
      RawAnswer answer =
          call(
              "POST",
              account + "/credits",
              "{\"amount_usd\":1,\"kind\":\"topup\"}",
              "idempotency-key",
              bad);
      assertRefused(answer, 400, "invalid_request", "Idempotency-Key");
    }
  }

  // ---- what is wrong with which field

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                                         |",
        "[]                                        |",
        "null                                      |",
        "{} {}                                     |",
        "{}                                        | name",
        "{\"name\":\"\"}                           | name",
        "{\"name\":7}                              | name",
        "{\"name\":null}                           | name",
        "{\"name\":\"a\",\"nmae\":\"b\"}           | nmae",
        "{\"name\":\"a\",\"plan\":\"pro\"}         | plan",
        "{\"name\":\"a\",\"email\":[]}             | email",
        "{\"name\":\"a\",\"price_multiplier\":-1}  | price_multiplier",
        "{\"name\":\"a\",\"price_multiplier\":101} | price_multiplier",
        "{\"name\":\"a\",\"price_multiplier\":0.1234567} | price_multiplier",
        "{\"name\":\"a\",\"price_multiplier\":1e400} | price_multiplier",
        "{\"name\":\"a\",\"price_multiplier\":\"1\"} | price_multiplier",
        "{\"name\":\"a\",\"credit_limit_usd\":-1}  | credit_limit_usd",
        "{\"name\":\"a\",\"credit_limit_usd\":0.0000000001} | credit_limit_usd",
        "{\"name\":\"a\",\"credit_limit_usd\":1e99} | credit_limit_usd",
        "{\"name\":\"a\",\"credit_limit_usd\":1e999999999} | credit_limit_usd",
        "{\"name\":\"a\",\"credit_limit_usd\":true} | credit_limit_usd",
        "{\"name\":\"a\",\"credit_limit_usd\":\"a lot\"} | credit_limit_usd",
      })
  void aNewAccount_thatIsWrong_isRefusedByField(String body, String param) throws Exception {
    assertRefused(call("POST", ACCOUNTS, body), 400, "invalid_request", param == null ? "" : param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"quota_usd\":-1}                      | quota_usd",
        "{\"quota_usd\":0.0000000001}            | quota_usd",
        "{\"quota_usd\":{}}                      | quota_usd",
        "{\"max_concurrency\":0}                 | max_concurrency",
        "{\"max_concurrency\":1.5}               | max_concurrency",
        "{\"max_concurrency\":\"3\"}             | max_concurrency",
        "{\"max_concurrency\":1e3}               | max_concurrency",
        "{\"max_concurrency\":99999999999999999999} | max_concurrency",
        "{\"models\":\"gpt\"}                    | models",
        "{\"models\":[\"a b\"]}                  | models",
        "{\"models\":[\"a,b\"]}                  | models",
        "{\"models\":[\"\"]}                     | models",
        "{\"models\":[1]}                        | models",
        "{\"scopes\":[null]}                     | scopes",
        "{\"expires_at\":1893456000}             | expires_at",
        "{\"expires_at\":\"tomorrow\"}           | expires_at",
        "{\"expires_at\":\"2030-02-30T00:00:00Z\"} | expires_at",
        "{\"expires_at\":\"2030-01-01\"}         | expires_at",
        "{\"expires_at\":\"2030-01-01T00:00:00\"} | expires_at",
        "{\"expires_at\":\"1969-12-31T23:59:59.999Z\"} | expires_at",
        "{\"expires_at\":\"+999999999-01-01T00:00:00Z\"} | expires_at",
        "{\"rpm\":0}                             | rpm",
        "{\"no_such_field\":5}                   | no_such_field",
      })
  void aKey_thatIsWrong_isRefusedByField(String body, String param) throws Exception {
    assertRefused(call("POST", account + "/keys", body), 400, "invalid_request", param);
    assertRefused(call("PATCH", keyPath, body), 400, "invalid_request", param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"amount_usd\":1}                                   | kind",
        "{\"amount_usd\":1,\"kind\":\"gift\"}                 | kind",
        "{\"kind\":\"topup\"}                                 | amount_usd",
        "{\"amount_usd\":0,\"kind\":\"topup\"}                | amount_usd",
        "{\"amount_usd\":1e99,\"kind\":\"topup\"}             | amount_usd",
        "{\"amount_usd\":0.0000000001,\"kind\":\"topup\"}     | amount_usd",
        "{\"amount_usd\":1,\"kind\":\"topup\",\"reference\":1} | reference",
        "{\"amount_usd\":1,\"kind\":\"topup\",\"note\":\"x\"} | note",
      })
  void aCredit_thatIsWrong_isRefusedByField(String body, String param) throws Exception {
    assertRefused(call("POST", account + "/credits", body), 400, "invalid_request", param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"status\":\"frozen\"}       | status",
        "{\"status\":\"SUSPENDED\"}    | status",
        "{\"balance_usd\":1000000}     | balance_usd",
        "{\"price_multiplier\":\"\"}   | price_multiplier",
      })
  void aChange_thatIsWrong_isRefusedByField(String body, String param) throws Exception {
    assertRefused(call("PATCH", account, body), 400, "invalid_request", param);
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=0", "limit=1001", "limit=x", "limit="})
  void aPageSize_thatIsWrong_isRefused(String query) throws Exception {
    assertRefused(call("GET", ACCOUNTS + "?" + query, ""), 400, "invalid_request", "limit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"acct_nobody", "x", "%7Bs00%7D", "a%3Ab", "%00", "acct_%C3%A9"})
  void whatDoesNotExist_isNotFound(String id) throws Exception {
    String path = ACCOUNTS + "/" + id;

    assertRefused(call("GET", path, ""), 404, "not_found", "");
    assertRefused(call("PATCH", path, "{\"name\":\"x\"}"), 404, "not_found", "");
    assertRefused(
        call("POST", path + "/credits", "{\"amount_usd\":1,\"kind\":\"topup\"}"),
        404,
        "not_found",
        "");
    assertRefused(call("POST", path + "/keys", "{}"), 404, "not_found", "");
    assertRefused(call("GET", path + "/keys", ""), 404, "not_found", "");
    for (String method : List.of("GET", "PATCH", "DELETE")) {
      assertRefused(call(method, account + "/keys/" + id, "{}"), 404, "not_found", "");
    }
  }

  @Test
  void aKey_ofAnotherAccount_isNotFound() throws Exception {
    String other = ACCOUNTS + "/" + id(call("POST", ACCOUNTS, "{\"name\":\"Other\"}"));
    String key = keyPath.substring(keyPath.lastIndexOf('/') + 1);

    assertRefused(call("GET", other + "/keys/" + key, ""), 404, "not_found", "");
    assertRefused(
        call("PATCH", other + "/keys/" + key, "{\"status\":\"disabled\"}"), 404, "not_found", "");
    assertRefused(call("DELETE", other + "/keys/" + key, ""), 404, "not_found", "");
    assertThat(json(call("GET", keyPath, "")).path("status").asString()).isEqualTo("active");
  }
}
