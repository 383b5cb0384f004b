package dev.tollgate.provider;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a model costs, in USD per million tokens: the test's own reading of a rate card, exact by
 * {@link BigDecimal} and not by the gateway's arithmetic.
 *
 * @param tokens USD per million of other kinds of tokens, by their names on the card
 * @param fees USD each, likewise
 */
public record TestPrice(
    String input,
    String output,
    String cacheRead,
    String cacheWrite5m,
    String cacheWrite1h,
    SortedMap<String, String> tokens,
    SortedMap<String, String> fees) {
  public TestPrice(
      String input, String output, String cacheRead, String cacheWrite5m, String cacheWrite1h) {
    this(input, output, cacheRead, cacheWrite5m, cacheWrite1h, new TreeMap<>(), new TreeMap<>());
  }

  /** What is sold by the piece alone. */
  public static TestPrice ofFee(String name, String usd) {
    return new TestPrice(
        "0", "0", "0", "0", "0", new TreeMap<>(), new TreeMap<>(Map.of(name, usd)));
  }

  /** The same, with a price for another kind of tokens. */
  public TestPrice and(String name, String usdPerMillion) {
    SortedMap<String, String> more = new TreeMap<>(tokens);
    more.put(name, usdPerMillion);
    return new TestPrice(input, output, cacheRead, cacheWrite5m, cacheWrite1h, more, fees);
  }

  /** Without cache prices: cached tokens cost what others do. */
  public static TestPrice of(String input, String output) {
    return new TestPrice(input, output, input, input, input);
  }

  /** In nano-USD, the sum of all products rounded up once. */
  public long costNanoUsd(ServedUsage usage) {
    BigDecimal microUsd =
        product(input, usage.freshInput())
            .add(product(output, usage.output()))
            .add(product(cacheRead, usage.cacheRead()))
            .add(product(cacheWrite5m, usage.cacheWrite5m()))
            .add(product(cacheWrite1h, usage.cacheWrite1h()));
    for (Map.Entry<String, String> price : tokens.entrySet()) {
      microUsd = microUsd.add(product(price.getValue(), usage.other(price.getKey())));
    }
    for (Map.Entry<String, String> fee : fees.entrySet()) {
      BigDecimal usd = product(fee.getValue(), usage.other(fee.getKey()));
      microUsd = microUsd.add(usd.movePointRight(6));
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
