package dev.tollgate.billing.payment;

import dev.tollgate.billing.payment.Processor.RefundFacts;
import dev.tollgate.billing.payment.Refund.Kind;
import dev.tollgate.billing.payment.Refund.Status;
import dev.tollgate.billing.payment.RefundRecords.Change;
import dev.tollgate.domain.Blocking;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What the provider tells of money that goes back: refunds, ours or made at the provider, and
 * disputes. What is final stays, in whatever order it is told. Thread-safe.
 */
@Blocking
final class ReturnEvents {
  private static final Logger LOG = LoggerFactory.getLogger(ReturnEvents.class);
  private static final String INQUIRY = "warning_";

  private final PaymentRecords payments;
  private final RefundRecords refunds;
  private final Takings takings;
  private final Processor processor;
  private final InstantSource clock;

  ReturnEvents(
      PaymentRecords payments,
      RefundRecords refunds,
      Takings takings,
      Processor processor,
      InstantSource clock) {
    this.payments = payments;
    this.refunds = refunds;
    this.takings = takings;
    this.processor = processor;
    this.clock = clock;
  }

  /** Whose payment it is that something went back of. */
  private sealed interface Whose {
    record Ours(Payment payment) implements Whose {}

    record Nobodys(Heard heard) implements Whose {}
  }

  /** {@code refund.created}, {@code .updated}, {@code .failed}, {@code charge.refund.updated}. */
  Heard refund(Event event) {
    return refund(facts(event.object()));
  }

  private static RefundFacts facts(JsonNode refund) {
    Map<String, String> metadata = new HashMap<>();
    refund
        .path("metadata")
        .properties()
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asString("")));
    return new RefundFacts(
        Event.text(refund, "id"),
        Event.text(refund, "status"),
        Event.number(refund, "amount"),
        Event.text(refund, "currency"),
        Event.text(refund, "payment_intent"),
        metadata);
  }

  private Heard refund(RefundFacts facts) {
    return switch (whose(facts.intent(), facts.metadata())) {
      case Whose.Nobodys(Heard heard) -> heard;
      case Whose.Ours(Payment payment) ->
          hear(
              payment,
              Kind.REFUND,
              facts.metadata().getOrDefault(Processor.REFUND, ""),
              facts,
              statusOf(facts));
    };
  }

  static Status statusOf(RefundFacts facts) {
    return switch (facts.status()) {
      case "succeeded" -> Status.SUCCEEDED;
      case "failed", "canceled" -> Status.FAILED;
      default -> Status.PENDING;
    };
  }

  /** {@code charge.refunded}: one event for all refunds of a charge, which may not be in it. */
  Heard charge(Event event) {
    String intent = event.text("payment_intent");
    JsonNode within = event.object().path("refunds").path("data");
    if (whose(intent, Map.of()) instanceof Whose.Nobodys(Heard heard)) {
      return heard;
    }
    if (!within.isEmpty()) {
      return all(within.valueStream().map(ReturnEvents::facts).toList());
    }
    return switch (processor.refundsOf(intent)) {
      case Answer.Given<List<RefundFacts>>(List<RefundFacts> found) -> all(found);
      case Answer.Refused<List<RefundFacts>>(String why) -> postponed(intent, why);
      case Answer.Away<List<RefundFacts>>(String why) -> postponed(intent, why);
    };
  }

  private Heard all(List<RefundFacts> refunds) {
    Heard worst = Heard.TAKEN;
    for (RefundFacts one : refunds) {
      Heard heard = refund(one);
      worst = heard == Heard.TAKEN ? worst : heard;
    }
    return worst;
  }

  /** {@code charge.dispute.*}. An inquiry takes no money, unless it says that it did. */
  Heard dispute(Event event) {
    String status = event.text("status");
    Status target =
        event.type().endsWith(".funds_reinstated") || status.equals("won")
            ? Status.FAILED
            : status.equals("lost") ? Status.SUCCEEDED : Status.PENDING;
    if (status.startsWith(INQUIRY)
        && !event.type().endsWith(".funds_withdrawn")
        && target == Status.PENDING) {
      return Heard.IGNORED;
    }
    return switch (whose(event.text("payment_intent"), Map.of())) {
      case Whose.Nobodys(Heard heard) -> heard;
      case Whose.Ours(Payment payment) ->
          hear(payment, Kind.DISPUTE, "", facts(event.object()), target);
    };
  }

  /** By what we wrote on it, by the charge, or by what we wrote on the charge. */
  private Whose whose(String intent, Map<String, String> metadata) {
    String id = metadata.getOrDefault(Processor.PAYMENT, "");
    Optional<Payment> known = id.isEmpty() ? payments.findByIntent(intent) : payments.find(id);
    if (known.isPresent()) {
      return new Whose.Ours(known.get());
    }
    if (intent.isEmpty()) {
      return new Whose.Nobodys(Heard.IGNORED);
    }
    return switch (processor.metadataOf(intent)) {
      case Answer.Given<Map<String, String>>(Map<String, String> written) ->
          ofCharge(intent, written);
      case Answer.Refused<Map<String, String>>(String why) ->
          new Whose.Nobodys(postponed(intent, why));
      case Answer.Away<Map<String, String>>(String why) ->
          new Whose.Nobodys(postponed(intent, why));
    };
  }

  private Whose ofCharge(String intent, Map<String, String> written) {
    String id = written.getOrDefault(Processor.PAYMENT, "");
    if (id.isEmpty()) {
      return new Whose.Nobodys(Heard.IGNORED);
    }
    Optional<Payment> payment = payments.find(id);
    if (payment.isEmpty()
        || !payment.get().account().value().equals(written.get(Processor.ACCOUNT))) {
      LOG.error("{} is of a payment or an account that is not known here", intent);
      return new Whose.Nobodys(Heard.MISMATCHED);
    }
    payments.charged(id, intent);
    return new Whose.Ours(payment.get());
  }

  private static Heard postponed(String intent, String why) {
    LOG.warn("the payment provider did not say what {} is: {}", intent, why);
    return Heard.POSTPONED;
  }

  private Heard hear(Payment payment, Kind kind, String ours, RefundFacts facts, Status target) {
    if (facts.id().isEmpty()
        || !facts.currency().equals(Processor.CURRENCY)
        || facts.amountCents() <= 0
        || facts.amountCents() > payment.amountCents()) {
      LOG.error("{} is not of the amount or currency of payment {}", facts.id(), payment.id());
      return Heard.MISMATCHED;
    }
    settle(
        refunds.hear(
            payment,
            ours,
            facts.id(),
            others -> first(payment, kind, facts, target, others),
            before -> next(before, facts.id(), target)));
    return Heard.TAKEN;
  }

  /** One that began at the provider. What has come back before it was heard of is not booked. */
  private Refund first(
      Payment payment, Kind kind, RefundFacts facts, Status target, List<Refund> others) {
    boolean isOver = target == Status.FAILED;
    return new Refund(
        facts.id(),
        payment.id(),
        payment.account(),
        kind,
        target,
        facts.id(),
        facts.amountCents(),
        isOver ? 0 : Takings.bonusShare(payment, facts.amountCents(), others),
        isOver ? "" : bookedAs(facts.id()),
        0,
        clock.millis());
  }

  private static String bookedAs(String providerId) {
    return "stripe:" + providerId;
  }

  /**
   * What the provider had not answered for has been given back: it is booked anew.
   *
   * @param target what the provider says
   */
  static Refund next(Refund before, String providerId, Status target) {
    Status status = before.status().compareTo(target) < 0 ? target : before.status();
    boolean isAnew =
        before.status() == Status.UNANSWERED
            && (status == Status.PENDING || status == Status.SUCCEEDED);
    return new Refund(
        before.id(),
        before.payment(),
        before.account(),
        before.kind(),
        status,
        providerId,
        before.amountCents(),
        before.bonusNanoUsd(),
        isAnew ? bookedAs(providerId) : before.bookedAs(),
        before.attempt(),
        before.createdAtMillis());
  }

  /** Makes the ledger as the row says. All of it may be repeated. */
  void settle(Change change) {
    Refund after = change.after();
    change
        .before()
        .filter(before -> before.status() == Status.UNANSWERED)
        .ifPresent(takings::giveBack);
    if (after.status() == Status.FAILED) {
      takings.take(after);
      takings.giveBack(after);
    } else {
      takings.take(after);
    }
  }
}
