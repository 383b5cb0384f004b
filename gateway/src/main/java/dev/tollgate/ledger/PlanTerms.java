package dev.tollgate.ledger;

import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * The plan that an account is on. Times are millis since the epoch.
 *
 * @param plan its id on the rate card
 * @param isSubscription whether it pays for requests, within the account's budgets
 * @param fromMillis when the period began that is paid for
 * @param untilMillis when that ends
 * @param anchorDay of the month on which periods begin, where a month has it: 1 to 31
 * @param feeNanoUsd what was charged for this period
 * @param agreedFeeNanoUsd what is charged instead of the card's fee; null for the card's
 * @param multiplierPpm what the plan makes of list prices
 * @param renews whether it goes on when the period ends, and does not just end
 * @param graceUntilMillis when a fee that is past due ends the plan; null while nothing is past due
 */
public record PlanTerms(
    String plan,
    boolean isSubscription,
    long fromMillis,
    long untilMillis,
    int anchorDay,
    long feeNanoUsd,
    @Nullable Long agreedFeeNanoUsd,
    long multiplierPpm,
    boolean renews,
    @Nullable Long graceUntilMillis) {

  /** Whether its fee could not be charged. */
  public boolean isPastDue() {
    return graceUntilMillis != null;
  }

  /**
   * The end of a period that begins then: the same day of the next month, at the same time, or the
   * last day of that month where it has no such day. In UTC.
   */
  public static long endOfPeriod(long fromMillis, int anchorDay) {
    Instant from = Instant.ofEpochMilli(fromMillis);
    LocalDate day = LocalDate.ofInstant(from, ZoneOffset.UTC);
    YearMonth next = YearMonth.from(day).plusMonths(1);
    LocalDate end = next.atDay(Math.min(anchorDay, next.lengthOfMonth()));
    long millisOfDay = fromMillis - day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    return end.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli() + millisOfDay;
  }
}
