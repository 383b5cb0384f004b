package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.tollgate.testing.BrowserForTests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The console in a browser that nobody has used before. When it is closed, nothing must have gone
 * wrong in it, and nothing have been asked of anybody but the gateway.
 */
final class ConsolePage implements AutoCloseable {
  private static final double WAIT_MILLIS_MAX = 10_000;

  /** Told as errors, too; a breach of the policy may else be told in words of the browser. */
  private static final String TELL_VIOLATIONS =
      "addEventListener('securitypolicyviolation',"
          + " e => console.error(`violation: ${e.effectiveDirective} ${e.blockedURI}`))";

  private final String origin;
  private final BrowserContext context;
  private final Page page;
  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private String expectedFault = "";

  private ConsolePage(GatewayForTests gateway, BrowserContext context) {
    this.origin = gateway.publicUrl().toString();
    this.context = context;
    context.setDefaultTimeout(WAIT_MILLIS_MAX);
    context.addInitScript(TELL_VIOLATIONS);
    context.onConsoleMessage(
        message -> {
          if (message.type().equals("error") || message.type().equals("warning")) {
            faults.add(message.text());
          }
        });
    context.onWebError(error -> faults.add(error.error()));
    context.onRequest(request -> asked.add(request.url()));
    this.page = context.newPage();
  }

  /** Shows the sign-in. */
  static ConsolePage open(
      BrowserForTests browser, GatewayForTests gateway, Browser.NewContextOptions options) {
    ConsolePage console = new ConsolePage(gateway, browser.newContext(options));
    console.page.navigate(console.origin + "/account");
    return console;
  }

  /** Signed in. */
  static ConsolePage signedIn(BrowserForTests browser, GatewayForTests gateway, String key) {
    ConsolePage console = open(browser, gateway, new Browser.NewContextOptions());
    console.signIn(key);
    console.page.waitForSelector("#sign-out");
    return console;
  }

  Page page() {
    return page;
  }

  void signIn(String key) {
    page.getByLabel("API key").fill(key);
    press("Sign in");
  }

  void go(String tab) {
    page.locator("nav").getByText(tab).click();
  }

  /** Shows another tab, and waits until all of it is there. */
  void tab(String name) {
    go(name);
    page.locator("h1").getByText(name).waitFor();
    settle();
  }

  /** Waits until every part has loaded. */
  void settle() {
    page.waitForCondition(
        () ->
            page.locator("section.panel").count() > 0
                && page.locator("[aria-busy=true], .loading").count() == 0);
  }

  void press(String button) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button).setExact(true))
        .click();
  }

  /** Waits for a text within what a selector finds. */
  void await(String selector, String text) {
    page.locator(selector).filter(new Locator.FilterOptions().setHasText(text)).first().waitFor();
  }

  String text(String selector) {
    return page.locator(selector).textContent();
  }

  /** The rows of the table in a part of the page: their cells, with a bar between. */
  List<String> rows(String part) {
    return page.locator(part + " tbody tr").all().stream()
        .map(row -> String.join(" | ", row.locator("td").allTextContents()))
        .toList();
  }

  /** What a button hands to the browser as a file. */
  String download(Runnable press) throws IOException {
    Download download = page.waitForDownload(press);
    String text = Files.readString(download.path(), StandardCharsets.ISO_8859_1);
    return download.suggestedFilename() + "\n" + text;
  }

  /** Everything that the browser keeps of it, but for the session of this tab. */
  String keptBeyondTheTab() {
    return page.evaluate("JSON.stringify(localStorage) + document.cookie") + page.url();
  }

  String keptInTheTab() {
    return (String) page.evaluate("JSON.stringify(sessionStorage)");
  }

  /** What a module of the page answers: an expression of {@code m}. */
  Object evaluate(String module, String expression) {
    return page.evaluate("import('/account/" + module + "').then(m => " + expression + ")");
  }

  /** The browser will tell of one or more answers with this status. */
  void expectStatus(int status) {
    expectedFault = "the server responded with a status of " + status;
  }

  @Override
  public void close() {
    page.waitForTimeout(0); // takes what has been told
    context.close();
    assertThat(asked).isNotEmpty().allMatch(url -> url.startsWith(origin) || isOwn(url));
    assertThat(faults).allMatch(fault -> !expectedFault.isEmpty() && fault.contains(expectedFault));
  }

  private boolean isOwn(String url) {
    return url.startsWith("blob:" + origin + "/");
  }
}
