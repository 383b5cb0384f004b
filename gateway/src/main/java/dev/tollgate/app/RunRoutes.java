package dev.tollgate.app;

import dev.tollgate.api.customer.CustomerAccess;
import dev.tollgate.api.customer.EstimateDoor;
import dev.tollgate.api.customer.HoldsDoor;
import dev.tollgate.config.Limits;
import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.http.Door;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Router;
import dev.tollgate.http.WholeBodyHandler;
import dev.tollgate.kept.Keeper;
import dev.tollgate.ledger.LedgerConnections;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.proxy.Lane;
import dev.tollgate.proxy.RequestQuotes;
import dev.tollgate.runs.Estimates;
import dev.tollgate.runs.RunSettings;
import dev.tollgate.runs.RunSettlements;
import dev.tollgate.runs.Runs;
import io.netty.handler.codec.http.HttpMethod;
import java.util.function.Supplier;

/** Runs and estimates of one lane, and where they are reached. */
final class RunRoutes {
  private static final int HOLD_BODY_BYTES_MAX = 64 << 10;

  /** Whole requests are estimated. */
  private static final int ESTIMATE_BODY_BYTES_MAX = 1 << 20;

  private final Runs runs;
  private final RunSettlements settlements;
  private final Estimates estimates;
  private final RunSettings settings;

  private RunRoutes(
      Runs runs, RunSettlements settlements, Estimates estimates, RunSettings settings) {
    this.runs = runs;
    this.settlements = settlements;
    this.estimates = estimates;
    this.settings = settings;
  }

  static RunRoutes of(
      Lane lane,
      LedgerConnections ledger,
      int number,
      Keeper keeper,
      Dialects dialects,
      LiveConfig config) {
    Limits limits = config.snapshot().gateway().limits();
    Supplier<RateCard> card = () -> config.catalog().card();
    Dialect openAi = dialects.named("openai").orElseThrow();
    Runs runs =
        new Runs(
            lane.ledger(),
            ledger.runs(number),
            ledger.objects(number),
            card,
            limits.runs(),
            limits.objects().keptMillis(),
            () -> config.catalog().settings().leaseMillis());
    return new RunRoutes(
        runs,
        new RunSettlements(lane.ledger(), runs, lane.clock()),
        new Estimates(
            card, new RequestQuotes(lane, openAi, endpoint -> keeper.offers(openAi, endpoint))),
        limits.runs());
  }

  /**
   * @param prefix of all paths about billing
   */
  void add(Router.Builder router, String prefix, CustomerAccess access, RefusalRenderer refusals) {
    HoldsDoor holds = new HoldsDoor(access, runs, settlements, settings);
    EstimateDoor estimate = new EstimateDoor(access, estimates, settings);
    String all = prefix + "/holds";
    String one = all + "/{" + HoldsDoor.HOLD_ID + "}";
    route(router, HttpMethod.POST, all, holds::hold, refusals);
    route(router, HttpMethod.GET, one, holds::show, refusals);
    route(router, HttpMethod.POST, one + "/settle", holds::settle, refusals);
    route(router, HttpMethod.POST, one + "/release", holds::release, refusals);
    router.route(
        HttpMethod.POST,
        prefix + "/estimate",
        new WholeBodyHandler(estimate::estimate, refusals, ESTIMATE_BODY_BYTES_MAX));
  }

  private static void route(
      Router.Builder router, HttpMethod method, String path, Door door, RefusalRenderer refusals) {
    router.route(method, path, new WholeBodyHandler(door, refusals, HOLD_BODY_BYTES_MAX));
  }
}
