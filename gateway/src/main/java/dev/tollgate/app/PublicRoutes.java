package dev.tollgate.app;

import dev.tollgate.account.AccountAccess;
import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.BookDesk;
import dev.tollgate.account.CreditDocuments;
import dev.tollgate.account.Credits;
import dev.tollgate.account.Generations;
import dev.tollgate.account.OwnKeys;
import dev.tollgate.account.OwnPlan;
import dev.tollgate.account.SpendingLimit;
import dev.tollgate.api.console.ConsoleDoor;
import dev.tollgate.api.customer.BillingDoor;
import dev.tollgate.api.customer.CustomerAccess;
import dev.tollgate.api.customer.CustomerDoor;
import dev.tollgate.api.customer.DescriptionDoor;
import dev.tollgate.api.customer.GenerationsDoor;
import dev.tollgate.api.customer.InvoicesDoor;
import dev.tollgate.api.customer.ModelsDoor;
import dev.tollgate.api.customer.OfferDoor;
import dev.tollgate.api.customer.OwnKeysDoor;
import dev.tollgate.api.customer.PaymentDoor;
import dev.tollgate.api.customer.PlanDoor;
import dev.tollgate.api.customer.RequestsDoor;
import dev.tollgate.api.customer.SpendingDoor;
import dev.tollgate.api.customer.StatusDoor;
import dev.tollgate.api.customer.UsageDoor;
import dev.tollgate.auth.Authenticator;
import dev.tollgate.billing.payment.Payments;
import dev.tollgate.billing.plan.Plans;
import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.OpenAiRealtime;
import dev.tollgate.domain.Ids;
import dev.tollgate.http.Door;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Router;
import dev.tollgate.http.WholeBodyHandler;
import dev.tollgate.kept.Keeper;
import dev.tollgate.ledger.Accounts;
import dev.tollgate.ledger.RequestRecords;
import dev.tollgate.proxy.Lane;
import dev.tollgate.proxy.MeteredHandler;
import dev.tollgate.proxy.Offers;
import dev.tollgate.proxy.PlainRoutes;
import dev.tollgate.proxy.RealtimeHandler;
import io.netty.handler.codec.http.HttpMethod;
import java.time.InstantSource;
import java.util.List;

/** What the public port serves, for one lane. */
final class PublicRoutes {
  /** Doors of this port take no bodies worth the name. */
  private static final int DOOR_BODY_BYTES_MAX = 64 << 10;

  /** What money is asked about under. */
  static final List<String> BILLING = List.of("/v1/billing", "/api/v1/billing");

  private final Dialects dialects;
  private final RefusalRenderer refusals;
  private final LiveConfig config;
  private final InstantSource clock;
  private final Invoicing invoicing;
  private final ProviderStates states;
  private final long startedSeconds;
  private final DescriptionDoor description = DescriptionDoor.open();
  private final ConsoleDoor console;

  PublicRoutes(
      Dialects dialects,
      RefusalRenderer refusals,
      LiveConfig config,
      InstantSource clock,
      Invoicing invoicing,
      ProviderStates states) {
    this.dialects = dialects;
    this.refusals = refusals;
    this.config = config;
    this.clock = clock;
    this.invoicing = invoicing;
    this.states = states;
    this.console = ConsoleDoor.open(refusals);
    this.startedSeconds = clock.instant().getEpochSecond();
  }

  Router router(
      Lane lane,
      Authenticator authenticator,
      Accounts accounts,
      RequestRecords requests,
      Keeper keeper,
      BookDesk desk,
      Plans plans,
      Payments payments,
      Ids ids,
      RunRoutes runs) {
    Router.Builder router = Router.builder(refusals);
    for (Dialect dialect : dialects.all()) {
      for (Endpoint endpoint : dialect.endpoints()) {
        Offers offers = keeper.offers(dialect, endpoint);
        router.route(
            endpoint.method(),
            endpoint.path(),
            new MeteredHandler(lane, dialects, endpoint, offers, refusals));
      }
    }
    router.route(
        HttpMethod.GET,
        OpenAiRealtime.PATH,
        new RealtimeHandler(
            lane, dialects, refusals, config.snapshot().gateway().limits().meters()));
    AccountAccess account = new AccountAccess(authenticator, accounts, clock);
    CustomerAccess access = new CustomerAccess(account, refusals);
    AccountBooks books = new AccountBooks(desk, clock);
    OwnKeys keys = new OwnKeys(accounts, ids, () -> config.snapshot().gateway().keyPrefix());
    Credits credits = new Credits(() -> config.snapshot().rates().creditNanoUsd());
    CreditDocuments documents = new CreditDocuments(credits);
    CustomerDoor customer = new CustomerDoor(access, documents);
    ModelsDoor models = new ModelsDoor(access, () -> config.snapshot().rates(), startedSeconds);
    GenerationsDoor generations =
        new GenerationsDoor(new Generations(account, requests, desk), refusals);
    UsageDoor usage = new UsageDoor(access, books, () -> config.snapshot().rates(), clock);
    SpendingDoor spending = new SpendingDoor(access, new SpendingLimit(accounts), credits);
    get(router, "/v1/usage", usage::usage);
    get(router, "/v1/models", (request, query, body) -> models.list(request));
    get(
        router,
        "/v1/generations/{" + GenerationsDoor.REQUEST_ID + "}",
        (request, query, body) -> generations.show(request));
    StatusDoor status = new StatusDoor(access, states::document);
    get(router, "/v1/status", (request, query, body) -> status.show(request));
    get(router, "/openapi.yaml", (request, query, body) -> description.show(request));
    get(router, ConsoleDoor.PAGE_PATH, console::page);
    get(router, ConsoleDoor.FILE_PATH, console::file);
    get(router, ConsoleDoor.BILLING_PATH, console::billing);
    routeKeys(router, new OwnKeysDoor(access, keys));
    get(router, "/api/payment/balance", (request, query, body) -> customer.credits(request));
    routePayment(router, new PaymentDoor(access, books, keys, credits), spending);
    BillingDoor billing = new BillingDoor(access, books);
    RequestsDoor log = new RequestsDoor(access, books, keys);
    PlanDoor plan = new PlanDoor(access, new OwnPlan(plans));
    OfferDoor offers = new OfferDoor(access, () -> config.snapshot().rates());
    for (String prefix : BILLING) {
      get(router, prefix + "/balance", (request, query, body) -> customer.balance(request));
      get(router, prefix + "/transactions", billing::transactions);
      get(router, prefix + "/usage", billing::usage);
      get(router, prefix + "/requests", log::list);
      get(router, prefix + "/packages", offers::packages);
      get(router, prefix + "/plans", offers::plans);
      get(router, prefix + "/plan", plan::show);
      route(router, HttpMethod.PUT, prefix + "/plan", plan::choose);
      get(router, prefix + "/spending_limits", spending::limits);
      route(router, HttpMethod.PATCH, prefix + "/spending_limits", spending::setLimits);
      runs.add(router, prefix, access, refusals);
    }
    PaymentParts.route(
        (method, path, door, bodyBytesMax) ->
            router.route(method, path, new WholeBodyHandler(door, refusals, bodyBytesMax)),
        access,
        refusals,
        payments);
    routeInvoices(router, invoicing.customers(access, lane.eventLoop()));
    McpRoutes.add(
        router, account, books, documents, refusals, config.snapshot().gateway().publicUrl());
    router.otherwise(new PlainRoutes(lane, dialects, refusals));
    return router.build();
  }

  private void routeKeys(Router.Builder router, OwnKeysDoor keys) {
    String key = "/v1/keys/{" + OwnKeysDoor.KEY_ID + "}";
    get(router, "/v1/keys", keys::list);
    route(router, HttpMethod.POST, "/v1/keys", keys::create);
    get(router, key, keys::show);
    route(router, HttpMethod.PATCH, key, keys::change);
    route(router, HttpMethod.DELETE, key, keys::revoke);
  }

  private void routeInvoices(Router.Builder router, InvoicesDoor invoices) {
    for (String prefix : List.of("/v1/billing", "/api/v1/billing")) {
      String invoice = prefix + "/invoices/{" + InvoicesDoor.INVOICE + "}";
      get(router, prefix + "/invoices", invoices::list);
      get(router, invoice, invoices::show);
      get(router, invoice + ".pdf", invoices::pdf);
    }
  }

  private void routePayment(Router.Builder router, PaymentDoor payment, SpendingDoor spending) {
    get(router, "/api/payment/usage", payment::usage);
    get(router, "/api/payment/history", payment::history);
    get(router, "/api/payment/spend-cap", spending::cap);
    route(router, HttpMethod.POST, "/api/payment/spend-cap", spending::setCap);
    route(router, HttpMethod.POST, "/api/payment/revoke", payment::revoke);
  }

  private void get(Router.Builder router, String path, Door door) {
    route(router, HttpMethod.GET, path, door);
  }

  private void route(Router.Builder router, HttpMethod method, String path, Door door) {
    router.route(method, path, new WholeBodyHandler(door, refusals, DOOR_BODY_BYTES_MAX));
  }
}
