package dev.tollgate.pricing;

/**
 * Pay this, get that.
 *
 * @param payNanoUsd what is paid
 * @param bonusPpm what comes on top, in millionths of what is paid: 50,000 for 5%
 */
public record FundsPackage(long payNanoUsd, long bonusPpm) {
  /** The bonus, rounded down to a nano-USD. */
  public long bonusNanoUsd() {
    return Math.multiplyExact(payNanoUsd / 1_000_000, bonusPpm)
        + payNanoUsd % 1_000_000 * bonusPpm / 1_000_000;
  }

  /** What is added to the balance. */
  public long balanceNanoUsd() {
    return payNanoUsd + bonusNanoUsd();
  }
}
