package dev.tollgate.billing.invoice;

import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;

/** Months in UTC, and as the database has them: {@code year * 12 + month - 1}. */
final class Months {
  private Months() {}

  static YearMonth of(long millis) {
    return YearMonth.from(Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC));
  }

  static int index(YearMonth month) {
    return month.getYear() * 12 + month.getMonthValue() - 1;
  }

  static YearMonth ofIndex(long index) {
    return YearMonth.of(Math.toIntExact(index / 12), (int) (index % 12) + 1);
  }

  /** The first millisecond that is not of the month any more. */
  static long endMillis(YearMonth month) {
    return startMillis(month.plusMonths(1).atDay(1));
  }

  static long startMillis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  static LocalDate day(long millis) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
  }

  /**
   * The last month whose invoices may be made.
   *
   * @param settleMillis how long after its end
   */
  static YearMonth lastEnded(long nowMillis, long settleMillis) {
    return of(nowMillis - settleMillis).minusMonths(1);
  }
}
