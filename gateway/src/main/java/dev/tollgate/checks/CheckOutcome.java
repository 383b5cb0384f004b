package dev.tollgate.checks;

/** What came of one check. */
public enum CheckOutcome {
  PASSED,
  FAILED,
  /**
   * It says nothing: the provider answered that it is asked too much, or there was no connection to
   * it free within the bounds of this gateway.
   */
  UNTOLD
}
