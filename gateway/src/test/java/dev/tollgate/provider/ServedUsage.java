package dev.tollgate.provider;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one answer is worth, as the provider knows it. Tokens are disjoint, except that the
 * reasoning tokens are part of the output.
 *
 * @param freshInput sent, and neither read from nor written to a cache
 * @param cacheWrite5m written to a cache that lasts five minutes
 * @param things that cost a fee each, and other kinds of tokens, by the rate card's names for them:
 *     {@code web_search}, {@code image_output}
 */
public record ServedUsage(
    long freshInput,
    long cacheRead,
    long cacheWrite5m,
    long cacheWrite1h,
    long output,
    long reasoning,
    Map<String, Long> things) {
  public static final ServedUsage NONE = new ServedUsage(0, 0, 0, 0, 0, 0);

  public ServedUsage {
    things = Map.copyOf(things);
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

  /** And so many more of a thing that costs a fee each. */
  public ServedUsage with(String thing, long count) {
    Map<String, Long> more = new TreeMap<>(things);
    if (count > 0) {
      more.merge(thing, count, Long::sum);
    }
    return new ServedUsage(
        freshInput, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, more);
  }

  /** How many there are of a thing that costs a fee each. */
  public long count(String thing) {
    return things.getOrDefault(thing, 0L);
  }

  /** All of the input, cached or not. */
  public long input() {
    return freshInput + cacheRead + cacheWrite5m + cacheWrite1h;
  }

  public ServedUsage plus(ServedUsage other) {
    Map<String, Long> all = new TreeMap<>(things);
    other.things.forEach((thing, count) -> all.merge(thing, count, Long::sum));
    return new ServedUsage(
        freshInput + other.freshInput,
        cacheRead + other.cacheRead,
        cacheWrite5m + other.cacheWrite5m,
        cacheWrite1h + other.cacheWrite1h,
        output + other.output,
        reasoning + other.reasoning,
        all);
  }
}
