package dev.tollgate.provider;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a model costs, in USD per million tokens, and in USD for each thing with a fee: the test's
 * own reading of a rate card, exact by {@link BigDecimal} and not by the gateway's arithmetic.
 *
 * @param tokens USD per million of other kinds of tokens, by the rate card's names for them
 */
public record TestPrice(
    String input,
    String output,
    String cacheRead,
    String cacheWrite5m,
    String cacheWrite1h,
    Map<String, String> tokens,
    Map<String, String> fees) {
  public TestPrice {
    tokens = Map.copyOf(tokens);
    fees = Map.copyOf(fees);
  }

  /** Without fees. */
  public TestPrice(
      String input, String output, String cacheRead, String cacheWrite5m, String cacheWrite1h) {
    this(input, output, cacheRead, cacheWrite5m, cacheWrite1h, Map.of(), Map.of());
  }

  /** Without cache prices: cached tokens cost what others do. */
  public static TestPrice of(String input, String output) {
    return new TestPrice(input, output, input, input, input);
  }

  /**
   * The same with a fee.
   *
   * @param thing as the rate card has it: {@code web_search}
   */
  public TestPrice withFee(String thing, String usdEach) {
    Map<String, String> more = new TreeMap<>(fees);
    more.put(thing, usdEach);
    return new TestPrice(input, output, cacheRead, cacheWrite5m, cacheWrite1h, tokens, more);
  }

  /**
   * The same with a price for another kind of tokens.
   *
   * @param kind as the rate card has it: {@code image_output}
   */
  public TestPrice withTokens(String kind, String usdPerMillion) {
    Map<String, String> more = new TreeMap<>(tokens);
    more.put(kind, usdPerMillion);
    return new TestPrice(input, output, cacheRead, cacheWrite5m, cacheWrite1h, more, fees);
  }

  /** In nano-USD, the sum of all products rounded up once. Things without a fee cost nothing. */
  public long costNanoUsd(ServedUsage usage) {
    BigDecimal microUsd =
        product(input, usage.freshInput())
            .add(product(output, usage.output()))
            .add(product(cacheRead, usage.cacheRead()))
            .add(product(cacheWrite5m, usage.cacheWrite5m()))
            .add(product(cacheWrite1h, usage.cacheWrite1h()));
    for (Map.Entry<String, Long> thing : usage.things().entrySet()) {
      String usdEach = fees.getOrDefault(thing.getKey(), "0");
      String usdPerMillion = tokens.getOrDefault(thing.getKey(), "0");
      microUsd =
          microUsd
              .add(product(usdEach, thing.getValue()).movePointRight(6))
              .add(product(usdPerMillion, thing.getValue()));
    }
    BigInteger nanoUsd =
        microUsd.movePointRight(3).setScale(0, RoundingMode.CEILING).toBigIntegerExact();
    return nanoUsd.longValueExact();
  }

  /** USD per million times tokens is millionths of a USD. */
  private static BigDecimal product(String usdPerMillion, long tokens) {
    return new BigDecimal(usdPerMillion).multiply(BigDecimal.valueOf(tokens));
  }
}
