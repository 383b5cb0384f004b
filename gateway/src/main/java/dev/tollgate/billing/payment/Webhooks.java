package dev.tollgate.billing.payment;

import com.stripe.exception.SignatureVerificationException;
import com.stripe.net.Webhook;
import dev.tollgate.billing.payment.Payment.Status;
import dev.tollgate.domain.Blocking;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears what the payment provider tells, of whatever it may be. Thread-safe. */
@Blocking
final class Webhooks {
  private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
  private static final String OTHER = "other";

  private final PaidEvents paid;
  private final ReturnEvents returns;
  private final PaymentSettings settings;
  private final PaymentListener listener;
  private final InstantSource clock;

  Webhooks(
      PaidEvents paid,
      ReturnEvents returns,
      PaymentSettings settings,
      PaymentListener listener,
      InstantSource clock) {
    this.paid = paid;
    this.returns = returns;
    this.settings = settings;
    this.listener = listener;
    this.clock = clock;
  }

  /**
   * What somebody brought as the provider's.
   *
   * @param signature as it was sent; empty where there was none
   */
  Heard receive(String payload, String signature) {
    Event event = isSigned(payload, signature) ? Event.parse(payload) : null;
    if (event == null) {
      listener.onEvent(OTHER, Heard.FORGED);
      return Heard.FORGED;
    }
    return hear(event);
  }

  private boolean isSigned(String payload, String signature) {
    long toleranceSeconds = Math.ceilDiv(settings.webhookToleranceMillis(), 1_000);
    try {
      return Webhook.Signature.verifyHeader(
          payload,
          signature,
          settings.webhookSecret(),
          toleranceSeconds,
          clock.withZone(ZoneOffset.UTC));
    } catch (SignatureVerificationException forged) {
      LOG.warn("a webhook was refused: {}", forged.getMessage());
      return false;
    }
  }

  /** What the provider tells, or the page that stands in for it. */
  Heard hear(Event event) {
    Heard heard = Heard.POSTPONED;
    try {
      heard = sort(event);
      return heard;
    } finally {
      listener.onEvent(heard == Heard.IGNORED ? OTHER : event.type(), heard);
    }
  }

  private Heard sort(Event event) {
    return switch (event.type()) {
      case "checkout.session.completed", "checkout.session.async_payment_succeeded" ->
          paid.completed(event);
      case "checkout.session.async_payment_failed" -> paid.ended(event, Status.FAILED);
      case "checkout.session.expired" -> paid.ended(event, Status.EXPIRED);
      case "payment_intent.succeeded" -> paid.charged(event);
      case "payment_intent.payment_failed" -> paid.declined(event);
      case "refund.created", "refund.updated", "refund.failed", "charge.refund.updated" ->
          returns.refund(event);
      case "charge.refunded" -> returns.charge(event);
      case "charge.dispute.created",
          "charge.dispute.updated",
          "charge.dispute.funds_withdrawn",
          "charge.dispute.funds_reinstated",
          "charge.dispute.closed" ->
          returns.dispute(event);
      default -> Heard.IGNORED;
    };
  }
}
