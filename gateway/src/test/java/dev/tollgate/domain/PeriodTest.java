package dev.tollgate.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeriodTest {
  @ParameterizedTest
  @CsvSource({
    "lifetime,       lifetime,      lifetime",
    "rolling:5h,     rolling:5h,    5h",
    "rolling:300m,   rolling:5h,    5h",
    "rolling:90m,    rolling:90m,   90m",
    "rolling:366d,   rolling:366d,  366d",
    "first_use:24h,  first_use:1d,  1d",
    "first_use:1s,   first_use:1s,  1s",
    "calendar:day,   calendar:day,  day",
    "calendar:week,  calendar:week, week",
    "calendar:month, calendar:month, month"
  })
  void parse_thenText_isTheShortestForm(String text, String expected, String shortText) {
    assertThat(Period.parse(text).text()).isEqualTo(expected);
    assertThat(Period.parse(text).shortText()).isEqualTo(shortText);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rolling",
        "rolling:",
        "rolling:0s",
        "rolling:5",
        "rolling:5w",
        "rolling:-5h",
        "rolling:367d",
        "rolling:999999999d",
        "rolling:9999999999s",
        "lifetime:5h",
        "calendar:year",
        "calendar",
        "Rolling:5h"
      })
  void parse_ofAnythingElse_isRefused(String text) {
    assertThatThrownBy(() -> Period.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
