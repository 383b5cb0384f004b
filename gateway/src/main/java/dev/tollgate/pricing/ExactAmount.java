package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Usage;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An amount in millionths of a nano-USD, in which a sum of counts times prices is exact. Ordinary
 * sums fit a {@code long}; the rest, up to 2^128, is kept in a {@link BigInteger}. Never negative.
 */
final class ExactAmount {
  static final long PER_NANO_USD = 1_000_000;
  static final long MULTIPLIER_ONE_PPM = 1_000_000;

  private static final Meter[] METERS = Meter.values();
  private static final BigInteger BIG_PER_NANO_USD = BigInteger.valueOf(PER_NANO_USD);
  private static final BigInteger MAX =
      BigInteger.valueOf(Money.MAX_NANO_USD).multiply(BIG_PER_NANO_USD);

  private final long small;
  private final @Nullable BigInteger big;

  private ExactAmount(long small, @Nullable BigInteger big) {
    this.small = small;
    this.big = big;
  }

  /** Fails for a meter that was used and has no price: ask {@link #unpriced} first. */
  static ExactAmount of(Prices prices, Usage usage) {
    ExactAmount sum = new ExactAmount(0, null);
    for (Meter meter : METERS) {
      long count = count(usage, meter);
      if (count != 0) {
        sum = sum.plus(count, prices.price(meter), meter.kind());
      }
    }
    return sum;
  }

  /** What was used without a price. */
  static List<Meter> unpriced(Prices prices, Usage usage) {
    List<Meter> unpriced = List.of();
    for (Meter meter : METERS) {
      if (count(usage, meter) != 0 && prices.price(meter) == Prices.UNPRICED) {
        unpriced = unpriced.isEmpty() ? new ArrayList<>() : unpriced;
        unpriced.add(meter);
      }
    }
    return unpriced;
  }

  /** A request is one request, whether or not its usage counts it. */
  private static long count(Usage usage, Meter meter) {
    return meter == Meter.REQUEST ? Math.max(1, usage.count(meter)) : usage.count(meter);
  }

  static ExactAmount zero() {
    return new ExactAmount(0, null);
  }

  /** This and {@code count} units at a price. */
  ExactAmount plus(long count, long price, Meter.Kind kind) {
    if (price < 0 || count < 0) {
      throw new IllegalArgumentException("price " + price + ", count " + count);
    }
    long unit = kind == Meter.Kind.FEE ? PER_NANO_USD : 1;
    long product = count * price;
    if (big == null && Math.multiplyHigh(count, price) == 0 && product >= 0) {
      long scaled = product * unit;
      long sum = small + scaled;
      if (Math.multiplyHigh(product, unit) == 0 && scaled >= 0 && sum >= 0) {
        return new ExactAmount(sum, null);
      }
    }
    return new ExactAmount(
        0,
        exact()
            .add(
                BigInteger.valueOf(count)
                    .multiply(BigInteger.valueOf(price))
                    .multiply(BigInteger.valueOf(unit))));
  }

  /** Whether it is more than {@link Money#MAX_NANO_USD}. */
  boolean isBeyondRange() {
    return big != null && big.compareTo(MAX) > 0;
  }

  /** Rounded up to nano-USD; saturates at {@link Money#MAX_NANO_USD}. */
  long ceilNanoUsd() {
    return big == null ? Math.ceilDiv(small, PER_NANO_USD) : saturatedCeil(big, BIG_PER_NANO_USD);
  }

  /** Times a multiplier in millionths, rounded up once; saturates like {@link #ceilNanoUsd()}. */
  long ceilNanoUsd(long multiplierPpm) {
    if (multiplierPpm < 0) {
      throw new IllegalArgumentException("multiplier " + multiplierPpm);
    }
    if (multiplierPpm == MULTIPLIER_ONE_PPM) {
      return ceilNanoUsd();
    }
    long product = small * multiplierPpm;
    if (big == null && Math.multiplyHigh(small, multiplierPpm) == 0 && product >= 0) {
      return Math.ceilDiv(product, PER_NANO_USD * MULTIPLIER_ONE_PPM);
    }
    return saturatedCeil(
        exact().multiply(BigInteger.valueOf(multiplierPpm)),
        BIG_PER_NANO_USD.multiply(BigInteger.valueOf(MULTIPLIER_ONE_PPM)));
  }

  BigInteger exact() {
    return big == null ? BigInteger.valueOf(small) : big;
  }

  private static long saturatedCeil(BigInteger dividend, BigInteger divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    BigInteger ceil = parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE);
    return ceil.bitLength() > 62
        ? Money.MAX_NANO_USD
        : Math.min(ceil.longValue(), Money.MAX_NANO_USD);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExactAmount that && exact().equals(that.exact());
  }

  @Override
  public int hashCode() {
    return exact().hashCode();
  }

  @Override
  public String toString() {
    return exact() + "e-15 USD";
  }
}
