package dev.tollgate.app;

import dev.tollgate.api.admin.PaymentsDoor;
import dev.tollgate.api.customer.CustomerAccess;
import dev.tollgate.api.customer.TopUpDoor;
import dev.tollgate.api.payments.SimulatedDoor;
import dev.tollgate.api.payments.WebhookDoor;
import dev.tollgate.archive.ArchiveException;
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
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.pricing.RateCard;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Taking payments: the threads for it, and its doors for each event loop. */
@Blocking
final class PaymentParts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PaymentParts.class);
  private static final long IDLE_SECONDS_MAX = 60;
  private static final long CLOSE_SECONDS_MAX = 5;
  private static final long FINISH_MINUTES = 5;
  private static final int FORM_BYTES_MAX = 64 << 10;
  private static final int EVENT_BYTES_MAX = 1 << 20;

  private final ThreadPoolExecutor workers;
  private final ScheduledExecutorService timer;
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
    this.workers = workers(config.limits().payments());
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
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            new DefaultThreadFactory("tollgate-payments-timer", true));
    var unused =
        timer.scheduleWithFixedDelay(
            this::finishRefunds, FINISH_MINUTES, FINISH_MINUTES, TimeUnit.MINUTES);
  }

  private static ThreadPoolExecutor workers(PaymentLimits limits) {
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(
            limits.workers(),
            limits.workers(),
            IDLE_SECONDS_MAX,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(limits.waitingMax()),
            new DefaultThreadFactory("tollgate-payments", true));
    workers.allowCoreThreadTimeOut(true);
    return workers;
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
        .tag("outcome", heard.name().toLowerCase(Locale.ROOT))
        .register(metrics)
        .increment();
  }

  private void finishRefunds() {
    try {
      till.finishRefunds();
    } catch (ArchiveException | LedgerUnavailableException away) {
      LOG.warn("refunds that were not finished wait: {}", away.getMessage());
    }
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
    timer.shutdownNow();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
