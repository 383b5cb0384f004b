package dev.tollgate.pricing;

import dev.tollgate.domain.Money;
import java.math.BigInteger;

/**
 * What training costs, in whole cents:
 *
 * <pre>ceil(epochs × training tokens × rate / 1,000,000)</pre>
 *
 * <p>in which the rate is of a million tokens and one epoch. An account with a price multiplier
 * pays that times the multiplier, rounded up to whole cents again.
 *
 * @param nanoUsdPerMtok nano-USD per million tokens and epoch
 */
public record TrainingPrice(long nanoUsdPerMtok) {
  /** More than any amount can be: what cannot be counted costs this. */
  public static final long CENTS_BEYOND = Money.MAX_NANO_USD / Money.NANO_PER_CENT + 1;

  /** No multiplier. */
  public static final long ONE_PPM = 1_000_000;

  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
  private static final BigInteger MTOK_CENTS =
      MILLION.multiply(BigInteger.valueOf(Money.NANO_PER_CENT));
  private static final BigInteger BEYOND = BigInteger.valueOf(CENTS_BEYOND);

  public TrainingPrice {
    if (nanoUsdPerMtok < 0) {
      throw new IllegalArgumentException("a negative price of training: " + nanoUsdPerMtok);
    }
  }

  /** At list price; at most {@link #CENTS_BEYOND}. */
  public long cents(long epochs, long tokens) {
    if (epochs < 0 || tokens < 0) {
      throw new IllegalArgumentException(epochs + " epochs, " + tokens + " tokens");
    }
    return up(
        BigInteger.valueOf(epochs)
            .multiply(BigInteger.valueOf(tokens))
            .multiply(BigInteger.valueOf(nanoUsdPerMtok)),
        MTOK_CENTS);
  }

  /** What an account pays; at most {@link #CENTS_BEYOND}. */
  public static long billedCents(long listCents, long multiplierPpm) {
    return up(BigInteger.valueOf(listCents).multiply(BigInteger.valueOf(multiplierPpm)), MILLION);
  }

  /** The same for amounts that need not be whole cents; the answer is, and within range. */
  public static long billedNanoUsd(long listNanoUsd, long multiplierPpm) {
    long cents = billedCents(Money.ceilCents(listNanoUsd), multiplierPpm);
    return Math.min(cents, CENTS_BEYOND - 1) * Money.NANO_PER_CENT;
  }

  private static long up(BigInteger dividend, BigInteger divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    BigInteger ceil = parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE);
    return ceil.min(BEYOND).longValueExact();
  }
}
