package dev.tollgate.billing.payment;

/** What the payment provider said. */
sealed interface Answer<T> {
  record Given<T>(T value) implements Answer<T> {}

  /**
   * It has not done it.
   *
   * @param why for the log and operators; no secret
   */
  record Refused<T>(String why) implements Answer<T> {}

  /** It did not say in time, or broke: it may have done it. */
  record Away<T>(String why) implements Answer<T> {}
}
