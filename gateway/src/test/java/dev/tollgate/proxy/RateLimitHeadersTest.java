package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitHeadersTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "-5, 0s",
    "20, 20ms",
    "999, 999ms",
    "1000, 1s",
    "1001, 2s",
    "59000, 59s",
    "59001, 1m0s",
    "60000, 1m0s",
    "360000, 6m0s",
    "90500, 1m31s"
  })
  void duration_isWrittenAsOpenAiDoes(long millis, String text) {
    assertThat(RateLimitHeaders.duration(millis)).isEqualTo(text);
  }
}
