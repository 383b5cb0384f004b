package dev.tollgate.billing.invoice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaxRateTest {
  @ParameterizedTest
  @CsvSource({
    "190000, false,  10000,  1900",
    "190000, false,     50,    10", // 9.5
    "190000, false,     49,     9", // 9.31
    "190000, false,    -50,   -10",
    "190000, true,   11900,  1900",
    "190000, true,     324,    52", // 51.73
    "88750,  false,   1000,    89", // 88.75
    "0,      false,   1000,     0",
    "1000000, true,   1001,   501", // 500.5
    "500000, false, 900719925474, 450359962737",
  })
  void cents_ofATotal_areHalfUp(long ppm, boolean isIncluded, long total, long tax) {
    assertThat(new TaxRate("VAT", ppm, isIncluded).cents(total)).isEqualTo(tax);
  }

  @Test
  void cents_ofRandomTotals_areThoseOfDecimals() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      long ppm = random.nextLong(1_000_001);
      boolean isIncluded = random.nextBoolean();
      long total = random.nextLong(-1_000_000, 1_000_000_000_000L);
      BigDecimal whole = BigDecimal.valueOf(isIncluded ? 1_000_000 + ppm : 1_000_000);
      assertThat(new TaxRate("VAT", ppm, isIncluded).cents(total))
          .isEqualTo(
              BigDecimal.valueOf(total)
                  .multiply(BigDecimal.valueOf(ppm))
                  .divide(whole, 0, RoundingMode.HALF_UP)
                  .longValueExact());
    }
  }

  @Test
  void rate_beyondAllOfIt_isNone() {
    for (long ppm : new long[] {-1, 1_000_001}) {
      assertThatThrownBy(() -> new TaxRate("VAT", ppm, true))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
