package dev.tollgate.billing.payment;

import dev.tollgate.archive.ArchiveException;
import dev.tollgate.billing.payment.Processor.RefundFacts;
import dev.tollgate.billing.payment.Refund.Kind;
import dev.tollgate.billing.payment.Refund.Status;
import dev.tollgate.billing.payment.Repeats.Try;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.CreditOutcome;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refunds of what is left of a payment. It is taken from the balance first, so that nobody can
 * spend it meanwhile, and then the provider is asked; where that does not do it, the balance gets
 * it back. Credit is spent in the order in which it came in, and a bonus after what it came with.
 * Thread-safe.
 */
@Blocking
final class Refunding {
  private static final Logger LOG = LoggerFactory.getLogger(Refunding.class);

  /** After so long the payment provider has heard of no more refunds. */
  private static final long LATE_MILLIS = TimeUnit.DAYS.toMillis(1);

  private final PaymentRecords payments;
  private final RefundRecords refunds;
  private final Bookings bookings;
  private final Takings takings;
  private final ReturnEvents events;
  private final Processor processor;
  private final PaymentSettings settings;
  private final InstantSource clock;

  Refunding(
      PaymentRecords payments,
      RefundRecords refunds,
      Bookings bookings,
      Takings takings,
      ReturnEvents events,
      Processor processor,
      PaymentSettings settings,
      InstantSource clock) {
    this.payments = payments;
    this.refunds = refunds;
    this.bookings = bookings;
    this.takings = takings;
    this.events = events;
    this.processor = processor;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * @param id of the refund, now or in an earlier try
   * @param cents null for all that is left
   */
  Try refund(String id, String account, String paymentId, @Nullable Long cents) {
    Optional<Payment> found =
        payments.find(paymentId).filter(it -> it.account().value().equals(account));
    if (found.isEmpty()) {
      return new Try.Undone(new Refusal.NotFound("payment"));
    }
    Payment payment = found.get();
    Optional<Refund> earlier = refunds.find(id);
    return earlier.isPresent() ? goOn(payment, earlier.get()) : begin(id, payment, cents);
  }

  // ---- the first try

  private Try begin(String id, Payment payment, @Nullable Long cents) {
    Refusal refusal = refusal(payment);
    Optional<AccountState> account = bookings.account(payment.account());
    if (refusal != null || account.isEmpty()) {
      return new Try.Undone(refusal == null ? new Refusal.NotFound("account") : refusal);
    }
    long later = bookings.creditedAfter(payment, "");
    long available = account.get().balanceNanoUsd() - account.get().heldNanoUsd();
    Optional<Refund> begun =
        refunds.begin(
            payment,
            id,
            others -> {
              long left = leftCents(payment, others, available - later);
              long asked = cents == null ? left : cents;
              return asked < 1 || asked > left
                  ? Optional.empty()
                  : Optional.of(made(id, payment, asked, others));
            });
    if (begun.isEmpty()) {
      long left = leftCents(payment, refunds.of(payment.id()), available - later);
      return new Try.Undone(tooMuch(left));
    }
    Refund refund = begun.get();
    return refund.status() == Status.BOOKING ? take(payment, refund, later) : goOn(payment, refund);
  }

  private @Nullable Refusal refusal(Payment payment) {
    if (payment.status() != Payment.Status.PAID) {
      return new Refusal.Conflict("This payment has not been paid.");
    }
    if (payment.intent().isEmpty()) {
      return new Refusal.Conflict("The payment provider has not said yet what it was paid with.");
    }
    if (!payment.provider().equals(settings.provider().key())) {
      return new Refusal.Conflict(
          "This payment was taken by `%s`, which is not what takes payments now."
              .formatted(payment.provider()));
    }
    if (clock.millis() - payment.paidAtMillis() > settings.refundWindowMillis()) {
      return new Refusal.Conflict(
          "This payment was made more than %d days ago."
              .formatted(TimeUnit.MILLISECONDS.toDays(settings.refundWindowMillis())));
    }
    return null;
  }

  private static Refusal tooMuch(long leftCents) {
    return leftCents <= 0
        ? new Refusal.Conflict("Nothing is left of this payment: it was spent, or went back.")
        : new Refusal.InvalidRequest(
            "Of this payment %s is left to be refunded."
                .formatted(Money.dollars(leftCents * Money.NANO_PER_CENT)),
            "amount_cents");
  }

  /**
   * What of a payment has neither been spent nor gone back.
   *
   * @param own what is available, less what came in later
   */
  private static long leftCents(Payment payment, List<Refund> others, long own) {
    long gone = others.stream().filter(Refund::isLive).mapToLong(Refund::amountCents).sum();
    long unspent = Math.floorDiv(own - bonusLeft(payment, others), Money.NANO_PER_CENT);
    return Math.min(unspent, payment.amountCents() - gone);
  }

  /** What the ledger still has of the bonus, if none of it is spent. */
  private static long bonusLeft(Payment payment, List<Refund> others) {
    return payment.bonusNanoUsd()
        - others.stream().filter(Refund::isTaken).mapToLong(Refund::bonusNanoUsd).sum();
  }

  private Refund made(String id, Payment payment, long cents, List<Refund> others) {
    return new Refund(
        id,
        payment.id(),
        payment.account(),
        Kind.REFUND,
        Status.BOOKING,
        "",
        cents,
        Takings.bonusShare(payment, cents, others),
        bookedAs(id, 0),
        0,
        clock.millis());
  }

  private static String bookedAs(String id, int attempt) {
    return attempt == 0 ? "refund:" + id : "refund:" + id + ":" + attempt;
  }

  // ---- out of the balance

  /**
   * @param later what had come in after the payment when it was looked
   */
  private Try take(Payment payment, Refund refund, long later) {
    List<Refund> others =
        refunds.of(payment.id()).stream().filter(it -> !it.id().equals(refund.id())).toList();
    long floor = Math.addExact(later, bonusLeft(payment, others));
    if (!isBooked(takings.money(refund, false, floor))) {
      return fail(refund, "", () -> {}, spent());
    }
    if (refund.bonusNanoUsd() > 0
        && !isBooked(takings.bonus(refund, false, floor - refund.bonusNanoUsd()))) {
      return fail(refund, "", () -> takings.money(refund, true, null), spent());
    }
    return checked(payment, refund, later);
  }

  /** What came in between the look and the booking is not this payment's, and may be in it. */
  private Try checked(Payment payment, Refund refund, long later) {
    Refusal refusal = null;
    try {
      if (bookings.creditedAfter(payment, refund.bookedAs()) > later) {
        refusal = new Refusal.Conflict("Something was credited at the same time. Try again.");
      }
    } catch (ArchiveException behind) {
      refusal = new Refusal.ArchiveUnavailable();
    }
    if (refusal != null) {
      return fail(refund, refund.bookedAs(), () -> takings.giveBack(refund), refusal);
    }
    Refund asking = advance(refund, Status.BOOKING, Status.ASKING);
    if (asking.status() == Status.FAILED) {
      takings.giveBack(refund);
      return new Try.Undone(spent());
    }
    return ask(payment, asking);
  }

  private static Refusal spent() {
    return new Refusal.Conflict("What was left of this payment is being spent. Try again.");
  }

  private static boolean isBooked(CreditOutcome outcome) {
    return switch (outcome) {
      case CreditOutcome.Credited credited -> true;
      case CreditOutcome.Insufficient insufficient -> false;
      case CreditOutcome other -> throw new IllegalStateException("not booked: " + other);
    };
  }

  /**
   * It did not come about, unless somebody who does the same has come further.
   *
   * @param bookedAs what is left of it in the ledger
   */
  private Try fail(Refund refund, String bookedAs, Runnable undo, Refusal refusal) {
    Refund now =
        refunds
            .change(
                refund,
                it ->
                    it.status() == Status.BOOKING
                        ? with(it, Status.FAILED, bookedAs, it.attempt())
                        : it)
            .after();
    if (now.status() != Status.FAILED) {
      return said(now);
    }
    undo.run();
    return new Try.Undone(refusal);
  }

  private Refund advance(Refund refund, Status from, Status to) {
    return refunds
        .change(
            refund,
            now -> now.status() == from ? with(now, to, now.bookedAs(), now.attempt()) : now)
        .after();
  }

  // ---- to the payer

  private Try ask(Payment payment, Refund refund) {
    return switch (processor.refund(refund, payment)) {
      case Answer.Given<RefundFacts>(RefundFacts facts) -> answered(refund, facts);
      case Answer.Refused<RefundFacts>(String why) -> undone(refund, Status.FAILED, why);
      case Answer.Away<RefundFacts>(String why) -> undone(refund, Status.UNANSWERED, why);
    };
  }

  private Try answered(Refund refund, RefundFacts facts) {
    RefundRecords.Change change =
        refunds.change(
            refund, now -> ReturnEvents.next(now, facts.id(), ReturnEvents.statusOf(facts)));
    events.settle(change);
    return said(change.after());
  }

  /** Unless the provider has told meanwhile that it did it after all. */
  private Try undone(Refund refund, Status to, String why) {
    LOG.error("refund {} of payment {} was not made: {}", refund.id(), refund.payment(), why);
    Refund now = advance(refund, refund.status(), to);
    if (now.status() != to) {
      return said(now);
    }
    takings.giveBack(now);
    return to == Status.FAILED ? new Try.Undone(notDone()) : new Try.Unknown(notSaid());
  }

  private static Refusal notDone() {
    return new Refusal.UpstreamError(
        "The payment provider did not make the refund. The balance is as before.");
  }

  private static Refusal notSaid() {
    return new Refusal.UpstreamError(
        "The payment provider did not answer. The balance is as before; should the refund have been"
            + " made, it is booked as soon as the payment provider says so.");
  }

  private static Try said(Refund refund) {
    return refund.status() == Status.FAILED
        ? new Try.Undone(notDone())
        : new Try.Answered(Documents.refunded(refund));
  }

  // ---- a try after one that was not answered

  private Try goOn(Payment payment, Refund refund) {
    return switch (refund.status()) {
      case BOOKING -> take(payment, refund, bookings.creditedAfter(payment, ""));
      case ASKING -> ask(payment, refund);
      case UNANSWERED -> anew(payment, refund);
      case PENDING, SUCCEEDED -> said(refund);
      case FAILED -> {
        takings.take(refund);
        takings.giveBack(refund);
        yield said(refund);
      }
    };
  }

  /** The balance has it: it is taken once more, and the provider asked under the same id. */
  private Try anew(Payment payment, Refund refund) {
    takings.giveBack(refund);
    Refund again =
        refunds
            .change(
                refund,
                now ->
                    now.status() == Status.UNANSWERED
                        ? with(
                            now,
                            Status.BOOKING,
                            bookedAs(now.id(), now.attempt() + 1),
                            now.attempt() + 1)
                        : now)
            .after();
    return again.status() == Status.BOOKING
        ? take(payment, again, bookings.creditedAfter(payment, ""))
        : said(again);
  }

  // ---- what a gateway has left behind that is gone

  /**
   * Ends those that nobody seems to be at: what can be undone is, the rest the provider is asked.
   */
  void finish(long beforeMillis, int countMax) {
    for (Refund refund : refunds.unfinished(beforeMillis, countMax)) {
      Optional<Payment> payment = payments.find(refund.payment());
      if (payment.isPresent() && payment.get().provider().equals(settings.provider().key())) {
        finish(payment.get(), refund);
      }
    }
  }

  private void finish(Payment payment, Refund refund) {
    if (refund.status() == Status.BOOKING) {
      Try unused =
          fail(
              refund,
              refund.bookedAs(),
              () -> {
                takings.take(refund);
                takings.giveBack(refund);
              },
              notDone());
      return;
    }
    if (refund.status() == Status.UNANSWERED) {
      takings.giveBack(refund);
    }
    if (processor.refundsOf(payment.intent())
        instanceof Answer.Given<List<RefundFacts>>(List<RefundFacts> made)) {
      Optional<RefundFacts> found =
          made.stream()
              .filter(it -> refund.id().equals(it.metadata().get(Processor.REFUND)))
              .findFirst();
      boolean isLongAgo = refund.createdAtMillis() < clock.millis() - LATE_MILLIS;
      if (found.isPresent()) {
        Try unused = answered(refund, found.get());
      } else if (isLongAgo || refund.status() == Status.ASKING) {
        Status to = isLongAgo ? Status.FAILED : Status.UNANSWERED;
        Try unused = undone(refund, to, "it is not among the refunds of the payment");
      }
    }
  }

  private static Refund with(Refund refund, Status status, String bookedAs, int attempt) {
    return new Refund(
        refund.id(),
        refund.payment(),
        refund.account(),
        refund.kind(),
        status,
        refund.providerId(),
        refund.amountCents(),
        refund.bonusNanoUsd(),
        bookedAs,
        attempt,
        refund.createdAtMillis());
  }
}
