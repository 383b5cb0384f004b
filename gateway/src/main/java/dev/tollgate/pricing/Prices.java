package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import java.util.Arrays;

/**
 * A price by {@link Meter}: nano-USD per million tokens for token meters, nano-USD each for fees.
 * What is not named is {@link #UNPRICED}, which is not the same as an explicit 0. Immutable.
 */
public final class Prices {
  /** No price has been named. */
  public static final long UNPRICED = -1;

  /**
   * The dearest price there may be, $10,000 per million tokens or for each fee: beyond it stands a
   * slip of units.
   */
  public static final long MAX_NANO_USD = 10_000L * 1_000_000_000L;

  public static final Prices NONE = new Builder().build();

  private static final Meter[] METERS = Meter.values();

  private final long[] prices;

  private Prices(long[] prices) {
    this.prices = prices;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The price that was named for the meter itself, or {@link #UNPRICED}. */
  public long named(Meter meter) {
    return prices[meter.index()];
  }

  /** Whether the meter itself has a price, if only 0. */
  public boolean isNamed(Meter meter) {
    return named(meter) != UNPRICED;
  }

  /**
   * The price that applies to the meter, or {@link #UNPRICED}. Cached input without a price of its
   * own costs what fresh input costs, and so do audio and images among the input; reasoning, audio
   * and images among the output cost what text does. A request without a fee has none; any other
   * fee that is not named is unpriced.
   */
  public long price(Meter meter) {
    long named = prices[meter.index()];
    if (named != UNPRICED) {
      return named;
    }
    return switch (meter) {
      case CACHE_READ, CACHE_WRITE_5M, CACHE_WRITE_1H, AUDIO_INPUT, IMAGE_INPUT ->
          named(Meter.INPUT);
      case REASONING, AUDIO_OUTPUT, IMAGE_OUTPUT -> named(Meter.OUTPUT);
      case REQUEST -> 0;
      case INPUT, OUTPUT, WEB_SEARCH, IMAGE, SECOND, CHARACTER, SEARCH_UNIT -> UNPRICED;
    };
  }

  /** These prices, and where they name none, those. */
  public Prices over(Prices those) {
    long[] merged = prices.clone();
    for (int i = 0; i < merged.length; i++) {
      if (merged[i] == UNPRICED) {
        merged[i] = those.prices[i];
      }
    }
    return new Prices(merged);
  }

  /** What either names; where both name a price, the dearer. */
  Prices orDearer(Prices those) {
    long[] merged = prices.clone();
    for (int i = 0; i < merged.length; i++) {
      merged[i] = Math.max(merged[i], those.prices[i]); // unpriced is less than any price
    }
    return new Prices(merged);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Prices that && Arrays.equals(prices, that.prices);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(prices);
  }

  /** The named prices in nano-USD: {@code {input=200000000, output=600000000}}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (Meter meter : METERS) {
      if (named(meter) != UNPRICED) {
        text.append(text.length() > 1 ? ", " : "").append(meter.key()).append('=');
        text.append(named(meter));
      }
    }
    return text.append('}').toString();
  }

  /** Collects prices; not for use by two threads. */
  public static final class Builder {
    private final long[] prices = new long[Meter.COUNT];

    private Builder() {
      Arrays.fill(prices, UNPRICED);
    }

    /**
     * @throws IllegalArgumentException for a price below 0 or beyond {@link #MAX_NANO_USD}
     */
    public Builder set(Meter meter, long nanoUsd) {
      if (nanoUsd < 0 || nanoUsd > MAX_NANO_USD) {
        throw new IllegalArgumentException("price of " + meter.key() + " out of range: " + nanoUsd);
      }
      prices[meter.index()] = nanoUsd;
      return this;
    }

    public Prices build() {
      return new Prices(prices.clone());
    }
  }
}
