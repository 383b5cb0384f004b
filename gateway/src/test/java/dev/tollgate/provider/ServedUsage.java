package dev.tollgate.provider;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one answer used, as the provider knows it. Its tokens are disjoint, except that the
 * reasoning tokens are part of the output.
 *
 * @param freshInput sent, and neither read from nor written to a cache
 * @param cacheWrite5m written to a cache that lasts five minutes
 * @param fees how many of what costs a fee each, by its name on a rate card; only what is not 0
 */
public record ServedUsage(
    long freshInput,
    long cacheRead,
    long cacheWrite5m,
    long cacheWrite1h,
    long output,
    long reasoning,
    Map<String, Long> fees) {
  public static final ServedUsage NONE = new ServedUsage(0, 0, 0, 0, 0, 0);

  public ServedUsage {
    fees = Map.copyOf(fees);
  }

  /** Tokens alone. */
  public ServedUsage(
      long freshInput,
      long cacheRead,
      long cacheWrite5m,
      long cacheWrite1h,
      long output,
      long reasoning) {
    this(freshInput, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, Map.of());
  }

  /** Tokens in and out, no cache. */
  public static ServedUsage of(long input, long output) {
    return new ServedUsage(input, 0, 0, 0, output, 0);
  }

  /** No tokens. */
  public static ServedUsage ofFees(Map<String, Long> fees) {
    return new ServedUsage(0, 0, 0, 0, 0, 0, fees);
  }

  /** All of the input, cached or not. */
  public long input() {
    return freshInput + cacheRead + cacheWrite5m + cacheWrite1h;
  }

  public ServedUsage plus(ServedUsage other) {
    Map<String, Long> both = new TreeMap<>(fees);
    other.fees.forEach((fee, count) -> both.merge(fee, count, Long::sum));
    return new ServedUsage(
        freshInput + other.freshInput,
        cacheRead + other.cacheRead,
        cacheWrite5m + other.cacheWrite5m,
        cacheWrite1h + other.cacheWrite1h,
        output + other.output,
        reasoning + other.reasoning,
        both);
  }
}
