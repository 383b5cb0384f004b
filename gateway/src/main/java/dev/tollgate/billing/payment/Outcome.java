package dev.tollgate.billing.payment;

import dev.tollgate.domain.Refusal;

/** What came of something that was asked of {@link Payments}. */
public sealed interface Outcome<T> {
  record Done<T>(T value) implements Outcome<T> {}

  record Refused<T>(Refusal refusal) implements Outcome<T> {}
}
