package dev.tollgate.domain;

import java.util.Arrays;
import java.util.function.Predicate;

/** Non-negative counts by {@link Meter}: what one request used. Immutable. */
public final class Usage {
  public static final Usage NONE = new Usage(new long[Meter.COUNT]);

  private final long[] counts;

  private Usage(long[] counts) {
    this.counts = counts;
  }

  public static Usage of(Meter meter, long count) {
    return builder().set(meter, count).build();
  }

  public static Builder builder() {
    return new Builder(new long[Meter.COUNT]);
  }

  public Builder toBuilder() {
    return new Builder(counts.clone());
  }

  public long count(Meter meter) {
    return counts[meter.index()];
  }

  /** All tokens that were sent, cached or not; saturates at {@link Long#MAX_VALUE}. */
  public long inputTokens() {
    long sum = 0;
    for (Meter meter : METERS) {
      if (meter.isInput()) {
        sum = saturatedAdd(sum, counts[meter.index()]);
      }
    }
    return sum;
  }

  /** All tokens that were produced; saturates at {@link Long#MAX_VALUE}. */
  public long outputTokens() {
    long sum = 0;
    for (Meter meter : METERS) {
      if (meter.isOutput()) {
        sum = saturatedAdd(sum, counts[meter.index()]);
      }
    }
    return sum;
  }

  /** Input and output together: a figure to show, never to price. */
  public long totalTokens() {
    return saturatedAdd(inputTokens(), outputTokens());
  }

  /** The counts of both; each saturates at {@link Long#MAX_VALUE}. */
  public Usage plus(Usage other) {
    long[] sums = counts.clone();
    for (int i = 0; i < sums.length; i++) {
      sums[i] = saturatedAdd(sums[i], other.counts[i]);
    }
    return new Usage(sums);
  }

  /** What of it is of such meters. */
  public Usage only(Predicate<Meter> wanted) {
    long[] kept = counts.clone();
    for (Meter meter : METERS) {
      if (kept[meter.index()] != 0 && !wanted.test(meter)) {
        kept[meter.index()] = 0;
      }
    }
    return new Usage(kept);
  }

  public boolean isNone() {
    for (long count : counts) {
      if (count != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Usage usage && Arrays.equals(counts, usage.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(counts);
  }

  /** The counts that are not zero: {@code {input=1000, output=500}}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (Meter meter : METERS) {
      if (counts[meter.index()] != 0) {
        text.append(text.length() > 1 ? ", " : "").append(meter.key()).append('=');
        text.append(counts[meter.index()]);
      }
    }
    return text.append('}').toString();
  }

  private static final Meter[] METERS = Meter.values();

  private static long saturatedAdd(long left, long right) {
    long sum = left + right;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /** Collects counts; not for use by two threads. */
  public static final class Builder {
    private final long[] counts;

    private Builder(long[] counts) {
      this.counts = counts;
    }

    /**
     * @throws IllegalArgumentException for a negative count
     */
    public Builder set(Meter meter, long count) {
      if (count < 0) {
        throw new IllegalArgumentException("negative " + meter.key() + ": " + count);
      }
      counts[meter.index()] = count;
      return this;
    }

    public Usage build() {
      return new Usage(counts.clone());
    }
  }
}
