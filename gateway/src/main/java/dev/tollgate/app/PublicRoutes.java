package dev.tollgate.app;

import dev.tollgate.account.AccountAccess;
import dev.tollgate.account.Generations;
import dev.tollgate.api.customer.CustomerAccess;
import dev.tollgate.api.customer.CustomerDoor;
import dev.tollgate.api.customer.DescriptionDoor;
import dev.tollgate.api.customer.GenerationsDoor;
import dev.tollgate.api.customer.ModelsDoor;
import dev.tollgate.auth.Authenticator;
import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.Endpoint;
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
import io.netty.handler.codec.http.HttpMethod;
import java.time.InstantSource;
import java.util.List;

/** What the public port serves, for one lane. */
final class PublicRoutes {
  /** Doors of this port take no bodies worth the name. */
  private static final int DOOR_BODY_BYTES_MAX = 64 << 10;

  private final Dialects dialects;
  private final RefusalRenderer refusals;
  private final LiveConfig config;
  private final InstantSource clock;
  private final long startedSeconds;
  private final DescriptionDoor description = DescriptionDoor.open();

  PublicRoutes(
      Dialects dialects, RefusalRenderer refusals, LiveConfig config, InstantSource clock) {
    this.dialects = dialects;
    this.refusals = refusals;
    this.config = config;
    this.clock = clock;
    this.startedSeconds = clock.instant().getEpochSecond();
  }

  Router router(
      Lane lane,
      Authenticator authenticator,
      Accounts accounts,
      RequestRecords requests,
      Keeper keeper) {
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
    AccountAccess account = new AccountAccess(authenticator, accounts, clock);
    CustomerAccess access = new CustomerAccess(account, refusals);
    CustomerDoor customer =
        new CustomerDoor(access, () -> config.snapshot().rates().creditNanoUsd(), clock);
    ModelsDoor models = new ModelsDoor(access, () -> config.snapshot().rates(), startedSeconds);
    GenerationsDoor generations = new GenerationsDoor(new Generations(account, requests), refusals);
    get(router, "/v1/usage", (request, query, body) -> customer.usage(request));
    get(router, "/v1/models", (request, query, body) -> models.list(request));
    get(
        router,
        "/v1/generations/{" + GenerationsDoor.REQUEST_ID + "}",
        (request, query, body) -> generations.show(request));
    get(router, "/openapi.yaml", (request, query, body) -> description.show(request));
    get(router, "/api/payment/balance", (request, query, body) -> customer.credits(request));
    for (String prefix : List.of("/v1/billing", "/api/v1/billing")) {
      get(router, prefix + "/balance", (request, query, body) -> customer.balance(request));
    }
    router.otherwise(new PlainRoutes(lane, dialects, refusals));
    return router.build();
  }

  private void get(Router.Builder router, String path, Door door) {
    router.route(HttpMethod.GET, path, new WholeBodyHandler(door, refusals, DOOR_BODY_BYTES_MAX));
  }
}
