package dev.tollgate.app;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import tools.jackson.databind.JsonNode;

/** An account of a test that had something to be invoiced for in the month before this one. */
record InvoicedAccount(String key, String path, String invoice) {
  /** Looks as often as a test can wait for. */
  static final String LIMITS = "invoices: { look_millis: 100ms, settle_millis: 0 }\n";

  /** What happens in the month before. */
  interface Life {
    void of(String key) throws Exception;
  }

  /** The middle of the month before this one, in UTC. */
  static Instant lastMonth() {
    return LocalDate.now(ZoneOffset.UTC)
        .withDayOfMonth(1)
        .minusMonths(1)
        .withDayOfMonth(15)
        .atTime(12, 0)
        .toInstant(ZoneOffset.UTC);
  }

  /**
   * Makes an account in the month before, and waits for its invoice.
   *
   * @param newAccount its fields, as JSON
   */
  static InvoicedAccount in(GatewayForTests gateway, String usd, String newAccount, Life life)
      throws Exception {
    gateway.setClock(lastMonth());
    String key = gateway.createKey(usd, "{}", newAccount);
    life.of(key);
    gateway.setClock(lastMonth().plus(Duration.ofHours(1)));
    gateway.awaitSettled(key);
    gateway.runClock();
    String path = gateway.accountPath(key) + "/invoices";
    gateway.await(() -> total(gateway, path) > 0);
    JsonNode invoice = gateway.ops(path).path("data").get(0);
    return new InvoicedAccount(key, path, invoice.path("id").asString());
  }

  private static long total(GatewayForTests gateway, String path) throws IOException {
    return gateway.ops(path).path("meta").path("total").asLong();
  }

  /** Where operators find the invoice. */
  String adminPath() {
    return path + "/" + invoice;
  }

  /** Where its holder does. */
  String publicPath() {
    return "/v1/billing/invoices/" + invoice;
  }
}
