package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.FakeProvider;
import dev.tollgate.provider.OpenAiAnswers;
import dev.tollgate.provider.ServedUsage;
import dev.tollgate.testing.LeakWatch;
import dev.tollgate.testing.RawClient;
import java.net.http.HttpResponse;
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

/** What an account may read of its money and its requests. */
@ExtendWith(LeakWatch.class)
class BillingApiTest {
  private static final OpenAiAnswers OPEN_AI =
      new OpenAiAnswers(67).reporting(new ServedUsage(10, 5, 0, 0, 20, 0));
  private static final String BODY =
      """
      {"model":"llama-3.3-70b","max_tokens":30,"messages":[{"role":"user","content":"Hello"}]}\
      """;

  private static FakeProvider provider;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(67);
    provider.on("/chat/completions", request -> OPEN_AI.chat(request).script());
    gateway =
        GatewayForTests.start(
            provider,
            GatewaySetup.sellingPremium(
                provider,
                """
                packages: [ { pay: 10, bonus_percent: 0 }, { pay: 50, bonus_percent: 5 }, { pay: 100, bonus_percent: 10 }, { pay: 200, bonus_percent: 15 } ]
                topup: { min: 5, max: 10000, presets: [10, 25, 50, 100] }
                plans:
                  developer: { name: "Developer", monthly_fee: 29, rpm: 600, allowances: { knowledge_bases: 5, storage_gb: 5 } }
                  enterprise: { name: "Enterprise", rpm: 10000, allowances: { knowledge_bases: unlimited } }
                  pro_plan: { name: "Pro Plan", funding: subscription, limits_usd: { 1d: 5, 7d: 30, 30d: 100 } }
                """));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  private static void chat(String key) throws Exception {
    assertThat(gateway.ask(key, "POST", "/v1/chat/completions", BODY).statusCode()).isEqualTo(200);
    gateway.awaitSettled(key);
  }

  private static void premium(String key) throws Exception {
    assertThat(gateway.ask(key, "GET", "/api/premium/routing", null).statusCode()).isEqualTo(200);
    gateway.awaitSettled(key);
  }

  // ---- transactions

  @Test
  void transactions_areTheLedger_newestFirst_andCentsAddUpToTheBalance() throws Exception {
    String key = gateway.createKey("50");
    gateway.credit(key, "2.50", "signup_bonus", "welcome 'x' 100%");
    chat(key);
    premium(key);

    JsonNode answer = gateway.get(key, "/v1/billing/transactions");

    JsonNode data = answer.path("data");
    assertThat(answer.path("meta").toString())
        .isEqualTo("{\"page\":1,\"per_page\":20,\"total\":4}");
    assertThat(data.size()).isEqualTo(4);
    JsonNode premium = data.path(0);
    String request = premium.path("reference_id").asString();
    assertThat(request).startsWith("req_");
    assertThat(premium.toString())
        .isEqualTo(
            """
            {"id":"%s:settle","kind":"debit_request","amount_cents":-2,"balance_after_cents":5247,\
            "reference_id":"%s","created_at":"%s","amount_usd":-0.02,\
            "description":"API call"}\
            """
                .formatted(request, request, premium.path("created_at").asString()));
    assertThat(data.path(1).path("kind").asString()).isEqualTo("debit_inference");
    assertThat(data.path(1).path("description").asString()).isEqualTo("Inference: llama-3.3-70b");
    assertThat(data.path(1).path("amount_usd").decimalValue()).isEqualByComparingTo("-0.000015");
    assertThat(data.path(2).path("reference_id").asString()).isEqualTo("welcome 'x' 100%");
    assertThat(data.path(3).path("kind").asString()).isEqualTo("topup");
    assertThat(data.path(3).path("amount_cents").asLong()).isEqualTo(5000);
    long sum = 0;
    for (JsonNode entry : data) {
      sum += entry.path("amount_cents").asLong();
      assertThat(Instant.parse(entry.path("created_at").asString())).isBefore(Instant.MAX);
    }
    assertThat(sum)
        .isEqualTo(
            gateway.get(key, "/v1/billing/balance").path("data").path("balance_cents").asLong());
    assertThat(gateway.get(key, "/api/v1/billing/transactions")).isEqualTo(answer);
  }

  @Test
  void transactions_arePagedAndFiltered_andEmptyBeyondTheEnd() throws Exception {
    String key = gateway.createKey("50");
    for (int i = 0; i < 4; i++) {
      premium(key);
    }

    JsonNode second = gateway.get(key, "/v1/billing/transactions?page=2&per_page=2");
    JsonNode beyond = gateway.get(key, "/v1/billing/transactions?page=1000000000&per_page=100");
    JsonNode topups = gateway.get(key, "/v1/billing/transactions?kind=topup");
    JsonNode both = gateway.get(key, "/v1/billing/transactions?kind=topup,debit_request");

    assertThat(second.path("data").size()).isEqualTo(2);
    assertThat(second.path("meta").path("total").asLong()).isEqualTo(5);
    assertThat(beyond.path("data").size()).isZero();
    assertThat(beyond.path("meta").path("total").asLong()).isEqualTo(5);
    assertThat(topups.path("meta").path("total").asLong()).isEqualTo(1);
    assertThat(both.path("meta").path("total").asLong()).isEqualTo(5);
  }

  @Test
  void usage_tellsCallsOfNoModelApart_andAddsUp() throws Exception {
    String key = gateway.createKey("50");
    String sibling = gateway.createSibling(key);
    chat(key);
    premium(sibling);
    premium(sibling);

    JsonNode usage = gateway.get(key, "/v1/billing/usage?group_by=model");

    assertThat(usage.has("endpoints")).isFalse();
    assertThat(usage.path("daily").size()).isEqualTo(1);
    assertThat(usage.path("models").path(0).path("model").isNull()).isTrue();
    assertThat(usage.path("models").path(0).path("requests").asLong()).isEqualTo(2);
    assertThat(usage.path("models").path(1).path("model").asString()).isEqualTo("llama-3.3-70b");
    assertThat(usage.path("keys").path(0).path("key_id").asString())
        .as("the dearest first")
        .isEqualTo(gateway.keyRef(sibling).key().value());
    assertThat(usage.path("total").path("cost").decimalValue()).isEqualByComparingTo("0.040015");
    assertThat(gateway.get(sibling, "/v1/usage").path("model_stats").size()).isZero();
    assertThat(gateway.get(key, "/v1/usage").path("model_stats").toString())
        .isEqualTo(
            "[{\"model\":\"llama-3.3-70b\",\"requests\":1,\"tokens\":35,\"cost\":0.000015}]");
  }

  // ---- bad input

  @ParameterizedTest
  @CsvSource({
    "transactions, per_page, 0",
    "transactions, per_page, -1",
    "transactions, per_page, 101",
    "transactions, per_page, 1000000",
    "transactions, per_page, 99999999999999999999",
    "transactions, per_page, ten",
    "transactions, per_page, 1.5",
    "transactions, per_page, %D9%A1",
    "transactions, page, 0",
    "transactions, page, -5",
    "transactions, page, 1000000001",
    "transactions, page, 1%27%20OR%201=1",
    "transactions, kind, release",
    "transactions, kind, topup'--",
    "transactions, kind, ''",
    "usage, start_date, yesterday",
    "usage, start_date, 2026-02-30",
    "usage, start_date, 2026-2-3",
    "usage, start_date, 0000-01-01",
    "usage, start_date, 2026-11-26T00:00:00Z",
    "usage, start_date, 1980-01-01",
    "usage, start_date, 9999-12-31",
    "usage, end_date, '2026-01-01%27;DROP%20TABLE%20requests;--'",
    "usage, end_date, ''",
    "usage, group_by, day",
    "usage, group_by, model%25",
    "requests, status, 600",
    "requests, status, ok",
    "requests, limit, 0",
    "requests, limit, 1001",
    "requests, cursor, 5",
    "requests, cursor, p-1",
    "requests, cursor, p0001",
    "requests, cursor, pzzzzzzzzzzzzzzzzz",
    "requests, cursor, %25'%22",
    "requests, start_date, %F0%9F%90%99",
    "requests, end_date, 2026-13-01",
    "requests, model, ''"
  })
  void nonsense_isA400_thatNamesTheParameter(String call, String parameter, String value)
      throws Exception {
    String key = gateway.createKey("1");

    HttpResponse<String> answer =
        gateway.ask(key, "GET", "/v1/billing/" + call + "?" + parameter + "=" + value, null);

    assertThat(answer.statusCode()).isEqualTo(400);
    JsonNode error = json(answer).path("error");
    assertThat(error.path("code").asString()).isEqualTo("invalid_request");
    assertThat(error.path("param").asString()).isEqualTo(parameter);
    assertThat(error.path("message").asString()).contains(parameter);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/billing/transactions?kind=%00",
        "/v1/billing/requests?model=a%00b",
        "/v1/billing/requests?endpoint=%00",
        "/v1/billing/requests?key=%00",
        "/v1/billing/requests?cursor=%00",
        "/v1/billing/usage?start_date=%00",
        "/v1/usage?start_date=%00",
        "/v1/usage?end_date=2026-11-26%00"
      })
  void aNul_isRefused(String target) throws Exception {
    assertThat(gateway.ask(gateway.createKey("1"), "GET", target, null).statusCode())
        .isEqualTo(400);
  }

  @Test
  void aParameter_thatIsSentTwice_isRefused_andAnUnknownOneIsNot() throws Exception {
    String key = gateway.createKey("1");

    assertThat(gateway.ask(key, "GET", "/v1/billing/transactions?page=1&page=2", null).statusCode())
        .isEqualTo(400);
    assertThat(gateway.ask(key, "GET", "/v1/billing/transactions?_=17", null).statusCode())
        .isEqualTo(200);
  }

  @Test
  void theDaysOfUsage_areRefusedInTheDialectOfTheirRoute() throws Exception {
    String key = gateway.createKey("1");

    HttpResponse<String> nonsense = gateway.ask(key, "GET", "/v1/usage?end_date=soon", null);
    HttpResponse<String> backwards =
        gateway.ask(key, "GET", "/v1/usage?start_date=2026-05-06&end_date=2026-05-05", null);
    HttpResponse<String> tooLong =
        gateway.ask(key, "GET", "/v1/usage?start_date=2025-05-06&end_date=2026-05-07", null);

    assertThat(nonsense.statusCode()).isEqualTo(400);
    assertThat(json(nonsense).path("error").path("type").asString())
        .isEqualTo("invalid_request_error");
    assertThat(json(nonsense).path("error").path("param").asString()).isEqualTo("end_date");
    assertThat(json(backwards).path("error").path("param").asString()).isEqualTo("start_date");
    assertThat(json(tooLong).path("error").path("param").asString()).isEqualTo("start_date");
    assertThat(gateway.ask(key, "GET", "/v1/usage?end_date=1970-01-01", null).statusCode())
        .isEqualTo(200);
    assertThat(gateway.ask("no-key", "GET", "/v1/usage?end_date=soon", null).statusCode())
        .as("the key comes first")
        .isEqualTo(401);
  }

  // ---- requests

  @Test
  void requests_areListed_withAllThatIsKnown() throws Exception {
    String key = gateway.createKey("1");
    chat(key);

    JsonNode row = gateway.get(key, "/v1/billing/requests").path("data").path(0);

    assertThat(row.toString())
        .isEqualTo(
            """
            {"id":"%s","created_at":"%s","ended_at":"%s","key_id":"%s","model":"llama-3.3-70b",\
            "endpoint":"/v1/chat/completions","provider":"openai-fake","status":200,\
            "outcome":"settled","streamed":false,"input_tokens":10,"output_tokens":20,\
            "cache_creation_tokens":0,"cache_read_tokens":5,"total_tokens":35,"cost":0.000015,\
            "actual_cost":0.000015,"latency_ms":%d,"time_to_first_token_ms":%d,\
            "estimated_reason":null}\
            """
                .formatted(
                    row.path("id").asString(),
                    row.path("created_at").asString(),
                    row.path("ended_at").asString(),
                    gateway.keyRef(key).key().value(),
                    row.path("latency_ms").asLong(-1),
                    row.path("time_to_first_token_ms").asLong(-1)));
    assertThat(gateway.generation(key, row.path("id").asString()).path("cost"))
        .isEqualTo(row.path("cost"));
  }

  @Test
  void requests_areFiltered_byWhatTheyAre() throws Exception {
    String key = gateway.createKey("1");
    String sibling = gateway.createSibling(key);
    chat(key);
    premium(sibling);
    String siblingId = gateway.keyRef(sibling).key().value();
    String log = "/v1/billing/requests?";

    assertThat(gateway.get(key, log + "limit=10").path("data").size()).isEqualTo(2);
    assertThat(gateway.get(key, log + "key=" + siblingId).path("data").size()).isEqualTo(1);
    assertThat(gateway.get(key, log + "model=llama-3.3-70b").path("data").size()).isEqualTo(1);
    assertThat(gateway.get(key, log + "model=llama%25").path("data").size()).isZero();
    assertThat(gateway.get(key, log + "model='%20OR%20''='").path("data").size()).isZero();
    assertThat(gateway.get(key, log + "endpoint=/api/premium/routing").path("data").size())
        .isEqualTo(1);
    assertThat(gateway.get(key, log + "status=200").path("data").size()).isEqualTo(2);
    assertThat(gateway.get(key, log + "status=404").path("data").size()).isZero();
    assertThat(gateway.get(key, log + "end_date=2020-01-01").path("data").size()).isZero();
    assertThat(gateway.get(key, log + "start_date=2020-01-01").path("data").size()).isEqualTo(2);
  }

  @Test
  void aKeyOfAnotherAccount_isNotFound_likeOneThatNeverWas() throws Exception {
    String key = gateway.createKey("1");
    String stranger = gateway.createKey("1");
    chat(stranger);
    String log = "/v1/billing/requests?key=";

    HttpResponse<String> foreign =
        gateway.ask(key, "GET", log + gateway.keyRef(stranger).key().value(), null);
    HttpResponse<String> unknown = gateway.ask(key, "GET", log + "key_00000000000000000000", null);
    HttpResponse<String> injected = gateway.ask(key, "GET", log + "'%20OR%201=1--%25", null);

    assertThat(foreign.statusCode()).isEqualTo(404);
    assertThat(foreign.body()).isEqualTo(unknown.body()).isEqualTo(injected.body());
    assertThat(gateway.get(key, "/v1/billing/requests").path("data").size()).isZero();
  }

  @Test
  void aCursor_walksThroughAll_each_once() throws Exception {
    String key = gateway.createKey("1");
    for (int i = 0; i < 5; i++) {
      premium(key);
    }
    List<String> ids = new ArrayList<>();
    String target = "/v1/billing/requests?limit=2";
    for (JsonNode page = gateway.get(key, target); ; ) {
      page.path("data").forEach(row -> ids.add(row.path("id").asString()));
      JsonNode next = page.path("meta").path("next_cursor");
      if (next.isNull() || ids.size() > 5) {
        break;
      }
      page = gateway.get(key, target + "&cursor=" + next.asString());
    }

    assertThat(ids).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void csv_isTheSameTable() throws Exception {
    String key = gateway.createKey("1");
    premium(key);
    premium(key);

    HttpResponse<String> answer =
        gateway.ask(key, "GET", "/v1/billing/requests?limit=1", null, "accept", "text/csv");

    JsonNode meta = gateway.get(key, "/v1/billing/requests?limit=1");
    JsonNode row = meta.path("data").path(0);
    assertThat(answer.headers().firstValue("content-type")).hasValue("text/csv; charset=utf-8");
    assertThat(answer.headers().firstValue("vary")).hasValue("Accept");
    assertThat(answer.headers().firstValue("x-next-cursor"))
        .hasValue(meta.path("meta").path("next_cursor").asString());
    String[] lines = answer.body().split("\r\n", -1);
    assertThat(lines).hasSize(3);
    assertThat(lines[0]).isEqualTo(String.join(",", row.propertyNames()));
    assertThat(lines[1])
        .startsWith(row.path("id").asString() + ",")
        .contains(",,/api/premium/routing,feed,200,settled,false,0,0,0,0,0,0.02,");
    assertThat(lines[2]).isEmpty();
  }

  @Test
  void json_isToldFromCsv_byWhatIsAcceptedFirst() throws Exception {
    String key = gateway.createKey("1");
    String log = "/v1/billing/requests";

    assertThat(gateway.ask(key, "GET", log, null, "accept", "application/json, text/csv").body())
        .startsWith("{");
    assertThat(gateway.ask(key, "GET", log, null, "accept", "Text/CSV;q=0.9, */*").body())
        .startsWith("id,");
    assertThat(gateway.ask(key, "GET", log, null, "accept", "*/*").body()).startsWith("{");
  }

  // ---- what is offered

  @Test
  void packages_areThoseOfTheCard() throws Exception {
    JsonNode answer = gateway.get(gateway.createKey("0"), "/v1/billing/packages");

    assertThat(answer.toString())
        .isEqualTo(
            """
            {"data":[\
            {"pay_cents":1000,"balance_cents":1000,"pay_usd":10,"balance_usd":10,"bonus_usd":0,"bonus_percent":0},\
            {"pay_cents":5000,"balance_cents":5250,"pay_usd":50,"balance_usd":52.5,"bonus_usd":2.5,"bonus_percent":5},\
            {"pay_cents":10000,"balance_cents":11000,"pay_usd":100,"balance_usd":110,"bonus_usd":10,"bonus_percent":10},\
            {"pay_cents":20000,"balance_cents":23000,"pay_usd":200,"balance_usd":230,"bonus_usd":30,"bonus_percent":15}],\
            "topup":{"min_usd":5,"max_usd":10000,"presets_usd":[10,25,50,100]}}\
            """);
  }

  @Test
  void plans_areThoseOfTheCard() throws Exception {
    JsonNode answer = gateway.get(gateway.createKey("0"), "/api/v1/billing/plans");

    assertThat(answer.toString())
        .isEqualTo(
            """
            {"data":[\
            {"id":"developer","name":"Developer","funding":"wallet","monthly_fee_usd":29,"rpm":600,\
            "allowances":{"knowledge_bases":5,"storage_gb":5},"limits_usd":{},"price_multiplier":1},\
            {"id":"enterprise","name":"Enterprise","funding":"wallet","monthly_fee_usd":null,"rpm":10000,\
            "allowances":{"knowledge_bases":"unlimited"},"limits_usd":{},"price_multiplier":1},\
            {"id":"pro_plan","name":"Pro Plan","funding":"subscription","monthly_fee_usd":null,"rpm":null,\
            "allowances":{},"limits_usd":{"1d":5,"7d":30,"30d":100},"price_multiplier":1}]}\
            """);
  }

  // ---- access

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/billing/transactions",
        "/v1/billing/usage",
        "/v1/billing/requests",
        "/v1/billing/packages",
        "/v1/billing/plans",
        "/v1/billing/spending_limits",
        "/api/v1/billing/requests",
        "/v1/usage",
        "/v1/keys"
      })
  void withoutAKey_nothingIsTold_andASuspendedAccountMayLook(String path) throws Exception {
    String key = gateway.createKey("1");
    gateway.suspend(key);
    int status;
    try (RawClient client = gateway.connect()) {
      status = client.request("GET", path).readAnswer().status();
    }

    assertThat(status).isEqualTo(401);
    assertThat(gateway.ask("tg_live_unknown", "GET", path, null).statusCode()).isEqualTo(401);
    assertThat(gateway.ask(key, "GET", path, null).statusCode()).isEqualTo(200);
    assertThat(gateway.ask(key, "PUT", path, "{}").statusCode()).isEqualTo(405);
    gateway.revoke(key);
    assertThat(gateway.ask(key, "GET", path, null).statusCode()).isEqualTo(401);
  }
}
