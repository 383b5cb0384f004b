package dev.tollgate.domain;

import java.time.Duration;

/** Over which time a {@link Budget} counts. */
public sealed interface Period {
  /** Since the budget exists. */
  record Lifetime() implements Period {}

  /** At any instant, all of the last {@code window}. */
  record Rolling(Duration window) implements Period {}

  /** Opens at the first spend and ends, whole, {@code window} later. */
  record FirstUse(Duration window) implements Period {}

  /** Calendar units in UTC. */
  record Calendar(CalendarUnit unit) implements Period {}

  /** A week begins on Monday. */
  enum CalendarUnit {
    DAY,
    WEEK,
    MONTH
  }
}
