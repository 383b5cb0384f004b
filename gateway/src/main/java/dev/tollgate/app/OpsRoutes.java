package dev.tollgate.app;

import dev.tollgate.api.admin.AccountsDoor;
import dev.tollgate.api.admin.AdminAccess;
import dev.tollgate.api.admin.AuditDoor;
import dev.tollgate.api.admin.ConfigDoor;
import dev.tollgate.api.admin.HealthDoor;
import dev.tollgate.api.admin.InvoicesDoor;
import dev.tollgate.api.admin.KeysDoor;
import dev.tollgate.api.admin.PaymentsDoor;
import dev.tollgate.api.admin.UsageDoor;
import dev.tollgate.http.Door;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.Router;
import dev.tollgate.http.WholeBodyHandler;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** What the ops port serves. Health and metrics need no token; everything else does. */
final class OpsRoutes {
  private static final int BODY_BYTES_MAX = 1 << 20;
  private static final String ACCOUNT = "/admin/v1/accounts/{id}";
  private static final String KEY = ACCOUNT + "/keys/{key_id}";

  private final RefusalRenderer refusals;
  private final AdminAccess access;
  private final Router.Builder router;

  OpsRoutes(RefusalRenderer refusals, AdminAccess access) {
    this.refusals = refusals;
    this.access = access;
    this.router = Router.builder(refusals);
  }

  OpsRoutes invoices(InvoicesDoor invoices) {
    String invoice = ACCOUNT + "/invoices/{" + InvoicesDoor.INVOICE + "}";
    guarded(HttpMethod.GET, "/admin/v1/invoices", invoices::listAll);
    guarded(HttpMethod.GET, ACCOUNT + "/invoices", invoices::list);
    guarded(HttpMethod.GET, invoice, invoices::show);
    guarded(HttpMethod.POST, invoice + "/payments", invoices::pay);
    return this;
  }

  Router router(
      AccountsDoor accounts,
      KeysDoor keys,
      UsageDoor usage,
      AuditDoor audit,
      PaymentsDoor payments,
      ConfigDoor config,
      HealthDoor health,
      Metrics metrics) {
    guarded(HttpMethod.POST, "/admin/v1/accounts", accounts::create);
    guarded(HttpMethod.GET, "/admin/v1/accounts", accounts::list);
    guarded(HttpMethod.GET, ACCOUNT, accounts::show);
    guarded(HttpMethod.PATCH, ACCOUNT, accounts::change);
    guarded(HttpMethod.POST, ACCOUNT + "/credits", accounts::credit);
    guarded(HttpMethod.GET, ACCOUNT + "/payments", payments::list);
    guarded(HttpMethod.POST, ACCOUNT + "/payments/{payment_id}/refund", payments::refund);
    guarded(HttpMethod.POST, ACCOUNT + "/keys", keys::create);
    guarded(HttpMethod.GET, ACCOUNT + "/keys", keys::list);
    guarded(HttpMethod.GET, KEY, keys::show);
    guarded(HttpMethod.PATCH, KEY, keys::change);
    guarded(HttpMethod.DELETE, KEY, keys::revoke);
    guarded(HttpMethod.GET, "/admin/v1/usage", usage::usage);
    guarded(HttpMethod.GET, "/api/admin/usage", usage::usage);
    guarded(HttpMethod.GET, "/admin/v1/audit", audit::audit);
    guarded(HttpMethod.GET, "/admin/v1/audit/progress", audit::progress);
    guarded(HttpMethod.GET, "/admin/v1/config", config::show);
    guarded(HttpMethod.POST, "/admin/v1/reload", config::reload);
    open(HttpMethod.GET, "/health/live", health::live);
    open(HttpMethod.GET, "/health/ready", health::ready);
    open(
        HttpMethod.GET,
        "/metrics",
        (request, query, body) -> CompletableFuture.completedFuture(scrape(metrics)));
    return router.build();
  }

  private static Reply scrape(Metrics metrics) {
    return Reply.of(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        metrics.scrape().getBytes(StandardCharsets.UTF_8));
  }

  private void guarded(HttpMethod method, String path, Door door) {
    open(method, path, access.guarded(door));
  }

  private void open(HttpMethod method, String path, Door door) {
    router.route(method, path, new WholeBodyHandler(door, refusals, BODY_BYTES_MAX));
  }
}
