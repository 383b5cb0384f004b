package dev.tollgate.billing.payment;

import dev.tollgate.domain.Blocking;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a customer does on the page that stands in for a payment provider's: it tells of it as the
 * provider would, in the same events. No money moves. Thread-safe.
 */
@Blocking
final class SimulatedCheckout {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final PaymentRecords records;
  private final Webhooks webhooks;
  private final InstantSource clock;

  SimulatedCheckout(PaymentRecords records, Webhooks webhooks, InstantSource clock) {
    this.records = records;
    this.webhooks = webhooks;
    this.clock = clock;
  }

  /** The payment of a page. */
  Optional<Payment> find(String session) {
    return records
        .findBySession(session)
        .filter(it -> it.provider().equals(PaymentSettings.Provider.SIMULATED.key()));
  }

  /**
   * Does it, where it can be done now.
   *
   * @return the payment after it; empty where there is no such page
   */
  Optional<Payment> act(String session, SimulatedAct act) {
    Optional<Payment> payment = find(session);
    if (payment.isEmpty() || payment.get().status() != act.from()) {
      return payment;
    }
    for (Event event : events(payment.get(), act)) {
      Heard unused = webhooks.hear(event);
    }
    return find(session);
  }

  private List<Event> events(Payment payment, SimulatedAct act) {
    return switch (act) {
      case PAY ->
          List.of(
              session(payment, "checkout.session.completed", "paid"),
              intent(payment, "payment_intent.succeeded"));
      case BANK -> List.of(session(payment, "checkout.session.completed", "unpaid"));
      case SETTLE ->
          List.of(
              session(payment, "checkout.session.async_payment_succeeded", "paid"),
              intent(payment, "payment_intent.succeeded"));
      case BOUNCE -> List.of(session(payment, "checkout.session.async_payment_failed", "unpaid"));
      case DECLINE -> List.of(intent(payment, "payment_intent.payment_failed"));
      case CANCEL -> List.of();
    };
  }

  private Event session(Payment payment, String type, String paymentStatus) {
    ObjectNode object = object(payment);
    object.put("id", payment.session());
    object.put("object", "checkout.session");
    object.put("amount_total", payment.amountCents());
    object.put("payment_status", paymentStatus);
    object.put("payment_intent", SimulatedProcessor.intentOf(payment));
    return new Event(type, clock.millis(), object);
  }

  private Event intent(Payment payment, String type) {
    ObjectNode object = object(payment);
    object.put("id", SimulatedProcessor.intentOf(payment));
    object.put("object", "payment_intent");
    object.put("amount", payment.amountCents());
    object.put("amount_received", payment.amountCents());
    object.put("setup_future_usage", "off_session");
    object.put("customer", "cus_simulated_" + payment.account());
    object.put("payment_method", "pm_simulated");
    return new Event(type, clock.millis(), object);
  }

  private static ObjectNode object(Payment payment) {
    ObjectNode object = JSON.createObjectNode();
    object.put("currency", Processor.CURRENCY);
    object.set(
        "metadata",
        JSON.valueToTree(
            Map.of(
                Processor.PAYMENT, payment.id(),
                Processor.ACCOUNT, payment.account().value())));
    return object;
  }
}
