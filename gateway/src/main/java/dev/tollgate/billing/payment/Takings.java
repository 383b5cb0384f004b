package dev.tollgate.billing.payment;

import dev.tollgate.billing.payment.Refund.Kind;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.CreditOutcome;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Books what goes back to the payer out of the balance, with its share of the bonus; and back in,
 * where it has not gone or has come back. Each entry once, under an id that follows from the
 * refund's. Thread-safe.
 */
@Blocking
final class Takings {
  private static final Logger LOG = LoggerFactory.getLogger(Takings.class);

  private final Bookings bookings;

  Takings(Bookings bookings) {
    this.bookings = bookings;
  }

  /** What of a payment's bonus goes with that many cents of it, beside those that have gone. */
  static long bonusShare(Payment payment, long cents, List<Refund> gone) {
    long goneCents = gone.stream().filter(Refund::isLive).mapToLong(Refund::amountCents).sum();
    long goneBonus = gone.stream().filter(Refund::isLive).mapToLong(Refund::bonusNanoUsd).sum();
    long allCents = Math.min(Math.addExact(goneCents, cents), payment.amountCents());
    long share = Money.floorShare(payment.bonusNanoUsd(), allCents, payment.amountCents());
    return Math.max(share - goneBonus, 0);
  }

  /** Whatever the balance is. */
  void take(Refund refund) {
    book(refund, false);
  }

  /** Undoes {@link #take}. */
  void giveBack(Refund refund) {
    book(refund, true);
  }

  private void book(Refund refund, boolean isBack) {
    if (refund.bookedAs().isEmpty()) {
      return;
    }
    requireBooked(refund, money(refund, isBack, null));
    if (refund.bonusNanoUsd() > 0) {
      requireBooked(refund, bonus(refund, isBack, null));
    }
  }

  /**
   * The entry of the money itself.
   *
   * @param floorNanoUsd what the balance, less what is held, must not fall below
   */
  CreditOutcome money(Refund refund, boolean isBack, @Nullable Long floorNanoUsd) {
    Credit.Kind kind = refund.kind() == Kind.REFUND ? Credit.Kind.REFUND : Credit.Kind.ADJUSTMENT;
    return entry(refund, "", kind, refund.amountNanoUsd(), isBack, floorNanoUsd);
  }

  /** The entry of its share of the bonus. */
  CreditOutcome bonus(Refund refund, boolean isBack, @Nullable Long floorNanoUsd) {
    return entry(
        refund, ":bonus", Credit.Kind.ADJUSTMENT, refund.bonusNanoUsd(), isBack, floorNanoUsd);
  }

  private CreditOutcome entry(
      Refund refund,
      String part,
      Credit.Kind kind,
      long nanoUsd,
      boolean isBack,
      @Nullable Long floorNanoUsd) {
    String back = !isBack ? "" : refund.kind() == Kind.REFUND ? ":failed" : ":reinstated";
    return bookings.book(
        new Credit(
            refund.bookedAs() + back + part,
            refund.account(),
            kind,
            isBack ? nanoUsd : -nanoUsd,
            refund.payment(),
            floorNanoUsd));
  }

  private static void requireBooked(Refund refund, CreditOutcome outcome) {
    switch (outcome) {
      case CreditOutcome.Credited credited -> {}
      case CreditOutcome.UnknownAccount gone ->
          LOG.error("refund {} is of account {}, which is gone", refund.id(), refund.account());
      case CreditOutcome other ->
          throw new IllegalStateException("refund " + refund.id() + " not booked: " + other);
    }
  }
}
