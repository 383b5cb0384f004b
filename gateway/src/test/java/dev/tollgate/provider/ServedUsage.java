package dev.tollgate.provider;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one answer is worth, as the provider knows it: tokens, disjoint, except that the reasoning
 * tokens are part of the output; and whatever else it counts.
 *
 * @param freshInput sent, and neither read from nor written to a cache
 * @param cacheWrite5m written to a cache that lasts five minutes
 * @param others by the names that a rate card has for them: {@code image}, {@code image_output}
 */
public record ServedUsage(
    long freshInput,
    long cacheRead,
    long cacheWrite5m,
    long cacheWrite1h,
    long output,
    long reasoning,
    SortedMap<String, Long> others) {
  public static final ServedUsage NONE = new ServedUsage(0, 0, 0, 0, 0, 0);

  public ServedUsage(
      long freshInput,
      long cacheRead,
      long cacheWrite5m,
      long cacheWrite1h,
      long output,
      long reasoning) {
    this(freshInput, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, new TreeMap<>());
  }

  /** Tokens in and out, no cache. */
  public static ServedUsage of(long input, long output) {
    return new ServedUsage(input, 0, 0, 0, output, 0);
  }

  /** The same, and so many of something else, by its name on a rate card. */
  public ServedUsage and(String other, long count) {
    return plus(new ServedUsage(0, 0, 0, 0, 0, 0, new TreeMap<>(Map.of(other, count))));
  }

  public long other(String name) {
    return others.getOrDefault(name, 0L);
  }

  /** All of the input that is text, cached or not. */
  public long input() {
    return freshInput + cacheRead + cacheWrite5m + cacheWrite1h;
  }

  public ServedUsage plus(ServedUsage other) {
    SortedMap<String, Long> sum = new TreeMap<>(others);
    other.others.forEach((name, count) -> sum.merge(name, count, Long::sum));
    return new ServedUsage(
        freshInput + other.freshInput,
        cacheRead + other.cacheRead,
        cacheWrite5m + other.cacheWrite5m,
        cacheWrite1h + other.cacheWrite1h,
        output + other.output,
        reasoning + other.reasoning,
        sum);
  }
}
