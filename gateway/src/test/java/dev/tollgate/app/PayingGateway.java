package dev.tollgate.app;

import static dev.tollgate.app.AskedGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Money;
import dev.tollgate.provider.FakeProvider;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A gateway that takes payments with Stripe's side of them, and sells plain calls. */
final class PayingGateway implements AutoCloseable {
  static final String PACKAGES =
      """
      packages: [ { pay: 10, bonus_percent: 0 }, { pay: 50, bonus_percent: 5 }, { pay: 100, bonus_percent: 10 }, { pay: 200, bonus_percent: 15 } ]
      topup: { min: 5, max: 10000, presets: [10, 25, 50, 100] }
      """;

  final StripeForTests stripe = StripeForTests.start();
  final GatewayForTests gateway;
  private final FakeProvider provider;

  /** With an archive and a Redis of its own. */
  PayingGateway(int seed, String archiveUrl, String redisYaml) throws Exception {
    provider = FakeProvider.start(seed);
    gateway = GatewayForTests.start(provider, setup().archive(archiveUrl).redis(redisYaml));
  }

  PayingGateway(int seed) throws Exception {
    this(seed, "", "");
  }

  private GatewaySetup setup() {
    return GatewaySetup.sellingPremium(provider, PACKAGES)
        .sections(stripe.yaml())
        .limits(StripeForTests.limits());
  }

  // ---- customers

  String newKey() throws Exception {
    return gateway.createKey("0");
  }

  HttpResponse<String> topUp(String key, String body, String... headers) throws Exception {
    return gateway.ask(key, "POST", "/v1/billing/topup", body, headers);
  }

  HttpResponse<String> addFunds(String key, long cents, String... headers) throws Exception {
    return gateway.ask(key, "POST", "/v1/billing/funds", "{\"amount\":" + cents + "}", headers);
  }

  /** Opens a checkout. */
  StripeEvents open(String key, long cents) throws Exception {
    HttpResponse<String> answer = topUp(key, "{\"amount_cents\":" + cents + "}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    String session = json(answer).path("data").path("session_id").asString();
    String payment = session.replace("cs_test_", "pay_");
    return new StripeEvents(gateway, gateway.accountId(key).value(), payment, cents);
  }

  /** Opens a checkout and pays. */
  StripeEvents pay(String key, long cents) throws Exception {
    StripeEvents events = open(key, cents);
    assertThat(events.deliver(events.session("completed", "paid"))).isEqualTo(200);
    return events;
  }

  /** Spends that many USD, out of the balance that there is. */
  void spend(String key, String usd) throws Exception {
    gateway.credit(key, "-" + usd, "adjustment", "");
  }

  String balance(String key) throws Exception {
    return Money.usd(gateway.balanceNanoUsd(key));
  }

  JsonNode payment(String key, StripeEvents events) throws Exception {
    for (JsonNode payment : gateway.get(key, "/v1/billing/payments").path("data")) {
      if (payment.path("id").asString().equals(events.payment())) {
        return payment;
      }
    }
    throw new AssertionError("no payment " + events.payment());
  }

  /** The entries of an account that are of no request, newest first: kind, amount, reference. */
  List<String> entries(String key) throws Exception {
    return gateway
        .get(key, "/v1/billing/transactions?per_page=100")
        .path("data")
        .valueStream()
        .map(
            entry ->
                "%s %s %s"
                    .formatted(
                        entry.path("kind").asString(),
                        entry.path("amount_usd").decimalValue().toPlainString(),
                        entry.path("reference_id").asString("")))
        .toList();
  }

  // ---- operators

  HttpResponse<String> refund(String key, StripeEvents events, String body, String... headers)
      throws Exception {
    return gateway.askOps(
        gateway.adminToken(),
        "POST",
        gateway.accountPath(key) + "/payments/" + events.payment() + "/refund",
        body,
        headers);
  }

  /** What has become of the refunds and disputes of the newest payment of an account. */
  List<String> refunds(String key) throws Exception {
    return gateway
        .admin("GET", gateway.accountPath(key) + "/payments", null)
        .path("data")
        .path(0)
        .path("refunds")
        .valueStream()
        .map(it -> it.path("kind").asString() + " " + it.path("status").asString())
        .toList();
  }

  void assertAudited() throws Exception {
    gateway.await(() -> gateway.ops("/admin/v1/audit").path("ok").asBoolean(false));
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    provider.close();
    stripe.close();
  }
}
