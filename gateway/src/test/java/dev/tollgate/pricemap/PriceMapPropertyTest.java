package dev.tollgate.pricemap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Meter;
import dev.tollgate.pricemap.ImportedEntry.LeftOut;
import dev.tollgate.pricemap.ImportedEntry.Reason;
import dev.tollgate.pricemap.ImportedEntry.Taken;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Whatever number a map has, the card has the nearest nano-USD per million, or not the model. */
class PriceMapPropertyTest {
  private static final BigInteger NANO_MAX = BigInteger.valueOf(1_000_000_000_000L);

  @Property(tries = 2000)
  void price_isTheNearestNanoUsdPerMillion_andNeverZero(
      @ForAll @LongRange(min = 1, max = 999_999_999_999_999_999L) long digits,
      @ForAll @IntRange(min = -40, max = 2) int exponent,
      @ForAll long seed) {
    String number = written(digits, exponent, new Random(seed));
    BigInteger expected = nearest(digits, exponent + 15);

    ImportedEntry entry = read("\"mode\": \"embedding\", \"input_cost_per_token\": " + number);

    if (expected.signum() == 0 || exact(digits, exponent + 15).compareTo(NANO_MAX) > 0) {
      assertThat(((LeftOut) entry).reason()).as(number).isEqualTo(Reason.FAULTY);
    } else {
      assertThat(((Taken) entry).rates().prices().named(Meter.INPUT))
          .as(number)
          .isEqualTo(expected.longValueExact());
    }
  }

  private static ImportedEntry read(String fields) {
    String map = "{ \"m\": { \"litellm_provider\": \"acme\", " + fields + " } }";
    try {
      return PriceMapImport.read(
              new ByteArrayInputStream(map.getBytes(UTF_8)), "map.json", ImportSettings.ALL)
          .entries()
          .getFirst();
    } catch (PriceMapFault fault) {
      throw new AssertionError(fault);
    }
  }

  /** One of the ways to write digits times a power of ten. */
  private static String written(long digits, int exponent, Random random) {
    String text = Long.toString(digits);
    if (random.nextBoolean() && text.length() > 1) {
      int point = random.nextInt(1, text.length());
      return text.substring(0, point)
          + "."
          + text.substring(point)
          + "e"
          + (exponent + text.length() - point);
    }
    if (random.nextBoolean() && exponent < 0 && text.length() <= -exponent) {
      return "0." + "0".repeat(-exponent - text.length()) + text;
    }
    return text + (random.nextBoolean() ? "e" : "E") + exponent;
  }

  /** Rounded up: beyond a whole bound just when the number is. */
  private static BigInteger exact(long digits, int exponent) {
    BigInteger whole = BigInteger.valueOf(digits);
    if (exponent >= 0) {
      return whole.multiply(BigInteger.TEN.pow(exponent));
    }
    BigInteger[] parts = whole.divideAndRemainder(BigInteger.TEN.pow(-exponent));
    return parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE);
  }

  /** Half even, in whole numbers alone. */
  private static BigInteger nearest(long digits, int exponent) {
    BigInteger whole = BigInteger.valueOf(digits);
    if (exponent >= 0) {
      return whole.multiply(BigInteger.TEN.pow(exponent));
    }
    BigInteger unit = BigInteger.TEN.pow(-exponent);
    BigInteger[] parts = whole.divideAndRemainder(unit);
    int half = parts[1].shiftLeft(1).compareTo(unit);
    boolean isUp = half > 0 || (half == 0 && parts[0].testBit(0));
    return isUp ? parts[0].add(BigInteger.ONE) : parts[0];
  }
}
