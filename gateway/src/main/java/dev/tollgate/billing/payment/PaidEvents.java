package dev.tollgate.billing.payment;

import dev.tollgate.billing.payment.Payment.Source;
import dev.tollgate.billing.payment.Payment.Status;
import dev.tollgate.billing.payment.Processor.SavedMethod;
import dev.tollgate.domain.Blocking;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the provider tells of money that comes in. An event whose account, amount or currency is not
 * that of the payment is not credited. Thread-safe.
 */
@Blocking
final class PaidEvents {
  private static final Logger LOG = LoggerFactory.getLogger(PaidEvents.class);

  private final PaymentRecords records;
  private final Crediting crediting;
  private final PaymentSettings settings;

  PaidEvents(PaymentRecords records, Crediting crediting, PaymentSettings settings) {
    this.records = records;
    this.crediting = crediting;
    this.settings = settings;
  }

  /** {@code checkout.session.completed} and {@code async_payment_succeeded}. */
  Heard completed(Event event) {
    return ofOurs(event, "amount_total", this::complete);
  }

  private Heard complete(Payment payment, Event event) {
    if (event.text("payment_status").equals("paid")) {
      return credit(payment, event.text("payment_intent"));
    }
    records.charged(payment.id(), event.text("payment_intent"));
    records.advance(payment.id(), Status.PENDING);
    return Heard.TAKEN;
  }

  /** {@code checkout.session.expired} and {@code async_payment_failed}. */
  Heard ended(Event event, Status status) {
    return ofOurs(
        event,
        "amount_total",
        (payment, session) -> {
          records.charged(payment.id(), session.text("payment_intent"));
          records.advance(payment.id(), status);
          return Heard.TAKEN;
        });
  }

  /**
   * {@code payment_intent.succeeded}: of a saved method, or of a checkout beside its own events.
   */
  Heard charged(Event event) {
    return ofOurs(
        event,
        "amount_received",
        (payment, intent) -> {
          save(payment, intent);
          return credit(payment, intent.text("id"));
        });
  }

  private void save(Payment payment, Event intent) {
    SavedMethod method = new SavedMethod(intent.text("customer"), intent.text("payment_method"));
    if (settings.savesMethods()
        && intent.text("setup_future_usage").equals("off_session")
        && !method.customer().isEmpty()
        && !method.method().isEmpty()) {
      records.save(payment.account(), method, intent.atMillis());
    }
  }

  /** {@code payment_intent.payment_failed}. On a checkout's page the customer may try again. */
  Heard declined(Event event) {
    return ofOurs(
        event,
        "amount",
        (payment, intent) -> {
          records.charged(payment.id(), intent.text("id"));
          if (payment.source() == Source.SAVED_METHOD) {
            records.advance(payment.id(), Status.FAILED);
          }
          return Heard.TAKEN;
        });
  }

  private Heard credit(Payment payment, String intent) {
    return crediting.credit(payment, intent).isPresent() ? Heard.TAKEN : Heard.MISMATCHED;
  }

  private interface Taking {
    Heard of(Payment payment, Event event);
  }

  private Heard ofOurs(Event event, String amount, Taking taking) {
    String id = event.metadata(Processor.PAYMENT);
    if (id.isEmpty()) {
      return Heard.IGNORED; // sold by somebody else through the same account at the provider
    }
    Optional<Payment> payment = records.find(id);
    if (payment.isEmpty()) {
      LOG.error("{} is of a payment that is not known here: {}", event.type(), event.text("id"));
      return Heard.MISMATCHED;
    }
    if (!isOf(payment.get(), event, amount)) {
      LOG.error(
          "{} {} has another account, amount or currency than payment {}: not credited",
          event.type(),
          event.text("id"),
          payment.get().id());
      return Heard.MISMATCHED;
    }
    return taking.of(payment.get(), event);
  }

  private boolean isOf(Payment payment, Event event, String amount) {
    return payment.provider().equals(settings.provider().key())
        && event.metadata(Processor.ACCOUNT).equals(payment.account().value())
        && event.number(amount) == payment.amountCents()
        && event.text("currency").equals(Processor.CURRENCY);
  }
}
