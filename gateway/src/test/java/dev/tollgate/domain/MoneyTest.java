package dev.tollgate.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {
  @ParameterizedTest
  @CsvSource({
    "0.20, 200000000",
    "0, 0",
    "0e400, 0",
    "-0e-400, 0",
    "-1.5, -1500000000",
    "1e-9, 1",
    "0.30, 300000000",
    "9007199.254740991, 9007199254740991"
  })
  void parseUsd_aDecimal_isExact(String usd, long nanoUsd) {
    assertThat(Money.parseUsd(usd)).isEqualTo(nanoUsd);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1,5", "0.0000000001", "9007199.254740992", "1e400", "NaN"})
  void parseUsd_nonsenseOrOutOfRange_isRefused(String usd) {
    assertThatThrownBy(() -> Money.parseUsd(usd)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void usd_anyAmount_readsBackTheSame(
      @ForAll @LongRange(min = -Money.MAX_NANO_USD, max = Money.MAX_NANO_USD) long nanoUsd) {
    assertThat(Money.parseUsd(Money.usd(nanoUsd))).isEqualTo(nanoUsd);
    assertThat(Money.usd(nanoUsd)).doesNotContain("E");
  }

  @ParameterizedTest
  @CsvSource({
    "13429999999, 1342, 1343",
    "13420000000, 1342, 1342",
    "-1, -1, 0",
    "1, 0, 1",
    "-10000000, -1, -1"
  })
  void cents_ofFractions_roundAgainstTheCustomerNever(long nanoUsd, long floor, long ceil) {
    assertThat(Money.floorCents(nanoUsd)).isEqualTo(floor);
    assertThat(Money.ceilCents(nanoUsd)).isEqualTo(ceil);
  }

  @Test
  void dollars_anAmount_hasTwoDecimals() {
    assertThat(Money.dollars(420_000_000L)).isEqualTo("$0.42");
    assertThat(Money.dollars(-1_000_000_000L)).isEqualTo("-$1.00");
  }
}
