package dev.tollgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.http.Json;
import dev.tollgate.provider.FakeProvider;
import dev.tollgate.testing.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
      return Json.parse(out.getBytes(StandardCharsets.UTF_8));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start(23);
    folder = GatewayFolder.of(directory, provider);
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
    assertThat(listed.out()).contains(id + "  laptop  tg_live_").contains("  active  1.5  ");
    assertThat(listed.out()).doesNotContain(created.field("key"));
    JsonNode key = good("keys", "list", account, "--json").json().path("data").path(0);
    assertThat(key.path("max_concurrency").asInt()).isEqualTo(4);
    assertThat(key.path("models")).hasSize(2);
    assertThat(good("keys", "revoke", account, id).field("status")).isEqualTo("revoked");
    assertThat(good("keys", "create", account, "--json").json().path("key").asString())
        .startsWith("tg_live_");
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
    assertThat(json.json().path("balance").decimalValue()).isEqualByComparingTo(left);
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
        "balance now",
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
        "credit",
        "balance",
        "serve",
        "demo"
      })
  void help_isThereForEveryCommand(String command) throws Exception {
    Ran ran = run(Map.of(), (command + " --help").split(" ", -1));

    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith("Usage: tollgate " + command);
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
