package dev.tollgate.domain;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Money is a {@code long} of nano-USD (1 USD = 1,000,000,000) wherever it is stored, added or
 * compared; this class reads and prints it. Every amount lies within ±{@link #MAX_NANO_USD}, the
 * range in which the doubles of a Redis script are exact.
 */
public final class Money {
  public static final long NANO_PER_USD = 1_000_000_000L;
  public static final long NANO_PER_CENT = 10_000_000L;

  /** 2^53 - 1 nano-USD, about $9.007M: the largest amount that a script counts exactly. */
  public static final long MAX_NANO_USD = (1L << 53) - 1;

  private Money() {}

  /**
   * Reads a decimal number of USD, such as {@code 0.20} or {@code 1e-7}.
   *
   * @throws IllegalArgumentException when it is no number, finer than a nano-USD, or out of range
   */
  public static long parseUsd(String usd) {
    BigDecimal amount;
    try {
      amount = new BigDecimal(usd.strip());
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException("not an amount in USD: " + usd, notANumber);
    }
    return ofUsd(amount);
  }

  /**
   * The nano-USD of an exact number of USD.
   *
   * @throws IllegalArgumentException when it is finer than a nano-USD or out of range
   */
  public static long ofUsd(BigDecimal usd) {
    if (usd.signum() == 0) {
      return 0; // however it is written: 0e9 has an exponent, and no size
    }
    if (usd.precision() - (long) usd.scale() > 8) {
      throw new IllegalArgumentException("beyond the largest amount, $" + usd(MAX_NANO_USD));
    }
    if (usd.stripTrailingZeros().scale() > 9) {
      throw new IllegalArgumentException("finer than a nano-USD (9 decimals)");
    }
    long nanoUsd = usd.movePointRight(9).longValueExact();
    if (Math.abs(nanoUsd) > MAX_NANO_USD) {
      throw new IllegalArgumentException("beyond the largest amount, $" + usd(MAX_NANO_USD));
    }
    return nanoUsd;
  }

  /** The exact decimal, without an exponent or trailing zeros: {@code 0.0005}, {@code 25.8}. */
  public static String usd(long nanoUsd) {
    return decimal(nanoUsd).toPlainString();
  }

  /** The exact decimal of USD, without trailing zeros. */
  public static BigDecimal decimal(long nanoUsd) {
    BigDecimal exact = BigDecimal.valueOf(nanoUsd, 9).stripTrailingZeros();
    return exact.scale() < 0 ? exact.setScale(0) : exact;
  }

  /** Whole cents, rounded down: what a customer has. */
  public static long floorCents(long nanoUsd) {
    return Math.floorDiv(nanoUsd, NANO_PER_CENT);
  }

  /** Whole cents, rounded up: what a customer owes or has reserved. */
  public static long ceilCents(long nanoUsd) {
    return Math.ceilDiv(nanoUsd, NANO_PER_CENT);
  }

  /**
   * That part of an amount, rounded down: {@code floor(nanoUsd * part / whole)}, exactly.
   *
   * @param nanoUsd not below zero, as is the part
   * @param part at most the whole, so that the result is at most the amount
   */
  public static long floorShare(long nanoUsd, long part, long whole) {
    if (nanoUsd < 0 || part < 0 || part > whole || whole <= 0) {
      throw new IllegalArgumentException(part + "/" + whole + " of " + nanoUsd);
    }
    return BigInteger.valueOf(nanoUsd)
        .multiply(BigInteger.valueOf(part))
        .divide(BigInteger.valueOf(whole))
        .longValueExact();
  }

  /** Dollars and cents for a sentence, rounded half even: {@code $0.42}, {@code -$1.00}. */
  public static String dollars(long nanoUsd) {
    BigDecimal cents = BigDecimal.valueOf(nanoUsd, 9).setScale(2, RoundingMode.HALF_EVEN);
    return (cents.signum() < 0 ? "-$" : "$") + cents.abs().toPlainString();
  }
}
