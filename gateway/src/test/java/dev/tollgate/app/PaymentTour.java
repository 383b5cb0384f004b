package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What is answered about payments, where they are taken, where not, and while Stripe is away. */
final class PaymentTour {
  private static final List<String> BILLING = List.of("/v1/billing", "/api/v1/billing");
  private static final String CENTS = "{\"amount_cents\":1000}";
  private static final String OTHER_CENTS = "{\"amount_cents\":1100}";
  private static final String AMOUNT = "{\"amount\":1000}";
  private static final String OTHER_AMOUNT = "{\"amount\":1100}";
  private static final String NO_PAYMENT = "pay_00000000000000000000";

  private PaymentTour() {}

  /** A gateway that takes no payments. */
  static void none(GatewayForTests gateway) throws IOException {
    String key = gateway.createKey("0");
    for (String prefix : BILLING) {
      gateway.ask(key, "POST", prefix + "/topup", CENTS);
      gateway.ask(key, "POST", prefix + "/funds", AMOUNT);
    }
    refund(gateway, key, NO_PAYMENT, "{}");
    gateway.ask("", "POST", "/webhooks/stripe", "{}");
    gateway.ask("", "GET", "/simulated/checkout/x", null);
    gateway.ask("", "POST", "/simulated/checkout/x", "act=pay");
  }

  /** Which answers came from those that do. */
  static Set<String> taken() throws Exception {
    Set<String> seen = new TreeSet<>();
    try (PayingGateway paying = new PayingGateway(97)) {
      simulated(paying, seen);
      withStripe(paying);
      overloaded(paying, seen);
      seen.addAll(paying.gateway.seenAnswers());
    }
    return seen;
  }

  private static void simulated(PayingGateway paying, Set<String> seen) throws Exception {
    try (GatewayForTests gateway =
        paying.gateway.changed(GatewaySetup.USUAL.simulatingPayments())) {
      String key = gateway.createKey("0");
      String session =
          json(gateway.ask(key, "POST", "/v1/billing/topup", CENTS))
              .path("data")
              .path("session_id")
              .asString();
      gateway.ask("", "GET", "/simulated/checkout/" + session, null);
      gateway.ask("", "POST", "/simulated/checkout/" + session, "act=pay");
      for (String prefix : BILLING) {
        gateway.ask(key, "POST", prefix + "/funds", AMOUNT);
        gateway.ask(key, "GET", prefix + "/payments", null);
      }
      seen.addAll(gateway.seenAnswers());
    }
  }

  private static void withStripe(PayingGateway paying) throws Exception {
    GatewayForTests gateway = paying.gateway;
    String key = paying.newKey();
    StripeEvents events = paying.pay(key, 5_000);
    events.deliver("forged", "");
    for (String prefix : BILLING) {
      for (String body : List.of(CENTS, OTHER_CENTS)) {
        gateway.ask(key, "POST", prefix + "/topup", body, "idempotency-key", prefix);
      }
      for (String body : List.of(AMOUNT, OTHER_AMOUNT)) {
        gateway.ask(key, "POST", prefix + "/funds", body, "idempotency-key", prefix);
      }
    }
    paying.stripe.failing(500);
    refund(gateway, key, events.payment(), "{}");
    for (String prefix : BILLING) {
      gateway.ask(key, "POST", prefix + "/topup", CENTS);
      gateway.ask(key, "POST", prefix + "/funds", AMOUNT);
    }
    paying.stripe.failing(0);
    refund(gateway, key, events.payment(), "{\"amount_cents\":5001}");
    refund(gateway, key, events.payment(), "{}");
    refund(gateway, key, events.payment(), "{}");
    gateway.admin("GET", gateway.accountPath(key) + "/payments", null);
    gateway.suspend(key);
    for (String prefix : BILLING) {
      gateway.ask(key, "POST", prefix + "/topup", CENTS);
      gateway.ask(key, "POST", prefix + "/funds", AMOUNT);
    }
  }

  /** More of them than wait. */
  private static void overloaded(PayingGateway paying, Set<String> seen) throws Exception {
    paying.stripe.hold();
    String bounds =
        "payments: { workers: 1, waiting_max: 1, read_millis_max: 30s, retries_max: 0 }\n";
    try (GatewayForTests gateway =
            paying.gateway.changed(
                GatewaySetup.USUAL.sections(paying.stripe.yaml()).limits(bounds));
        ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor()) {
      String key = gateway.createKey("0");
      AtomicInteger refused = new AtomicInteger();
      for (int i = 0; i < 3; i++) {
        waiting.execute(
            () -> {
              if (status(gateway, key) == 503) {
                refused.incrementAndGet();
              }
            });
      }
      gateway.await(() -> refused.get() > 0);
      for (String prefix : BILLING) {
        gateway.ask(key, "GET", prefix + "/payments", null);
      }
      refund(gateway, key, NO_PAYMENT, "{}");
      gateway.askOps(gateway.adminToken(), "GET", gateway.accountPath(key) + "/payments", null);
      gateway.ask("", "POST", "/webhooks/stripe", "{}");
      gateway.ask("", "GET", "/simulated/checkout/x", null);
      gateway.ask("", "POST", "/simulated/checkout/x", "act=pay");
      paying.stripe.letGo();
      seen.addAll(gateway.seenAnswers());
    }
  }

  private static int status(GatewayForTests gateway, String key) {
    try {
      return gateway.ask(key, "POST", "/v1/billing/topup", CENTS).statusCode();
    } catch (IOException closed) {
      return 0;
    }
  }

  private static void refund(GatewayForTests gateway, String key, String payment, String body)
      throws IOException {
    gateway.askOps(
        gateway.adminToken(),
        "POST",
        gateway.accountPath(key) + "/payments/" + payment + "/refund",
        body);
  }
}
