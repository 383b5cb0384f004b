package dev.tollgate.billing.payment;

import dev.tollgate.billing.payment.Payment.Status;
import dev.tollgate.domain.Spelling;
import java.util.Optional;

/** What can be done on the page that stands in for a payment provider's. */
public enum SimulatedAct {
  PAY(Status.OPEN),
  /** By a bank, which takes its time. */
  BANK(Status.OPEN),
  DECLINE(Status.OPEN),
  CANCEL(Status.OPEN),
  /** The bank pays. */
  SETTLE(Status.PENDING),
  /** The bank does not. */
  BOUNCE(Status.PENDING);

  private final Status from;

  SimulatedAct(Status from) {
    this.from = from;
  }

  /** When it can be done. */
  public Status from() {
    return from;
  }

  public String key() {
    return Spelling.of(this);
  }

  public static Optional<SimulatedAct> of(String key) {
    for (SimulatedAct act : values()) {
      if (act.key().equals(key)) {
        return Optional.of(act);
      }
    }
    return Optional.empty();
  }
}
