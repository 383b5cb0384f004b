package dev.tollgate.billing.payment;

import dev.tollgate.billing.payment.Payment.Source;
import dev.tollgate.billing.payment.Payment.Status;
import dev.tollgate.billing.payment.Processor.Charge;
import dev.tollgate.billing.payment.Processor.Charged;
import dev.tollgate.billing.payment.Processor.SavedMethod;
import dev.tollgate.billing.payment.Processor.Session;
import dev.tollgate.billing.payment.Repeats.Try;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.pricing.FundsPackage;
import dev.tollgate.pricing.RateCard;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Begins payments: a checkout, or a charge of what was saved with an earlier one. Thread-safe. */
@Blocking
final class TopUps {
  private static final Logger LOG = LoggerFactory.getLogger(TopUps.class);

  private final PaymentRecords records;
  private final Crediting crediting;
  private final Processor processor;
  private final PaymentSettings settings;
  private final Supplier<RateCard> card;
  private final InstantSource clock;

  TopUps(
      PaymentRecords records,
      Crediting crediting,
      Processor processor,
      PaymentSettings settings,
      Supplier<RateCard> card,
      InstantSource clock) {
    this.records = records;
    this.crediting = crediting;
    this.processor = processor;
    this.settings = settings;
    this.card = card;
    this.clock = clock;
  }

  /** What comes on top of that many cents: the percentage of the largest package that they pay. */
  static long bonusNanoUsd(RateCard card, long cents) {
    long nanoUsd = Math.multiplyExact(cents, Money.NANO_PER_CENT);
    long ppm = 0;
    long largest = -1;
    for (FundsPackage offered : card.packages()) {
      if (offered.payNanoUsd() <= nanoUsd && offered.payNanoUsd() > largest) {
        largest = offered.payNanoUsd();
        ppm = offered.bonusPpm();
      }
    }
    return new FundsPackage(nanoUsd, ppm).bonusNanoUsd();
  }

  /**
   * Opens a page on which the customer pays.
   *
   * @param id of the payment, now or in an earlier try
   */
  Try checkout(String id, Payer payer, long cents) {
    return open(id, payer, cents, (payment, session) -> Documents.topUp(session));
  }

  private interface Said {
    Document of(Payment payment, Session session);
  }

  private Try open(String id, Payer payer, long cents, Said said) {
    Payment payment = begin(id, payer, cents, Source.CHECKOUT);
    if (!payment.session().isEmpty()) {
      return new Try.Answered(
          said.of(payment, new Session(payment.session(), payment.checkoutUrl())));
    }
    return switch (processor.open(payment, payer)) {
      case Answer.Given<Session>(Session session) -> {
        records.opened(id, session);
        yield new Try.Answered(said.of(payment, session));
      }
      case Answer.Refused<Session>(String why) -> notOpened(payment, why);
      case Answer.Away<Session>(String why) -> notOpened(payment, why);
    };
  }

  /** A checkout that nobody was sent to does no harm, should there be one. */
  private Try notOpened(Payment payment, String why) {
    LOG.error("no checkout for payment {}: {}", payment.id(), why);
    records.advance(payment.id(), Status.FAILED);
    return new Try.Undone(
        new Refusal.UpstreamError(
            "The payment provider did not open a checkout. Nothing was charged."));
  }

  private Payment begin(String id, Payer payer, long cents, Source source) {
    return records.begin(
        new Payment(
            id,
            payer.account(),
            source,
            settings.provider().key(),
            Status.OPEN,
            cents,
            bonusNanoUsd(card.get(), cents),
            "",
            "",
            "",
            clock.millis(),
            0));
  }

  /**
   * Charges what the customer has saved, or opens a page where that cannot be done.
   *
   * @param id of the payment, now or in an earlier try
   * @param otherId of the payment on the page
   */
  Try funds(String id, Supplier<String> otherId, Payer payer, long cents) {
    Function<String, Try> page =
        reason ->
            open(
                otherId.get(),
                payer,
                cents,
                (payment, session) -> Documents.checkoutInstead(payment, session, reason));
    Optional<SavedMethod> saved = records.savedMethod(payer.account());
    if (saved.isEmpty()) {
      return page.apply("no_saved_method");
    }
    Payment payment = begin(id, payer, cents, Source.SAVED_METHOD);
    if (payment.status() == Status.PAID) {
      return credited(payment, payment.intent());
    }
    return switch (processor.charge(payment, saved.get())) {
      case Answer.Given<Charge>(Charge charge) -> charged(payment, charge, page);
      case Answer.Refused<Charge>(String why) -> {
        LOG.error("payment {} was not charged: {}", id, why);
        records.advance(id, Status.FAILED);
        yield new Try.Undone(
            new Refusal.UpstreamError(
                "The payment provider did not make the charge. Nothing was charged."));
      }
      case Answer.Away<Charge>(String why) -> {
        LOG.error("it is not known whether payment {} was charged: {}", id, why);
        yield new Try.Unknown(
            new Refusal.UpstreamError(
                "The payment provider did not answer. Should it have made the charge, that is"
                    + " credited as soon as it says so. With the same Idempotency-Key a repetition"
                    + " charges once."));
      }
    };
  }

  private Try charged(Payment payment, Charge charge, Function<String, Try> page) {
    if (charge.outcome() == Charged.DONE) {
      return credited(payment, charge.intent());
    }
    records.charged(payment.id(), charge.intent());
    boolean isPending = charge.outcome() == Charged.PENDING;
    records.advance(payment.id(), isPending ? Status.PENDING : Status.FAILED);
    return isPending ? new Try.Answered(Documents.pending(payment)) : page.apply("declined");
  }

  private Try credited(Payment payment, String intent) {
    OptionalLong balance = crediting.credit(payment, intent);
    return balance.isPresent()
        ? new Try.Answered(Documents.charged(payment, balance.getAsLong()))
        : new Try.Unknown(new Refusal.NotFound("account"));
  }
}
