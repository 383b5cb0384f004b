package dev.tollgate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.RawClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator.ValidationResponse;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The commands of operators and customers, against a gateway that runs. */
class CommandsIT {
  private static final String NO_GATEWAY = "http://127.0.0.1:1";

  @TempDir private static Path directory;

  private static FakeProvider provider;
  private static GatewayFolder folder;
  private static ServingGateway gateway;

  private record Ran(int exit, String out, String err) {
    /** The value beside that name, in a list of fields. */
    String field(String name) {
      Matcher line = Pattern.compile("(?m)^" + name + " +(.+)$").matcher(out);
      assertThat(line.find()).as("%s in %s", name, out).isTrue();
      return line.group(1);
    }

    JsonNode json() {
      assertThat(out.lines()).as(out).hasSize(1);
      return Json.parse(out.getBytes(UTF_8));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(23);
    folder = GatewayFolder.of(directory, provider);
    folder.replace(
        "rate_card: rates.yaml", "rate_card: rates.yaml\npayments: { provider: simulated }");
    gateway = folder.serve();
  }

  @AfterAll
  static void stop() throws Exception {
    folder.close();
    provider.close();
  }

  @Test
  void accounts_areCreatedShownListedAndSuspended() throws Exception {
    Ran created = good("accounts", "create", "First customer", "--email", "a@example.org");
    String id = created.field("id");

    assertThat(created.field("name")).isEqualTo("First customer");
    assertThat(good("accounts", "show", id).field("balance_usd")).isEqualTo("0");
    assertThat(good("accounts", "list").out().lines())
        .first()
        .asString()
        .startsWith("id ")
        .contains("balance_usd");
    assertThat(good("accounts", "list").out()).contains(id + "  First customer  active");
    assertThat(good("accounts", "suspend", id).field("status")).isEqualTo("suspended");
    assertThat(good("accounts", "suspend", id, "--lift").field("status")).isEqualTo("active");
  }

  @Test
  void accounts_asJson_areWhatTheGatewayAnswers() throws Exception {
    JsonNode created =
        good("accounts", "create", "Second", "--price-multiplier", "0.9", "--json").json();
    String id = created.path("id").asString();

    assertThat(created.path("price_multiplier").decimalValue()).isEqualByComparingTo("0.9");
    assertThat(good("accounts", "show", id, "--json").json()).isEqualTo(created);
    assertThat(good("accounts", "list", "--json").json().path("data")).contains(created);
    assertThat(good("accounts", "suspend", "--json", id).json().path("status").asString())
        .isEqualTo("suspended");
  }

  @Test
  void accounts_listedByPages_areAllThere() throws Exception {
    String first = newAccount();
    String second = newAccount();

    JsonNode page = good("accounts", "list", "--after", first, "--limit", "1", "--json").json();

    assertThat(page.path("data")).hasSize(1);
    assertThat(page.path("data").path(0).path("id").asString()).isEqualTo(second);
  }

  @Test
  void keys_areCreatedListedAndRevoked() throws Exception {
    String account = newAccount();
    Ran created =
        good(
            "keys",
            "create",
            account,
            "--name",
            "laptop",
            "--quota-usd",
            "1.50",
            "--max-concurrency",
            "4",
            "--models",
            "llama*,bge*");
    String id = created.field("id");

    assertThat(created.field("key")).startsWith("tg_live_");
    Ran listed = good("keys", "list", account);
    assertThat(listed.out())
        .contains(id + "  laptop  tg_live_")
        .contains("  active  quota 0/1.5 USD; concurrency 0/4  llama*,bge*  ");
    assertThat(listed.out()).doesNotContain(created.field("key"));
    JsonNode key = good("keys", "list", account, "--json").json().path("data").path(0);
    assertThat(key.path("max_concurrency").asInt()).isEqualTo(4);
    assertThat(key.path("models")).hasSize(2);
    assertThat(good("keys", "revoke", account, id).field("status")).isEqualTo("revoked");
    assertThat(good("keys", "create", account, "--json").json().path("key").asString())
        .startsWith("tg_live_");
  }

  @Test
  void keys_takeEveryLimit_andAreChanged() throws Exception {
    String account = newAccount();
    String created =
        """
        keys create %s --quota 10 --window 5h=5 --window 7d=50.25 --window-kind first_use
        --rpm 600 --tpm 200000 --max-concurrency 8 --model llama* --model bge* --scope meter
        --expires 2030-12-31T23:59:59Z
        --budget name=opus,unit=usd,period=rolling:5h,limit=3,model=a,model=b
        """
            .formatted(account);
    String id = good(words(created)).field("id");

    JsonNode key = good("keys", "show", account, id, "--json").json();
    assertThat(key.path("quota_usd").decimalValue()).isEqualByComparingTo("10");
    assertThat(key.path("windows_usd").path("7d").decimalValue()).isEqualByComparingTo("50.25");
    assertThat(key.path("rpm").asInt()).isEqualTo(600);
    assertThat(key.path("tpm").asInt()).isEqualTo(200_000);
    assertThat(key.path("max_concurrency").asInt()).isEqualTo(8);
    assertThat(key.path("models")).hasSize(2);
    assertThat(key.path("scopes")).hasSize(1);
    assertThat(key.path("expires_at").asString()).isEqualTo("2030-12-31T23:59:59Z");
    Ran shown = good("keys", "show", account, id);
    assertThat(shown.out())
        .containsPattern(
            "(?m)^budget +unit +period +limit +used +held +remaining +reset_at +models$")
        .containsPattern("(?m)^7d +usd +first_use:7d +50.25 +0 +0 +50.25 +- +-$")
        .containsPattern("(?m)^opus +usd +rolling:5h +3 +0 +0 +3 +- +a,b$");

    String changed =
        """
        keys change %s %s --window 5h=none --rpm 5 --quota none --expires never
        --budget name=opus,limit=none
        """
            .formatted(account, id);
    good(words(changed));
    key = good("keys", "show", account, id, "--json").json();
    assertThat(key.path("quota_usd").isNull()).isTrue();
    assertThat(key.path("windows_usd").propertyNames()).containsExactly("7d");
    assertThat(key.path("rpm").asInt()).isEqualTo(5);
    assertThat(key.path("expires_at").isNull()).isTrue();
    assertThat(key.path("budgets")).hasSize(4);
  }

  @Test
  void accounts_arePutOnPlans() throws Exception {
    String account = newAccount();

    Ran changed = good("accounts", "change", account, "--plan", "pro", "--plan-fee-usd", "0");

    assertThat(changed.field("plan")).isEqualTo("pro");
    assertThat(changed.field("plan_status")).isEqualTo("active");
    assertThat(changed.field("plan_fee_usd")).isEqualTo("0");
    assertThat(good("accounts", "change", account, "--plan", "none").field("plan")).isEqualTo("-");
  }

  @Test
  void accounts_takeADailyLimitAndBudgets() throws Exception {
    String account = newAccount();

    String line =
        """
        accounts change %s --daily-limit 25 --email b@example.org
        --budget name=month,unit=tokens,period=calendar:month,limit=1000000
        """
            .formatted(account);
    Ran changed = good(words(line));

    assertThat(changed.field("daily_limit_usd")).isEqualTo("25");
    assertThat(changed.field("email")).isEqualTo("b@example.org");
    assertThat(changed.out())
        .containsPattern("(?m)^daily_spending_limit +usd +calendar:day +25 +0 +0 +25 +20.*Z +-$")
        .containsPattern("(?m)^month +tokens +calendar:month +1000000 +0 +0 +1000000 +20.*Z +-$");
    assertThat(good("accounts", "show", account).out()).isEqualTo(changed.out());
    assertThat(
            good("accounts", "change", account, "--daily-limit", "none").field("daily_limit_usd"))
        .isEqualTo("-");
  }

  @Test
  void audit_ofBooksThatAgree_exitsWithZero() throws Exception {
    ServingGateway.Customer customer = gateway.customerWithUsd(10);
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      ServingGateway.ask(client, customer, false);
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    assertThat(good("audit").out()).matches("ok: .* accounts, .* entries and .* open holds agree");
    JsonNode report = good("audit", "--json").json();
    assertThat(report.path("ok").asBoolean()).isTrue();
    assertThat(report.path("accounts").asLong()).isPositive();
    assertThat(report.path("entries").asLong()).isPositive();
    assertThat(report.path("differences")).isEmpty();
  }

  @Test
  void audit_ofBooksThatDiffer_saysWhereAndExitsWithThree() throws Exception {
    String account = newAccount();
    good("credit", account, "25");
    folder.changeBalance(account, 24_000_000_000L);
    try {
      Ran table = run(operator(), "audit");
      Ran json = run(operator(), "audit", "--json");

      assertThat(table.exit()).as(table.err()).isEqualTo(3);
      assertThat(table.out()).containsPattern("(?m)^" + account + " +balance +- +usd +25 +24$");
      assertThat(table.out())
          .containsPattern("(?m)^" + account + " +archived_balance +- +usd +25 +24$");
      assertThat(table.err()).contains("2 differences in ");
      assertThat(json.exit()).isEqualTo(3);
      assertThat(json.json().path("ok").asBoolean()).isFalse();
      assertThat(json.json().path("differences").findValuesAsString("what"))
          .containsExactly("archived_balance", "balance");
    } finally {
      folder.changeBalance(account, 25_000_000_000L);
    }
    assertThat(good("audit").out()).startsWith("ok: ");
  }

  @Test
  void audit_withoutAGateway_exitsWithOne() throws Exception {
    assertSentence(bad("audit", "--ops-url", NO_GATEWAY), 1, "no gateway answers");
  }

  @Test
  void credit_withAnIdempotencyKey_isBookedOnce() throws Exception {
    String account = newAccount();
    String[] topUp = {"credit", account, "25", "--idempotency-key", "invoice-7"};

    Ran first = good(topUp);
    Ran again = good(topUp);

    assertThat(again).isEqualTo(first);
    assertThat(first.field("balance_usd")).isEqualTo("25");
    assertThat(good("accounts", "show", account).field("balance_usd")).isEqualTo("25");
    assertThat(bad("credit", account, "26", "--idempotency-key", "invoice-7").err())
        .contains("409: This Idempotency-Key was used for another amount");
    assertThat(good("credit", account, "0.50", "--json").json().path("balance_usd").asString())
        .isEqualTo("25.5");
    assertThat(good("credit", account, "-5", "--kind", "adjustment").field("balance_usd"))
        .isEqualTo("20.5");
  }

  @Test
  void topUp_printsThePageOnWhichToPay() throws Exception {
    ServingGateway.Customer customer = gateway.customerWithUsd(1);
    Map<String, String> environment =
        Map.of("TOLLGATE_API_KEY", customer.key(), "TOLLGATE_URL", gateway.publicUrl().toString());

    Ran printed = run(environment, "topup", "--amount", "25", "--no-open");
    Ran json =
        run(environment, "topup", "--amount", "12.50", "--json", "--idempotency-key", "once");
    Ran again =
        run(environment, "topup", "--amount", "12.50", "--json", "--idempotency-key", "once");

    assertThat(printed.exit()).as(printed.err()).isZero();
    assertThat(printed.out())
        .matches("\\Q" + gateway.publicUrl() + "\\E/simulated/checkout/cs_simulated_\\w+");
    assertThat(json.json().path("data").path("session_id").asString()).startsWith("cs_simulated_");
    assertThat(again.out()).isEqualTo(json.out());
    assertThat(run(environment, "topup", "--amount", "2.505").exit()).isEqualTo(2);
    assertThat(run(environment, "topup", "--amount", "4.99").err()).contains("400", "amount_cents");
    assertThat(run(environment, "topup", "--amount", "25", "--url", NO_GATEWAY).exit())
        .isEqualTo(1);
  }

  @Test
  void balance_isToTheNanoDollar() throws Exception {
    ServingGateway.Customer customer = gateway.customerWithUsd(10);
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      ServingGateway.ask(client, customer, false);
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
    gateway.awaitSettled(customer);
    String left = good("accounts", "show", customer.account()).field("balance_usd");
    Map<String, String> environment =
        Map.of("TOLLGATE_API_KEY", customer.key(), "TOLLGATE_URL", gateway.publicUrl().toString());

    Ran table = run(environment, "balance");
    Ran json = run(environment, "balance", "--json");

    assertThat(left).matches("9\\.99\\d+");
    assertThat(table.field("balance")).isEqualTo(left);
    assertThat(table.field("unit")).isEqualTo("USD");
    assertThat(table.out()).containsPattern("(?m)^20\\S+Z +debit_inference +-0\\.00");
    assertThat(json.json().path("balance").decimalValue()).isEqualByComparingTo(left);
  }

  @Test
  void transactionsAndUsage_areTables_andJson() throws Exception {
    ServingGateway.Customer customer = gateway.customerWithUsd(10);
    try (RawClient client = RawClient.connect(gateway.publicUrl())) {
      ServingGateway.ask(client, customer, false);
      assertThat(client.readAnswer().status()).isEqualTo(200);
    }
    gateway.awaitSettled(customer);
    Map<String, String> environment =
        Map.of("TOLLGATE_API_KEY", customer.key(), "TOLLGATE_URL", gateway.publicUrl().toString());

    Ran transactions = run(environment, "transactions");
    Ran topUps = run(environment, "transactions", "--kind", "topup", "--json");
    Ran beyond = run(environment, "transactions", "--page", "9");
    Ran byModel = run(environment, "usage");
    Ran byDay = run(environment, "usage", "--by", "day", "--json");
    Ran nonsense = run(environment, "usage", "--from", "yesterday");

    assertThat(transactions.out())
        .containsPattern("(?m)^created_at +kind +amount_usd +description +reference_id$")
        .containsPattern("(?m)^20\\S+Z +debit_inference +-0\\.00")
        .containsPattern("(?m)^20\\S+Z +topup +10 ");
    assertThat(transactions.err()).contains("1 to 2 of 2");
    assertThat(topUps.json().path("data").findValuesAsString("kind")).containsExactly("topup");
    assertThat(beyond.err()).contains("none of 2");
    assertThat(byModel.out())
        .containsPattern("(?m)^model +requests ")
        .containsPattern("(?m)^llama-3.3-70b +1 ")
        .containsPattern("(?m)^total +1 ");
    assertThat(byDay.json().path("daily")).hasSize(1);
    assertThat(nonsense.exit()).isEqualTo(1);
    assertThat(nonsense.err()).contains("400: ").contains("start_date");
  }

  @Test
  void wrongToken_isASentence() throws Exception {
    Map<String, String> environment = new HashMap<>(operator());
    environment.put("TOLLGATE_ADMIN_TOKEN", "wrong");

    Ran ran = run(environment, "accounts", "list");

    assertSentence(ran, 1, "tollgate: 401: The admin token is not right.");
    assertThat(ran.err()).doesNotContain("wrong");
  }

  @Test
  void tokenThatNoHeaderCanHold_isASentence() throws Exception {
    Map<String, String> environment = new HashMap<>(operator());
    environment.put("TOLLGATE_ADMIN_TOKEN", "two\nlines");

    Ran ran = run(environment, "accounts", "list");

    assertSentence(ran, 1, "the token");
    assertThat(ran.err()).doesNotContain("two");
  }

  @Test
  void missingToken_isASentence() throws Exception {
    assertSentence(
        run(Map.of("TOLLGATE_OPS_URL", gateway.opsUrl()), "accounts", "list"),
        1,
        "tollgate: set TOLLGATE_ADMIN_TOKEN to the gateway's admin token");
    assertSentence(
        run(Map.of("TOLLGATE_API_KEY", " "), "balance"),
        1,
        "tollgate: set TOLLGATE_API_KEY to your API key");
  }

  @Test
  void noGateway_isASentence() throws Exception {
    assertSentence(
        bad("accounts", "list", "--ops-url", NO_GATEWAY),
        1,
        "tollgate: no gateway answers at " + NO_GATEWAY);
    assertSentence(
        run(Map.of("TOLLGATE_API_KEY", "tg_live_x", "TOLLGATE_URL", NO_GATEWAY), "balance"),
        1,
        "tollgate: no gateway answers at " + NO_GATEWAY);
  }

  @Test
  void addressThatIsNoGateway_isASentence() throws Exception {
    assertSentence(
        bad("accounts", "list", "--ops-url", gateway.publicUrl().toString()), 1, "404: ");
    assertSentence(
        bad("accounts", "list", "--ops-url", "localhost"), 1, "not a URL of a gateway: localhost");
    assertSentence(bad("accounts", "list", "--ops-url", "a b"), 1, "not a URL: a b");
  }

  /** The SDK's client starts the command as desktop clients do. */
  @Test
  void mcp_servesTheSdksClient_onItsStreams() throws Exception {
    ServingGateway.Customer customer = gateway.customerWithUsd(10);
    Map<String, String> environment = new HashMap<>(TollgateProcess.bareEnvironment(directory));
    environment.put("TOLLGATE_API_KEY", customer.key());
    environment.put("TOLLGATE_URL", gateway.publicUrl().toString());
    ServerParameters command =
        ServerParameters.builder(TollgateProcess.PROJECT.resolve("gateway/bin/tollgate").toString())
            .args("mcp")
            .env(environment)
            .build();
    Queue<String> complaints = new ConcurrentLinkedQueue<>();
    StdioClientTransport streams =
        new StdioClientTransport(command, new JacksonMcpJsonMapper(Json.mapper()));
    streams.setStdErrorHandler(complaints::add);
    try (McpSyncClient client =
        McpClient.sync(streams)
            .jsonSchemaValidator((schema, content) -> ValidationResponse.asValid(""))
            .build()) {
      List<String> tools = client.listTools().tools().stream().map(Tool::name).toList();
      CallToolResult balance =
          client.callTool(
              CallToolRequest.builder("get_account_balance").arguments(Map.of()).build());

      assertThat(tools).containsExactly("get_account_balance", "get_account_usage");
      assertThat(Json.write(balance.structuredContent()))
          .isEqualTo(
              Json.write(
                  new ApiClient(gateway.publicUrl().toString(), customer.key())
                      .get("/api/payment/balance")));
      assertThat(client.getServerInfo().version()).isEqualTo("0.1.0");
      assertThat(client.closeGracefully()).as("the process has ended").isTrue();
    }
    assertThat(complaints).isEmpty();
    assertThat(gateway.process().said()).doesNotContain(customer.key(), "modelcontextprotocol");
  }

  @Test
  void mcp_answersWhatCannotBeServed_andNothingElse() throws Exception {
    String url = gateway.publicUrl().toString();
    String key = gateway.customerWithUsd(1).key();
    String request = "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}";
    String notification = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    assertThat(bridged(url, key, request, "", notification, request))
        .isEqualTo("{'jsonrpc':'2.0','id':'a','result':{}}|{'jsonrpc':'2.0','id':'a','result':{}}");
    assertThat(bridged(url, key, "{", "[" + request + "]", request))
        .matches(
            "the client sent a line that is not JSON!Batches are not taken.*!"
                + ".*'id':null,'error':.*-32700.*\\|.*'id':null,'error':.*-32600.*\\|.*'result':\\{}}");
    assertThat(bridged(url, "tg_live_unknown", request, notification))
        .matches(
            "The API key is not known.!The API key is not known.!"
                + "\\{'jsonrpc':'2.0','id':'a','error':\\{'code':-32000,.*'invalid_api_key'}}}");
    assertThat(bridged(NO_GATEWAY, key, request, notification))
        .matches(
            "no gateway answers at http://127.0.0.1:1!no gateway answers at http://127.0.0.1:1!"
                + "\\{'jsonrpc':'2.0','id':'a','error':\\{'code':-32000,.*no gateway answers.*}}");
    assertThat(bridged(gateway.opsUrl(), key, request))
        .matches("There is no /mcp here.!.*'id':'a','error':.*'not_found'}}}");
    assertThat(bridged(provider.baseUrl().toString(), key, request))
        .matches("404: no MCP server answers there!.*'id':'a','error':.*404: no MCP server.*}}");
  }

  /** What is complained of, then a !, and what is answered, with a | between lines. */
  private static String bridged(String url, String key, String... lines) throws IOException {
    List<String> complaints = new ArrayList<>();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    InputStream in = new ByteArrayInputStream(String.join("\n", lines).getBytes(UTF_8));
    new McpBridge(new ApiClient(url, key), in, out, complaints::add).run();
    assertThat(out.toString(UTF_8)).endsWith("\n");
    return complaints.stream()
            .map(complaint -> complaint.replace("tollgate mcp: ", "") + "!")
            .collect(Collectors.joining())
        + out.toString(UTF_8).strip().replace('\n', '|').replace('"', '\'');
  }

  @Test
  void mcp_endsWithItsInput_andNeedsAKey() throws Exception {
    Map<String, String> environment =
        Map.of("TOLLGATE_API_KEY", "tg_live_any", "TOLLGATE_URL", gateway.publicUrl().toString());

    assertThat(run(environment, "mcp")).isEqualTo(new Ran(0, "", ""));
    assertSentence(run(Map.of(), "mcp"), 1, "set TOLLGATE_API_KEY to your API key");
  }

  @Test
  void unknownAccount_isASentence() throws Exception {
    assertSentence(bad("accounts", "show", "acct_nobody"), 1, "404: There is no such account.");
    assertSentence(bad("credit", "acct_nobody", "1"), 1, "404: There is no such account.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "accounts",
        "accounts create",
        "accounts list --limit many",
        "keys",
        "keys revoke acct_x",
        "credit acct_x",
        "credit acct_x ten",
        "credit acct_x 1e999999999",
        "keys create acct_x --window 5h",
        "keys create acct_x --window 5h=much",
        "keys create acct_x --rpm many",
        "keys create acct_x --budget name=x",
        "keys create acct_x --budget name=x,limit=1,colour=red",
        "accounts change",
        "audit everything",
        "balance now",
        "transactions --page first",
        "usage --by colour",
        "serve --port 80"
      })
  void commandLine_thatCannotBeUnderstood_exitsWithTwoAndShowsItsUsage(String line)
      throws Exception {
    Ran ran = run(operator(), line.split(" ", -1));

    assertThat(ran.exit()).as(ran.err()).isEqualTo(2);
    assertThat(ran.err()).contains("Usage: tollgate ").doesNotContain("\tat ");
    assertThat(ran.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "accounts create",
        "accounts suspend",
        "keys revoke",
        "keys create",
        "keys change",
        "accounts change",
        "audit",
        "credit",
        "balance",
        "transactions",
        "usage",
        "mcp",
        "restore",
        "serve",
        "demo"
      })
  void help_isThereForEveryCommand(String command) throws Exception {
    Ran ran = run(Map.of(), (command + " --help").split(" ", -1));

    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith("Usage: tollgate " + command);
  }

  private static String[] words(String line) {
    return line.strip().split("\\s+", -1);
  }

  private static String newAccount() throws Exception {
    return good("accounts", "create", "test").field("id");
  }

  private static Map<String, String> operator() {
    return Map.of(
        "TOLLGATE_ADMIN_TOKEN", GatewayFolder.ADMIN_TOKEN, "TOLLGATE_OPS_URL", gateway.opsUrl());
  }

  private static Ran good(String... arguments) throws Exception {
    Ran ran = run(operator(), arguments);
    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.err()).isEmpty();
    return ran;
  }

  private static Ran bad(String... arguments) throws Exception {
    Ran ran = run(operator(), arguments);
    assertThat(ran.exit()).as(ran.out()).isEqualTo(1);
    return ran;
  }

  private static void assertSentence(Ran ran, int exit, String part) {
    assertThat(ran.exit()).isEqualTo(exit);
    assertThat(ran.err()).contains(part).doesNotContain("\tat ");
    assertThat(ran.err().lines()).hasSize(1);
    assertThat(ran.out()).isEmpty();
  }

  private static Ran run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    try (TollgateProcess process = folder.run(environment, arguments)) {
      int exit = process.awaitExit();
      return new Ran(exit, process.out(), process.err());
    }
  }
}
