package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutcomeTest {
  @ParameterizedTest
  @CsvSource({
    "200, false",
    "301, false",
    "400, false",
    "401, false",
    "403, false",
    "404, false",
    "408, true",
    "422, false",
    "429, true",
    "499, false",
    "500, true",
    "503, true",
    "529, true"
  })
  void answers_thatAnotherTryMayBetter(int status, boolean isWorthAnother) {
    assertThat(Outcome.isWorthAnother(status)).isEqualTo(isWorthAnother);
  }
}
