package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.http.Json;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;

/**
 * What Stripe would tell a gateway of one payment, in Stripe's shapes and signed as Stripe does.
 */
final class StripeEvents {
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final GatewayForTests gateway;
  private final String account;
  private final String payment;
  private final long cents;

  /**
   * @param payment our id of it
   */
  StripeEvents(GatewayForTests gateway, String account, String payment, long cents) {
    this.gateway = gateway;
    this.account = account;
    this.payment = payment;
    this.cents = cents;
  }

  /** Of the newest payment of a key's account. */
  static StripeEvents ofNewest(GatewayForTests gateway, String key) throws Exception {
    JsonNode newest = gateway.get(key, "/v1/billing/payments").path("data").path(0);
    return new StripeEvents(
        gateway,
        gateway.accountId(key).value(),
        newest.path("id").asString(),
        newest.path("amount_cents").asLong());
  }

  String payment() {
    return payment;
  }

  String intentId() {
    return "pi_" + payment.substring("pay_".length());
  }

  // ---- objects

  String session(String type, String paymentStatus) {
    Map<String, Object> session = object("cs_test_" + payment.substring("pay_".length()));
    session.put("object", "checkout.session");
    session.put("amount_total", cents);
    session.put("client_reference_id", payment);
    session.put("payment_intent", intentId());
    session.put("payment_status", paymentStatus);
    session.put("customer", "cus_1");
    return event("checkout.session." + type, session);
  }

  String intent(String type) {
    Map<String, Object> intent = object(intentId());
    intent.put("object", "payment_intent");
    intent.put("amount", cents);
    intent.put("amount_received", type.equals("succeeded") ? cents : 0);
    intent.put("customer", "cus_1");
    intent.put("payment_method", "pm_1");
    intent.put("setup_future_usage", "off_session");
    return event("payment_intent." + type, intent);
  }

  /**
   * @param ours our id of it; empty for one that was made at Stripe
   */
  String refund(String type, String id, long amountCents, String status, String ours) {
    return event(type, refundObject(id, amountCents, status, ours));
  }

  Map<String, Object> refundObject(String id, long amountCents, String status, String ours) {
    Map<String, Object> refund = new LinkedHashMap<>();
    refund.put("id", id);
    refund.put("object", "refund");
    refund.put("amount", amountCents);
    refund.put("currency", "usd");
    refund.put("payment_intent", intentId());
    refund.put("status", status);
    refund.put("metadata", ours.isEmpty() ? Map.of() : Map.of("refund", ours, "payment", payment));
    return refund;
  }

  String chargeRefunded(List<Map<String, Object>> refunds) {
    Map<String, Object> charge = new LinkedHashMap<>();
    charge.put("id", "ch_1");
    charge.put("object", "charge");
    charge.put("payment_intent", intentId());
    charge.put("refunds", Map.of("object", "list", "data", refunds));
    return event("charge.refunded", charge);
  }

  String dispute(String type, String id, long amountCents, String status) {
    Map<String, Object> dispute = new LinkedHashMap<>();
    dispute.put("id", id);
    dispute.put("object", "dispute");
    dispute.put("amount", amountCents);
    dispute.put("currency", "usd");
    dispute.put("charge", "ch_1");
    dispute.put("payment_intent", intentId());
    dispute.put("status", status);
    return event("charge.dispute." + type, dispute);
  }

  private Map<String, Object> object(String id) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("id", id);
    object.put("currency", "usd");
    object.put("metadata", metadata());
    return object;
  }

  Map<String, String> metadata() {
    return Map.of("payment", payment, "account", account);
  }

  private static String event(String type, Map<String, Object> object) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("id", "evt_" + NUMBERS.incrementAndGet());
    event.put("object", "event");
    event.put("api_version", "2026-07-29.dahlia");
    event.put("created", Instant.now().getEpochSecond());
    event.put("type", type);
    event.put("data", Map.of("object", object));
    return Json.write(event);
  }

  // ---- delivery

  /** Each three times, in an order of that seed, which is printed; all must be taken. */
  void deliverShuffled(long seed, String... events) throws Exception {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.addAll(List.of(events));
    }
    Collections.shuffle(all, new Random(seed));
    System.out.println("webhooks shuffled with seed " + seed);
    for (String event : all) {
      int status = deliver(event);
      if (status != 200) {
        throw new AssertionError(status + " for " + event);
      }
    }
  }

  int deliver(String event) throws Exception {
    return deliver(event, signature(event, StripeForTests.WEBHOOK_SECRET, Instant.now()));
  }

  int deliver(String event, String signature) throws Exception {
    return gateway
        .ask("", "POST", "/webhooks/stripe", event, "stripe-signature", signature)
        .statusCode();
  }

  static String signature(String event, String secret, Instant at) throws GeneralSecurityException {
    long seconds = at.getEpochSecond();
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
    byte[] digest = mac.doFinal((seconds + "." + event).getBytes(UTF_8));
    return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(digest);
  }
}
