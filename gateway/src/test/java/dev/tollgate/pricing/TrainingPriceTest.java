package dev.tollgate.pricing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPriceTest {
  private static final BigDecimal MOST = BigDecimal.valueOf(TrainingPrice.CENTS_BEYOND);

  @ParameterizedTest
  @CsvSource({
    // epochs, tokens, USD of a million and epoch, cents
    "1, 1000000, 0.45, 45",
    "3, 310000, 0.45, 42",
    "1, 1, 0.45, 1",
    "1, 22222, 0.45, 1",
    "1, 22223, 0.45, 2",
    "10, 0, 0.70, 0",
    "7, 999999, 0, 0",
    "1000, 1000000000000, 0.70, 70000000000"
  })
  void cents_areRoundedUpOnce(long epochs, long tokens, String usd, long cents) {
    TrainingPrice price = new TrainingPrice(Money.parseUsd(usd));

    assertThat(price.cents(epochs, tokens)).isEqualTo(Math.min(cents, TrainingPrice.CENTS_BEYOND));
  }

  @Property(tries = 2000)
  void cents_ofAnyRun_equalTheDecimalOracle(
      @ForAll @LongRange(min = 0, max = Integer.MAX_VALUE) long epochs,
      @ForAll @LongRange(min = 0) long tokens,
      @ForAll @LongRange(min = 0, max = Money.MAX_NANO_USD) long nanoUsdPerMtok,
      @ForAll @LongRange(min = 0, max = 100_000_000) long multiplierPpm) {
    BigDecimal usd =
        BigDecimal.valueOf(epochs)
            .multiply(BigDecimal.valueOf(tokens))
            .multiply(BigDecimal.valueOf(nanoUsdPerMtok, 9))
            .movePointLeft(6);

    long cents = new TrainingPrice(nanoUsdPerMtok).cents(epochs, tokens);

    assertThat(BigDecimal.valueOf(cents)).isEqualByComparingTo(up(usd.movePointRight(2)));
    assertThat(BigDecimal.valueOf(TrainingPrice.billedCents(cents, multiplierPpm)))
        .isEqualByComparingTo(
            up(BigDecimal.valueOf(cents).multiply(BigDecimal.valueOf(multiplierPpm, 6))));
  }

  private static BigDecimal up(BigDecimal cents) {
    return cents.setScale(0, RoundingMode.CEILING).min(MOST);
  }

  @Property(tries = 500)
  void billed_isWholeCents_neverBelowTheExactPrice_andByLessThanACentAbove(
      @ForAll @LongRange(min = 0, max = Money.MAX_NANO_USD / 2) long listNanoUsd) {
    long billed = TrainingPrice.billedNanoUsd(listNanoUsd, TrainingPrice.ONE_PPM);

    assertThat(billed % Money.NANO_PER_CENT).isZero();
    assertThat(billed).isBetween(listNanoUsd, listNanoUsd + Money.NANO_PER_CENT - 1);
  }

  @ParameterizedTest
  @CsvSource({"-1, 1", "1, -1"})
  void cents_ofLessThanNothing_areABug(long epochs, long tokens) {
    TrainingPrice price = new TrainingPrice(1);

    assertThatThrownBy(() -> price.cents(epochs, tokens))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
