package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.tollgate.domain.Money;
import dev.tollgate.testing.BrowserForTests;
import dev.tollgate.testing.LeakWatch;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * The console in a real browser, on a real gateway. With {@code -Dtollgate.test.pictures=<folder>}
 * pictures of it are left there.
 */
@ExtendWith(LeakWatch.class)
class ConsoleBrowserTest {
  private static final int SEED = 91;
  private static final @Nullable String PICTURES = System.getProperty("tollgate.test.pictures");
  private static final String HOSTILE = "<img src=x onerror=\"document.title='owned'\"><b>&amp;";

  private static BrowserForTests browser;
  private static ConsoleAccount account;
  private static GatewayForTests gateway;

  @BeforeAll
  static void start() throws Exception {
    browser = BrowserForTests.start();
    account = new ConsoleAccount(SEED);
    gateway = account.gateway;
  }

  @AfterAll
  static void stop() throws Exception {
    if (account != null) {
      account.close();
    }
    if (browser != null) {
      browser.close();
    }
  }

  private static ConsolePage signedIn(String key) {
    return ConsolePage.signedIn(browser, gateway, key);
  }

  /** Exact, as the console writes it. */
  private static String usd(BigDecimal amount) {
    return new DecimalFormat(
            "$#,##0.00#######", java.text.DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(amount);
  }

  private static String ledger(String key) throws Exception {
    return usd(Money.decimal(gateway.balanceNanoUsd(key)));
  }

  @Test
  void signIn_showsWhatTheLedgerHas_andKeepsTheKeyInTheTabAlone() throws Exception {
    String key = account.newKey("10");
    account.use(key, 2);
    try (ConsolePage console = signedIn(key)) {
      console.settle();

      assertThat(console.text("#balance")).isEqualTo(ledger(key)).isNotEqualTo("$10.00");
      assertThat(console.text("#available")).isEqualTo(ledger(key));
      assertThat(console.text("#held")).isEqualTo("$0.00");
      assertThat(console.rows("#by-endpoint")).hasSize(3);
      assertThat(console.rows("#recent")).hasSize(4);
      assertThat(console.keptInTheTab()).contains(key);
      assertThat(console.keptBeyondTheTab()).doesNotContain(key).startsWith("{}http");

      console.page().reload();
      console.settle();
      assertThat(console.text("#balance")).isEqualTo(ledger(key));
      console.press("Sign out");
      assertThat(console.keptInTheTab()).isEqualTo("{}");
      console.page().reload();
      console.await("h1", "Your account");
      assertThat(console.page().content()).doesNotContain(key);
    }
  }

  @Test
  void aKey_thatIsUnknownOrRevoked_leadsToTheSignIn() throws Exception {
    String key = account.newKey("1");
    try (ConsolePage console =
        ConsolePage.open(browser, gateway, new Browser.NewContextOptions())) {
      console.expectStatus(401);
      console.signIn("tg_live_unknown");
      console.await("#sign-in-problem", "not accepted");
      assertThat(console.keptInTheTab()).isEqualTo("{}");

      console.signIn(key);
      console.settle();
      gateway.revoke(key);
      console.go("Usage");
      console.await("#sign-in-problem", "no longer accepted");
      assertThat(console.keptInTheTab()).isEqualTo("{}");
    }
  }

  @Test
  void aLimitedKey_seesItsLimits_andIsToldWhatItMayNot() throws Exception {
    String key = gateway.createKey("5", "{\"quota_usd\":2,\"windows_usd\":{\"5h\":1}}");
    assertThat(gateway.ask(key, "GET", "/api/premium/x", null).statusCode()).isEqualTo(200);
    gateway.awaitSettled(key);
    try (ConsolePage console = signedIn(key)) {
      console.settle();
      assertThat(console.page().locator("#this-key .figure").allTextContents())
          .containsExactly("$0.02 of $2.00", "$0.02 of $1.00");
      assertThat(console.text("#balance")).isEqualTo("$4.98");

      console.expectStatus(403);
      console.tab("Keys");
      console.press("Create key");
      console.await("#notices", "is limited itself");
    }
  }

  @Test
  void amounts_areExact_asTextAndInSums() {
    try (ConsolePage console =
        ConsolePage.open(browser, gateway, new Browser.NewContextOptions())) {
      String amounts =
          "['0', '0.004', '-0.02', '0.0000148', '1234567.5', '9223372036.854775807', '1E-9']";
      assertThat(console.evaluate("money.js", amounts + ".map(one => m.usd(one)).join(' ')"))
          .isEqualTo(
              "$0.00 $0.004 −$0.02 $0.0000148 $1,234,567.50 $9,223,372,036.854775807 $0.000000001");
      assertThat(console.evaluate("money.js", "m.usd(m.nano('0.1') + m.nano('0.2'), 0)"))
          .isEqualTo("$0.3");
      assertThat(
              console.evaluate(
                  "api.js", "m.parse('{\"a\":[9007199254740993,\"\\\\\"7\",-0.10]}').a.join()"))
          .isEqualTo("9007199254740993,\"7,-0.10");
      String typed =
          "['25', '$1,000.5', ' 12.50 ', '12.505', '-1', '1e3', '1,00', ''].map(m.typedCents)";
      assertThat(console.evaluate("money.js", typed + ".join()"))
          .isEqualTo("2500,100050,1250,,,,,");
    }
  }

  @Test
  void usageAndRequests_areThoseOfTheBooks_perModelAndKey() throws Exception {
    String key = account.keyWithHistory(PICTURES == null ? 8 : 24);
    try (ConsolePage console = signedIn(key)) {
      console.tab("Usage");
      JsonNode books = gateway.get(key, "/v1/billing/usage?group_by=endpoint");

      assertThat(console.rows("#by-model")).hasSize(books.path("models").size());
      assertThat(console.rows("#by-key")).hasSize(2).anyMatch(row -> row.startsWith("Staging | "));
      assertThat(console.text(".readout"))
          .contains(usd(books.path("total").path("actual_cost").decimalValue()));
      assertThat(console.page().locator(".bar").count()).isEqualTo(30);
      assertThat(console.page().locator("#trend tbody tr").count())
          .isEqualTo(books.path("daily").size());
      console.page().locator("#trend svg").press("End");
      console.page().locator("#unit").selectOption("month");
      console.settle();

      console.tab("Requests");
      JsonNode newest = gateway.get(key, "/v1/billing/requests?limit=50").path("data");
      assertThat(console.rows("#log")).hasSize(newest.size());
      assertThat(console.rows("#log").getFirst())
          .contains(newest.path(0).path("latency_ms").asString() + " ms")
          .contains(
              newest.path(0).path("created_at").asString().substring(0, 19).replace('T', ' '));
      console.press("Older");
      console.await("#log .pager", "Page 2");
      console.settle();
      assertThat(console.rows("#log")).isNotEmpty();
      String csv = console.download(() -> console.press("Download CSV"));
      assertThat(csv).startsWith("requests.csv\nid,created_at,");
      console.page().locator("#log tbody button").first().click();
      console.await("dialog", "settled");
      console.press("Close");

      console.tab("Billing");
      String number =
          gateway.get(key, "/v1/billing/invoices").path("data").path(0).path("number").asString();
      assertThat(console.rows("#invoices")).singleElement().asString().startsWith(number + " | ");
      String paper = console.download(() -> console.press("Download invoice " + number));
      assertThat(paper).startsWith(number + ".pdf\n%PDF-");
      leavePictures(key);
    }
  }

  @Test
  void topUp_onTheCheckoutPage_isCredited_andTheConsoleSaysSo() throws Exception {
    String key = account.newKey("0");
    try (ConsolePage console = signedIn(key)) {
      console.tab("Billing");
      Page page = console.page();
      page.getByLabel("$50").check();
      assertThat(console.text("#amount-outcome")).contains("$50.00", "$52.50");
      console.press("Continue to checkout");
      page.getByText("Pay by card").click();
      page.getByText("Paid, and credited.").waitFor();
      page.getByText("Back to billing").click();
      console.await("#notices", "Paid: $52.50 were added");
      console.settle();

      assertThat(page.url()).endsWith("/account#billing");
      assertThat(gateway.balanceNanoUsd(key)).isEqualTo(52_500_000_000L);
      assertThat(console.text("#billing-balance")).isEqualTo("$52.50");
      assertThat(console.rows("#payments"))
          .singleElement()
          .asString()
          .contains("paid", "$50.00", "$2.50");

      page.getByLabel("Amount in USD").fill("10");
      console.press("Continue to checkout");
      page.getByText("Cancel").click();
      page.getByText("Back to billing").click();
      console.await("#notices", "Not paid");
      console.settle();

      page.getByLabel("Amount in USD").fill("4.99");
      console.press("Continue to checkout");
      console.await("#notices", "between $5.00 and $10,000.00");
      page.getByLabel("Amount in USD").fill("100");
      console.press("Charge saved method");
      console.press("Pay $100.00");
      console.await("#notices", "$110.00 were added");
      console.settle();
      assertThat(gateway.balanceNanoUsd(key)).isEqualTo(162_500_000_000L);
      assertThat(console.text("#billing-balance")).isEqualTo("$162.50");
    }
  }

  @Test
  void limitAndPlan_areSetAndLeft() throws Exception {
    String key = account.newKey("20");
    try (ConsolePage console = signedIn(key)) {
      console.tab("Billing");
      console.page().getByLabel("Most of a day").fill("12.50");
      console.press("Save");
      console.await("#spending-limit", "$0.00 of $12.50");
      assertThat(gateway.get(key, "/v1/billing/spending_limits").path("daily_limit").asLong())
          .isEqualTo(1_250);
      console.press("Remove the limit");
      console.await("#spending-limit", "No limit");
      assertThat(gateway.get(key, "/v1/billing/spending_limits").path("daily_limit").isNull())
          .isTrue();

      console.expectStatus(402);
      console.press("Choose Developer");
      console.press("Change to Developer");
      console.await("#notices", "costs $29.00 but you have $20.00 available. Add funds");
      gateway.credit(key, "80", "topup", "wire");
      console.press("Choose Developer");
      console.press("Change to Developer");
      console.await("#plan-now", "Developer");
      console.settle();
      assertThat(account.entries(key)).first().isEqualTo("Plan fee -29");
      assertThat(console.rows("#transactions").getFirst())
          .contains("Plan fee", "−$29.00", "$71.00");

      console.press("Choose Pro");
      console.press("Cancel");
      assertThat(account.plan(key)).isEqualTo("developer");
      console.press("Leave Developer");
      console.press("Leave the plan");
      console.await("#plan-now", "No plan");
      assertThat(account.plan(key)).isEmpty();
    }
  }

  @Test
  void keys_areMadeAndRevoked_andTheirNamesAreText() throws Exception {
    String key = account.newKey("5");
    try (ConsolePage console = signedIn(key)) {
      console.tab("Keys");
      Page page = console.page();
      page.getByLabel("Name").fill(HOSTILE);
      page.getByLabel("Quota in USD").fill("2.5");
      console.press("Create key");
      page.locator("#secret").waitFor();
      String secret = page.locator("#secret").inputValue();
      console.await("#key-list", HOSTILE);
      assertThat(gateway.get(secret, "/v1/usage").path("quota").path("limit").decimalValue())
          .isEqualByComparingTo("2.5");
      assertThat(page.locator("#key-list img, #key-list b").count()).isZero();
      assertThat(page.title()).isEqualTo("Keys · Tollgate console");
      JsonNode made = gateway.get(key, "/v1/keys").path("data").path(1);
      gateway.adopt(key, made.path("id").asString(), secret);
      account.use(secret, 1);
      console.tab("Usage");
      assertThat(console.rows("#by-key")).singleElement().asString().startsWith(HOSTILE);
      console.tab("Requests");
      assertThat(console.rows("#log")).allMatch(row -> row.contains(HOSTILE));

      console.tab("Keys");
      assertThat(page.locator("#secret").count()).isZero();
      console.press("Revoke " + HOSTILE);
      console.press("Revoke");
      console.await("#notices", "is revoked");
      assertThat(gateway.ask(secret, "GET", "/v1/usage", null).statusCode()).isEqualTo(401);
      assertThat(page.title()).isEqualTo("Keys · Tollgate console");
    }
  }

  private static void leavePictures(String key) {
    if (PICTURES == null) {
      return;
    }
    for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      for (int width : List.of(1180, 390)) {
        Browser.NewContextOptions options =
            new Browser.NewContextOptions().setViewportSize(width, 800).setColorScheme(scheme);
        try (ConsolePage console = ConsolePage.open(browser, gateway, options)) {
          String name = "-" + width + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png";
          picture(console, Path.of(PICTURES, "sign-in" + name));
          console.signIn(key);
          console.settle();
          for (String tab : List.of("Overview", "Usage", "Requests", "Billing", "Keys")) {
            console.tab(tab);
            picture(console, Path.of(PICTURES, tab.toLowerCase(Locale.ROOT) + name));
          }
        }
      }
    }
  }

  private static void picture(ConsolePage console, Path file) {
    console.page().screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
  }
}
