package dev.tollgate.account;

import dev.tollgate.domain.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.function.LongSupplier;

/** Money as {@code /api/payment/*} tells it: in credits, to 9 decimals. */
public final class Credits {
  private static final int DECIMALS = 9;

  private final LongSupplier creditNanoUsd;

  /**
   * @param creditNanoUsd what one credit is worth at the moment
   */
  public Credits(LongSupplier creditNanoUsd) {
    this.creditNanoUsd = creditNanoUsd;
  }

  /** What one has: rounded down. */
  public BigDecimal owned(long nanoUsd) {
    return of(nanoUsd, RoundingMode.FLOOR);
  }

  /** What one has spent: rounded up. */
  public BigDecimal spent(long nanoUsd) {
    return of(nanoUsd, RoundingMode.CEILING);
  }

  private BigDecimal of(long nanoUsd, RoundingMode rounding) {
    BigDecimal credits =
        BigDecimal.valueOf(nanoUsd)
            .divide(BigDecimal.valueOf(creditNanoUsd.getAsLong()), DECIMALS, rounding)
            .stripTrailingZeros();
    return credits.scale() < 0 ? credits.setScale(0) : credits;
  }

  /**
   * What so many credits are worth.
   *
   * @param name of the field that has them
   * @throws Fields.Fault when they are negative, too many, or no whole number of nano-USD
   */
  public long nanoUsd(String name, BigDecimal credits) {
    try {
      if (credits.signum() >= 0 && credits.precision() - (long) credits.scale() <= 18) {
        return Money.ofUsd(
            credits.multiply(BigDecimal.valueOf(creditNanoUsd.getAsLong(), DECIMALS)));
      }
    } catch (IllegalArgumentException outOfRange) {
      throw new Fields.Fault(name, name + ": " + outOfRange.getMessage() + ".");
    }
    throw new Fields.Fault(name, name + " must be a number of credits, not negative.");
  }
}
