package dev.tollgate.provider;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Objects;

/**
 * What a model costs, in USD per million tokens: the test's own reading of a rate card, exact by
 * {@link BigDecimal} and not by the gateway's arithmetic.
 *
 * @param fees in USD each, by their names
 */
public record TestPrice(
    String input,
    String output,
    String cacheRead,
    String cacheWrite5m,
    String cacheWrite1h,
    Map<String, String> fees) {
  /** Of tokens alone. */
  public TestPrice(
      String input, String output, String cacheRead, String cacheWrite5m, String cacheWrite1h) {
    this(input, output, cacheRead, cacheWrite5m, cacheWrite1h, Map.of());
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
    for (Map.Entry<String, Long> used : usage.fees().entrySet()) {
      String each = Objects.requireNonNull(fees.get(used.getKey()), used.getKey());
      microUsd = microUsd.add(product(each, used.getValue()).movePointRight(6));
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
