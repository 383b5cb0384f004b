package dev.tollgate.billing.invoice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.YearMonth;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MonthsTest {
  private static final long HOUR = 3_600_000;

  @ParameterizedTest
  @CsvSource({
    "2026-11-01T00:59:59.999Z, 2026-09",
    "2026-11-01T01:00:00Z,     2026-10",
    "2026-11-30T23:59:59.999Z, 2026-10",
    "2026-12-01T00:59:59.999Z, 2026-10",
    "2027-01-01T01:00:00Z,     2026-12",
    "2028-02-29T12:00:00Z,     2028-01",
    "2028-03-01T01:00:00Z,     2028-02",
  })
  void lastEnded_anHourAfterMidnight_isTheMonthBefore(Instant now, YearMonth month) {
    assertThat(Months.lastEnded(now.toEpochMilli(), HOUR)).isEqualTo(month);
  }

  @Test
  void months_overCenturies_goAndComeBack() {
    for (YearMonth month = YearMonth.of(1999, 12);
        month.isBefore(YearMonth.of(2101, 2));
        month = month.plusMonths(1)) {
      long end = Months.endMillis(month);
      assertThat(Months.ofIndex(Months.index(month))).isEqualTo(month);
      assertThat(Months.of(end - 1)).isEqualTo(month);
      assertThat(Months.of(end)).isEqualTo(month.plusMonths(1));
      assertThat(Months.index(month.plusMonths(1))).isEqualTo(Months.index(month) + 1);
      assertThat(Months.startMillis(Months.day(end))).isEqualTo(end);
    }
  }
}
