package dev.tollgate.account;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A range of days in UTC; both ends belong to it. */
public record Days(LocalDate from, LocalDate to) {
  public static final String START = "start_date";
  public static final String END = "end_date";

  /** The most that are asked for at once. */
  public static final int DAYS_MAX = 366;

  private static final int DAYS_DEFAULT = 30;
  private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
  private static final LocalDate DAY_MIN = LocalDate.EPOCH;

  /**
   * The range of two days as customers write them. Without a start it has 30 days, without an end
   * it ends today.
   *
   * @throws Fields.Fault where one of them is no day, or the range is empty or too long
   */
  public static Days of(@Nullable String start, @Nullable String end, LocalDate today) {
    LocalDate to = end == null ? today : day(END, end);
    LocalDate from = start == null ? earlier(to) : day(START, start);
    if (from.isAfter(to)) {
      throw new Fields.Fault(
          start == null ? END : START,
          START + " (" + from + ") must not be after " + END + " (" + to + ").");
    }
    if (ChronoUnit.DAYS.between(from, to) >= DAYS_MAX) {
      throw new Fields.Fault(
          START, START + " must not be more than " + DAYS_MAX + " days before " + END + ".");
    }
    return new Days(from, to);
  }

  private static LocalDate earlier(LocalDate to) {
    LocalDate from = to.minusDays(DAYS_DEFAULT - 1L);
    return from.isBefore(DAY_MIN) ? DAY_MIN : from;
  }

  /**
   * @param name of the parameter that has it
   * @throws Fields.Fault when it is no day
   */
  public static LocalDate day(String name, String text) {
    try {
      if (DAY.matcher(text).matches()) {
        LocalDate day = LocalDate.parse(text);
        if (!day.isBefore(DAY_MIN)) {
          return day;
        }
      }
    } catch (DateTimeException noSuchDay) {
      // said below
    }
    throw new Fields.Fault(name, name + " must be a day such as 2026-11-26, from 1970 on.");
  }

  /** Its first millisecond. */
  public static long startMillis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }
}
