package dev.tollgate.billing.payment;

/** What came of an event that somebody brought as the provider's. */
public enum Heard {
  /** It was booked or noted, or had been before. */
  TAKEN,
  /** Of no interest, or of something that did not begin here. */
  IGNORED,
  /**
   * It names a payment or an account that we do not know, or another amount than that payment's.
   */
  MISMATCHED,
  /** Not signed by the provider, or too long ago, or not an event. */
  FORGED,
  /** It is to be told again: something was away. */
  POSTPONED
}
