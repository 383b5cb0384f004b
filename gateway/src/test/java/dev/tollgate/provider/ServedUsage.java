package dev.tollgate.provider;

/**
 * The tokens of one answer, as the provider knows them. Disjoint, except that the reasoning tokens
 * are part of the output.
 *
 * @param freshInput sent, and neither read from nor written to a cache
 * @param cacheWrite5m written to a cache that lasts five minutes
 */
public record ServedUsage(
    long freshInput,
    long cacheRead,
    long cacheWrite5m,
    long cacheWrite1h,
    long output,
    long reasoning) {
  public static final ServedUsage NONE = new ServedUsage(0, 0, 0, 0, 0, 0);

  /** Tokens in and out, no cache. */
  public static ServedUsage of(long input, long output) {
    return new ServedUsage(input, 0, 0, 0, output, 0);
  }

  /** All of the input, cached or not. */
  public long input() {
    return freshInput + cacheRead + cacheWrite5m + cacheWrite1h;
  }

  public ServedUsage plus(ServedUsage other) {
    return new ServedUsage(
        freshInput + other.freshInput,
        cacheRead + other.cacheRead,
        cacheWrite5m + other.cacheWrite5m,
        cacheWrite1h + other.cacheWrite1h,
        output + other.output,
        reasoning + other.reasoning);
  }
}
