package dev.tollgate.app;

import java.io.IOException;
import java.util.List;

/** What customers and operators are answered about invoices, well and badly. */
final class InvoiceTour {
  static final String LIMITS = InvoicedAccount.LIMITS;
  private static final String NONE = "inv_00000000000000000000";

  private InvoiceTour() {}

  static void take(GatewayForTests gateway) throws Exception {
    InvoicedAccount debtor =
        InvoicedAccount.in(
            gateway,
            "0",
            "{\"name\":\"Debtor\",\"credit_limit_usd\":100}",
            key -> gateway.credit(key, "-30", "adjustment", ""));
    for (String prefix : List.of("", "/api")) {
      gateway.ask(debtor.key(), "GET", prefix + "/v1/billing/invoices", null);
      for (String id : List.of(debtor.invoice(), NONE)) {
        gateway.ask(debtor.key(), "GET", prefix + "/v1/billing/invoices/" + id, null);
        gateway.ask(debtor.key(), "GET", prefix + "/v1/billing/invoices/" + id + ".pdf", null);
      }
    }
    gateway.ops("/admin/v1/invoices?status=open");
    for (String path : List.of(debtor.adminPath(), debtor.path() + "/" + NONE)) {
      gateway.askOps(gateway.adminToken(), "GET", path, null);
      for (String amount : List.of("10", "10", "11")) {
        pay(gateway, path, amount, "toured");
      }
    }
    pay(gateway, debtor.adminPath(), "1000", "too-much");
  }

  private static void pay(GatewayForTests gateway, String path, String usd, String key)
      throws IOException {
    gateway.askOps(
        gateway.adminToken(),
        "POST",
        path + "/payments",
        "{\"amount_usd\":" + usd + "}",
        "idempotency-key",
        key);
  }
}
