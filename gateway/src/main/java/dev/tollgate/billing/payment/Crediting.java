package dev.tollgate.billing.payment;

import dev.tollgate.billing.payment.Payment.Status;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.CreditOutcome;
import java.time.InstantSource;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Books what was paid, and then its bonus, once. Thread-safe. */
@Blocking
final class Crediting {
  private static final Logger LOG = LoggerFactory.getLogger(Crediting.class);

  private final PaymentRecords records;
  private final Bookings bookings;
  private final InstantSource clock;

  Crediting(PaymentRecords records, Bookings bookings, InstantSource clock) {
    this.records = records;
    this.bookings = bookings;
    this.clock = clock;
  }

  /**
   * The balance after it, in nano-USD; empty where the account is gone, and nothing can be booked.
   *
   * @param intent the provider's id of the charge
   */
  OptionalLong credit(Payment payment, String intent) {
    records.charged(payment.id(), intent);
    if (payment.status() == Status.PAID) {
      return bookings.account(payment.account()).stream()
          .mapToLong(AccountState::balanceNanoUsd)
          .findFirst();
    }
    OptionalLong balance =
        book(payment, payment.topUpId(), Credit.Kind.TOPUP, payment.amountNanoUsd());
    if (balance.isPresent() && payment.bonusNanoUsd() > 0) {
      balance = book(payment, payment.bonusId(), Credit.Kind.BONUS, payment.bonusNanoUsd());
    }
    if (balance.isPresent()) {
      records.paid(payment.id(), clock.millis());
    }
    return balance;
  }

  private OptionalLong book(Payment payment, String id, Credit.Kind kind, long nanoUsd) {
    Credit credit = new Credit(id, payment.account(), kind, nanoUsd, payment.id());
    return switch (bookings.book(credit)) {
      case CreditOutcome.Credited credited -> OptionalLong.of(credited.balanceNanoUsd());
      case CreditOutcome.UnknownAccount gone -> {
        LOG.error("payment {} is of account {}, which is gone", payment.id(), payment.account());
        yield OptionalLong.empty();
      }
      case CreditOutcome other ->
          throw new IllegalStateException("payment " + payment.id() + " not booked: " + other);
    };
  }
}
