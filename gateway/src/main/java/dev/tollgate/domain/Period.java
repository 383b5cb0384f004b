package dev.tollgate.domain;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Over which time a {@link Budget} counts. */
public sealed interface Period {
  /** No window is shorter. */
  Duration WINDOW_MIN = Duration.ofSeconds(1);

  /** No window is longer. */
  Duration WINDOW_MAX = Duration.ofDays(366);

  /** Since the budget exists. */
  record Lifetime() implements Period {}

  /** At any instant, all of the last {@code window}, which is a whole number of seconds. */
  record Rolling(Duration window) implements Period {
    public Rolling {
      requireWindow(window);
    }
  }

  /** Opens at the first spend and ends, whole, {@code window} later. */
  record FirstUse(Duration window) implements Period {
    public FirstUse {
      requireWindow(window);
    }
  }

  /** Calendar units in UTC. */
  record Calendar(CalendarUnit unit) implements Period {}

  /** A week begins on Monday. */
  enum CalendarUnit {
    DAY,
    WEEK,
    MONTH
  }

  /** As admins write it: {@code lifetime}, {@code rolling:5h}, {@code calendar:day}. */
  default String text() {
    return switch (this) {
      case Lifetime() -> "lifetime";
      case Rolling(Duration window) -> "rolling:" + text(window);
      case FirstUse(Duration window) -> "first_use:" + text(window);
      case Calendar(CalendarUnit unit) -> "calendar:" + Spelling.of(unit);
    };
  }

  /** How long it is, for people: {@code lifetime}, {@code 5h}, {@code day}. */
  default String shortText() {
    return text().substring(text().indexOf(':') + 1);
  }

  /**
   * The period that {@link #text} writes.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Period parse(String text) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String span = colon < 0 ? "" : text.substring(colon + 1);
    return switch (kind) {
      case "lifetime" -> lifetime(text);
      case "rolling" -> new Rolling(parseWindow(span));
      case "first_use" -> new FirstUse(parseWindow(span));
      case "calendar" -> new Calendar(calendarUnit(span));
      default -> throw noPeriod(text);
    };
  }

  /**
   * A duration such as {@code 90m}, {@code 5h} or {@code 7d}.
   *
   * @throws IllegalArgumentException when it is none, or not within the bounds of a window
   */
  static Duration parseWindow(String text) {
    Matcher parts = Pattern.compile("([1-9][0-9]{0,8})([smhd])").matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a duration such as 90m, 5h or 7d: " + text);
    }
    long count = Long.parseLong(parts.group(1));
    Duration window =
        switch (parts.group(2)) {
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          default -> Duration.ofDays(count);
        };
    requireWindow(window);
    return window;
  }

  private static Period lifetime(String text) {
    if (text.equals("lifetime")) {
      return new Lifetime();
    }
    throw noPeriod(text);
  }

  private static CalendarUnit calendarUnit(String text) {
    return switch (text) {
      case "day" -> CalendarUnit.DAY;
      case "week" -> CalendarUnit.WEEK;
      case "month" -> CalendarUnit.MONTH;
      default -> throw noPeriod("calendar:" + text);
    };
  }

  private static IllegalArgumentException noPeriod(String text) {
    return new IllegalArgumentException(
        "not a period such as lifetime, rolling:5h, first_use:5h or calendar:day: " + text);
  }

  private static String text(Duration window) {
    long seconds = window.toSeconds();
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    } else if (seconds % 3_600 == 0) {
      return seconds / 3_600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  private static void requireWindow(Duration window) {
    if (window.compareTo(WINDOW_MIN) < 0
        || window.compareTo(WINDOW_MAX) > 0
        || window.toNanosPart() != 0) {
      throw new IllegalArgumentException(
          "a window must be of 1 second to 366 days, in whole seconds, not " + window);
    }
  }
}
