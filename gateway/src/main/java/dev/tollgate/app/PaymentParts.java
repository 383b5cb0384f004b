package dev.tollgate.app;

import dev.tollgate.api.admin.PaymentsDoor;
import dev.tollgate.api.customer.CustomerAccess;
import dev.tollgate.api.customer.TopUpDoor;
import dev.tollgate.api.payments.SimulatedDoor;
import dev.tollgate.api.payments.WebhookDoor;
import dev.tollgate.archive.Records;
import dev.tollgate.billing.Office;
import dev.tollgate.billing.payment.Bookings;
import dev.tollgate.billing.payment.Heard;
import dev.tollgate.billing.payment.PaymentLimits;
import dev.tollgate.billing.payment.Payments;
import dev.tollgate.billing.payment.Till;
import dev.tollgate.config.GatewayConfig;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.pricing.RateCard;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpMethod;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Taking payments: the threads for it, and its doors for each event loop. */
@Blocking
final class PaymentParts implements AutoCloseable {
  private static final long FINISH_MILLIS = TimeUnit.MINUTES.toMillis(5);
  private static final int FORM_BYTES_MAX = 64 << 10;
  private static final int EVENT_BYTES_MAX = 1 << 20;

  private final Workers workers;
  private final Chore finishing;
  private final Supplier<RateCard> card;
  private final Till till;

  /**
   * @param publicPort known once customers can come
   */
  PaymentParts(
      GatewayConfig config,
      Records records,
      Bookings bookings,
      Supplier<RateCard> card,
      Supplier<Integer> publicPort,
      MeterRegistry metrics,
      InstantSource clock) {
    PaymentLimits limits = config.limits().payments();
    this.workers = new Workers("payments", limits.workers(), limits.waitingMax());
    this.card = card;
    this.till =
        new Till(
            config.payments(),
            config.limits().payments(),
            records,
            bookings,
            card,
            () -> origin(config, publicPort),
            new Ids(new SecureRandom()),
            (type, heard) -> count(metrics, type, heard),
            clock);
    this.finishing = Chore.start("payments", FINISH_MILLIS, FINISH_MILLIS, till::tidy);
  }

  private static String origin(GatewayConfig config, Supplier<Integer> publicPort) {
    if (config.publicUrl() != null) {
      return config.publicUrl().toString();
    }
    String scheme = config.listen().tls() == null ? "http" : "https";
    return scheme + "://127.0.0.1:" + publicPort.get();
  }

  private static void count(MeterRegistry metrics, String type, Heard heard) {
    Counter.builder("tollgate.payment.events")
        .description("Events of the payment provider, by what came of them")
        .tag("type", type)
        .tag("outcome", Spelling.of(heard))
        .register(metrics)
        .increment();
  }

  /** For one event loop. */
  Payments on(Executor loop) {
    return new Payments(till, new Office(workers, loop), card);
  }

  /** The doors of the public port. */
  static void route(
      Routes routes, CustomerAccess access, RefusalRenderer refusals, Payments payments) {
    TopUpDoor topUps = new TopUpDoor(access, payments);
    SimulatedDoor simulated = new SimulatedDoor(payments, refusals);
    WebhookDoor webhooks = new WebhookDoor(payments, refusals);
    for (String prefix : PublicRoutes.BILLING) {
      routes.route(HttpMethod.POST, prefix + "/topup", topUps::topUp, FORM_BYTES_MAX);
      routes.route(HttpMethod.POST, prefix + "/funds", topUps::addFunds, FORM_BYTES_MAX);
      routes.route(HttpMethod.GET, prefix + "/payments", topUps::list, FORM_BYTES_MAX);
    }
    routes.route(HttpMethod.GET, SimulatedDoor.PATH, simulated::show, FORM_BYTES_MAX);
    routes.route(HttpMethod.POST, SimulatedDoor.PATH, simulated::act, FORM_BYTES_MAX);
    routes.route(HttpMethod.POST, WebhookDoor.PATH, webhooks::receive, EVENT_BYTES_MAX);
  }

  /** The door of the ops port. */
  PaymentsDoor door(RefusalRenderer refusals, Executor loop) {
    return new PaymentsDoor(on(loop), refusals);
  }

  /** Lets what has been begun come to its end, within a bound. */
  @Override
  public void close() {
    finishing.close();
    workers.close();
  }
}
