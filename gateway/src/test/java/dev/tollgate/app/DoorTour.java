package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.http.Json;
import dev.tollgate.openapi.ApiDescription;
import dev.tollgate.openapi.ApiDescription.Port;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What customers see and set about their accounts, and operators about all, well and badly. */
final class DoorTour {
  private static final String ACCOUNTS = "/admin/v1/accounts";
  private static final String NOBODY = ACCOUNTS + "/acct_nobody";
  private static final String NO_KEY = "key_00000000000000000000";
  private static final String CREDIT = "{\"amount_usd\":1,\"kind\":\"topup\"}";

  /** What sets the daily limit, and with what. */
  private static final Map<String, String> LIMITING =
      Map.of(
          "POST /api/payment/spend-cap", "{\"daily_cap\":50}",
          "PATCH /v1/billing/spending_limits", "{\"daily_limit\":1000}",
          "PATCH /api/v1/billing/spending_limits", "{\"daily_limit\":1000}");

  /** What the card of a tour needs. */
  static final String RATES =
      """
      plans:
        free: { monthly_fee: 0, rpm: 600 }
        dear: { monthly_fee: 1000, rpm: 600 }
      """;

  private static final int KEYS_MAX = 1_000;
  private static final int BUDGETS_MAX = 32;

  private DoorTour() {}

  // ---- customers

  static void account(GatewayForTests gateway) throws IOException {
    String key = gateway.createKey("10");
    looks(gateway, key);
    String limited = secret(gateway.ask(key, "POST", "/v1/keys", "{\"quota_usd\":1}").body());
    for (Map.Entry<String, String> setting : LIMITING.entrySet()) {
      String[] call = setting.getKey().split(" ", -1);
      gateway.ask(key, call[0], call[1], setting.getValue());
      gateway.ask(limited, call[0], call[1], setting.getValue());
    }
    plans(gateway, key, limited);
    ownKeys(gateway, key, limited);
    runs(gateway, key);
    gateway.ask(limited, "POST", "/api/payment/revoke", "");
    full(gateway);
  }

  private static void plans(GatewayForTests gateway, String... keys) throws IOException {
    for (String key : keys) {
      for (String path : List.of("/v1/billing/plan", "/api/v1/billing/plan")) {
        gateway.ask(key, "PUT", path, "{\"plan\":\"dear\"}");
        gateway.ask(key, "PUT", path, "{\"plan\":\"free\"}");
        gateway.ask(key, "GET", path, null);
        gateway.ask(key, "PUT", path, "{\"plan\":null}");
      }
    }
  }

  private static void looks(GatewayForTests gateway, String key) throws IOException {
    String request =
        gateway
            .ask(
                key,
                "POST",
                "/v1/chat/completions",
                "{\"model\":\"llama-3.3-70b\",\"messages\":[]}")
            .headers()
            .firstValue("x-request-id")
            .orElseThrow();
    for (Map.Entry<String, Set<String>> path :
        ApiDescription.get().operations(Port.PUBLIC).entrySet()) {
      boolean isOfObjects = path.getKey().matches("/v1/(files|batches|fine_tuning|responses).*");
      boolean isOfInvoice = path.getKey().contains("{invoice}");
      if (path.getValue().contains("GET") && !isOfObjects && !isOfInvoice) {
        String target =
            path.getKey()
                .replace("{key_id}", NO_KEY)
                .replace("{request_id}", request)
                .replace("{session}", "none")
                .replaceAll("\\{\\w+}", "x");
        gateway.ask(key, "GET", target, null);
        gateway.ask(key, "GET", target + "?key=" + NO_KEY, null);
      }
    }
    gateway.ask(key, "GET", "/v1/generations/req_0123456789abcdefghjkmnpq", null);
    gateway.ask(key, "GET", "/v1/billing/requests", null, "accept", "text/csv");
    for (String page : List.of("/account", "/account/console.js")) {
      gateway.ask("", "GET", page, null);
      gateway.ask("", "GET", page, null, "if-none-match", "*");
    }
  }

  private static void ownKeys(GatewayForTests gateway, String key, String limited)
      throws IOException {
    String other = "/v1/keys/" + id(gateway.ask(key, "POST", "/v1/keys", "{}").body());
    for (String path : List.of(other, "/v1/keys/" + NO_KEY)) {
      gateway.ask(limited, "POST", "/v1/keys", "{}");
      gateway.ask(limited, "PATCH", path, "{}");
      gateway.ask(limited, "DELETE", path, null);
      gateway.ask(key, "GET", path, null);
      gateway.ask(key, "PATCH", path, "{\"name\":\"other\"}");
      gateway.ask(key, "DELETE", path, null);
      gateway.ask(key, "PATCH", path, "{\"name\":\"gone\"}");
    }
  }

  /** Of a trusted backend, and of one that is not. */
  private static void runs(GatewayForTests gateway, String key) throws IOException {
    String trusted = gateway.createKey("1", "{\"scopes\":[\"meter\"]}");
    String paced =
        gateway.createKey(
            "1",
            """
            {"scopes":["meter"],"models":["other"],"budgets":[{"name":"none","unit":"requests",\
            "period":"rolling:1m","limit":0}]}\
            """);
    String unknown = "{\"run\":{\"model\":\"nobody\",\"epochs\":1,\"training_tokens\":1}}";
    String trained = "{\"run\":{\"model\":\"toll-base\",\"epochs\":1,\"training_tokens\":1}}";
    for (String prefix : List.of("/v1/billing", "/api/v1/billing")) {
      String holds = prefix + "/holds";
      gateway.ask(key, "POST", holds, "{}");
      gateway.ask(paced, "POST", holds, "{\"amount_cents\":1}");
      for (String body :
          List.of("{}", unknown, "{\"amount_cents\":1000}", "{\"amount_cents\":1}", trained)) {
        gateway.ask(trusted, "POST", holds, body, "idempotency-key", "toured" + prefix.length());
      }
      String held =
          field(
              Json.write(
                  Json.parse(
                          gateway
                              .ask(trusted, "POST", holds, "{\"amount_cents\":1}")
                              .body()
                              .getBytes(UTF_8))
                      .path("data")),
              "id");
      String released =
          field(
              Json.write(
                  Json.parse(
                          gateway
                              .ask(trusted, "POST", holds, "{\"amount_cents\":1}")
                              .body()
                              .getBytes(UTF_8))
                      .path("data")),
              "id");
      for (String id : List.of("hold_unknown", held)) {
        String one = holds + "/" + id;
        gateway.ask(key, "GET", one, null);
        gateway.ask(trusted, "GET", one, null);
        gateway.ask(key, "POST", one + "/settle", "{}");
        for (String body : List.of("{}", "{\"amount_cents\":1}", "{\"amount_cents\":2}")) {
          gateway.ask(trusted, "POST", one + "/settle", body);
        }
        gateway.ask(key, "POST", one + "/release", "");
        gateway.ask(trusted, "POST", one + "/release", "");
      }
      gateway.ask(trusted, "POST", holds + "/" + released + "/release", "{\"a\":1}");
      gateway.ask(trusted, "POST", holds + "/" + released + "/release", "");
      for (String body : List.of("{}", unknown, trained)) {
        gateway.ask(trusted, "POST", prefix + "/estimate", body);
      }
      gateway.ask(paced, "POST", prefix + "/estimate", trained);
    }
  }

  /** An account that has as much as it may have. */
  private static void full(GatewayForTests gateway) throws IOException {
    String key = gateway.createKey("0");
    try (RawClient client = gateway.connectOps()) {
      String admin = "Bearer " + gateway.adminToken();
      for (int i = 1; i < KEYS_MAX; i++) {
        client.post(gateway.accountPath(key) + "/keys", "{}", "authorization", admin).readAnswer();
      }
    }
    gateway.ask(key, "POST", "/v1/keys", "{}");
    String budgets =
        IntStream.range(0, BUDGETS_MAX)
            .mapToObj("{\"name\":\"b%d\",\"unit\":\"usd\",\"limit\":1}"::formatted)
            .collect(Collectors.joining(","));
    gateway.changeAccount(key, "{\"budgets\":[" + budgets + "]}");
    plans(gateway, key);
    for (String plan : List.of("free", "dear")) {
      ops(gateway, "PATCH", gateway.accountPath(key), "{\"plan\":\"" + plan + "\"}");
      ops(gateway, "POST", ACCOUNTS, "{\"name\":\"Toured\",\"plan\":\"" + plan + "\"}");
    }
    for (Map.Entry<String, String> setting : LIMITING.entrySet()) {
      String[] call = setting.getKey().split(" ", -1);
      gateway.ask(key, call[0], call[1], setting.getValue());
    }
  }

  // ---- operators

  static void operator(GatewayForTests gateway) throws Exception {
    String made = ops(gateway, "POST", ACCOUNTS, "{\"name\":\"Toured\"}");
    String account = ACCOUNTS + "/" + id(made);
    for (String path : List.of(account, NOBODY)) {
      ops(gateway, "GET", path, null);
      ops(gateway, "PATCH", path, "{\"email\":\"a@b.example\",\"daily_limit_usd\":5}");
      for (String credit : List.of(CREDIT, CREDIT, CREDIT.replace("1", "2"))) {
        credit(gateway, path, credit);
      }
      String key = id(ops(gateway, "POST", path + "/keys", "{\"windows_usd\":{\"5h\":1}}"));
      ops(gateway, "GET", path + "/keys", null);
      String keyPath = path + "/keys/" + (key.isEmpty() ? NO_KEY : key);
      ops(gateway, "GET", keyPath, null);
      ops(gateway, "PATCH", keyPath, "{\"rpm\":5}");
      ops(gateway, "DELETE", keyPath, null);
    }
    for (String path : ApiDescription.get().operations(Port.OPS).keySet()) {
      if (!path.contains("{") && !path.equals("/admin/v1/audit") && !path.endsWith("/reload")) {
        ops(gateway, "GET", path, null);
      }
    }
    reload(gateway);
  }

  /** What writes in the ledger. */
  static void books(GatewayForTests gateway, String key) throws IOException {
    ops(gateway, "POST", ACCOUNTS, "{\"name\":\"Toured\"}");
    credit(gateway, gateway.accountPath(key), CREDIT);
  }

  private static void reload(GatewayForTests gateway) throws IOException {
    ops(gateway, "POST", "/admin/v1/reload", null);
    gateway.editRates(rates -> rates.replace("input: 0.20", "input: -1"));
    ops(gateway, "POST", "/admin/v1/reload", null);
    gateway.editRates(rates -> rates.replace("input: -1", "input: 0.20"));
    ops(gateway, "POST", "/admin/v1/reload", null);
  }

  private static void credit(GatewayForTests gateway, String path, String credit)
      throws IOException {
    gateway.askOps(
        gateway.adminToken(), "POST", path + "/credits", credit, "idempotency-key", "toured");
  }

  private static String ops(
      GatewayForTests gateway, String method, String path, @Nullable String body)
      throws IOException {
    return gateway.askOps(gateway.adminToken(), method, path, body).body();
  }

  private static String id(String document) {
    return field(document, "id");
  }

  private static String secret(String document) {
    return field(document, "key");
  }

  /** Empty where there is none. */
  private static String field(String document, String name) {
    JsonNode json = Json.parse(document.getBytes(UTF_8));
    return json.path(name).asString("");
  }
}
