package dev.tollgate.archive;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;

/**
 * Which row of the rollups.
 *
 * @param day in UTC, {@code 2026-11-26}
 */
record UsageKey(
    String day, String account, String key, String model, String endpoint, String provider) {
  private static final long DAY_MILLIS = 86_400_000;

  /** Most events are of the day of the one before. */
  private static volatile Day lastDay = new Day(0, LocalDate.EPOCH.toString());

  private record Day(long number, String text) {}

  /** Where an event counts. */
  static UsageKey of(ArchiveEvent event) {
    return new UsageKey(
        day(event.number("at")),
        StoredText.id(event.field("account")),
        StoredText.id(event.field("key")),
        StoredText.name(event.field("model")),
        StoredText.name(event.field("endpoint")),
        StoredText.name(event.field("provider")));
  }

  static UsageKey read(ResultSet row) throws SQLException {
    return new UsageKey(
        row.getString("day"),
        row.getString("account"),
        row.getString("key"),
        row.getString("model"),
        row.getString("endpoint"),
        row.getString("provider"));
  }

  Columns addTo(Columns rows) {
    return rows.add(day).add(account).add(key).add(model).add(endpoint).add(provider);
  }

  static String day(long millis) {
    long number = Math.floorDiv(millis, DAY_MILLIS);
    Day last = lastDay;
    if (last.number != number) {
      last = new Day(number, LocalDate.ofEpochDay(number).toString());
      lastDay = last;
    }
    return last.text;
  }
}
