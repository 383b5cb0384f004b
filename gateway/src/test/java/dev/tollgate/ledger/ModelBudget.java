package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What docs/ledger.md says of one budget, in plain Java: a list of spends, added up anew whenever
 * it is asked. The time never goes back.
 */
final class ModelBudget {
  private record Spend(long at, long amount) {}

  final Budget.Unit unit;
  final Period period;
  long held;
  private final List<Spend> spends = new ArrayList<>();
  private @Nullable Long opened;

  ModelBudget(Budget.Unit unit, Period period) {
    this.unit = unit;
    this.period = period;
  }

  long used(long at) {
    long sum = 0;
    for (Spend spend : spends) {
      sum += counts(spend, at) ? spend.amount : 0;
    }
    return sum;
  }

  private boolean counts(Spend spend, long at) {
    return switch (period) {
      case Period.Lifetime() -> true;
      case Period.Rolling(Duration window) -> leavesAt(spend.at, window) > at;
      case Period.FirstUse(Duration window) ->
          opened != null && spend.at >= opened && at < opened + window.toMillis();
      case Period.Calendar(var calendar) -> spend.at >= start(calendar, at);
    };
  }

  /** A bucket is a sixtieth of the window, in whole millis, and leaves when all of it is out. */
  private static long leavesAt(long at, Duration window) {
    long bucket = window.toMillis() / 60;
    return (at / bucket + 1) * bucket + window.toMillis();
  }

  /** A window that nothing came of does not count as open. */
  private boolean isOpen(long at, Duration window) {
    return opened != null && at < opened + window.toMillis() && (used(at) > 0 || held > 0);
  }

  void hold(long amount, long at) {
    if (period instanceof Period.FirstUse(Duration window) && !isOpen(at, window)) {
      open(at);
    }
    held += amount;
  }

  void use(long amount, long at) {
    if (amount == 0) {
      return;
    }
    if (period instanceof Period.FirstUse(Duration window) && !isOpen(at, window)) {
      open(at);
    }
    spends.removeIf(spend -> !counts(spend, at));
    Spend last = spends.isEmpty() ? null : spends.getLast();
    if (last != null && leaveTogether(last.at, at)) {
      spends.set(spends.size() - 1, new Spend(last.at, last.amount + amount));
    } else {
      spends.add(new Spend(at, amount));
    }
  }

  private boolean leaveTogether(long before, long at) {
    return !(period instanceof Period.Rolling(Duration window))
        || leavesAt(before, window) == leavesAt(at, window);
  }

  private void open(long at) {
    opened = at;
    spends.clear();
  }

  @Nullable Long from(long at) {
    return switch (period) {
      case Period.Lifetime() -> null;
      case Period.Rolling(Duration window) -> at - window.toMillis();
      case Period.FirstUse(Duration window) -> isOpen(at, window) ? opened : null;
      case Period.Calendar(var calendar) -> start(calendar, at);
    };
  }

  @Nullable Long to(long at) {
    return switch (period) {
      case Period.Lifetime() -> null;
      case Period.Rolling(Duration window) -> leaves(at, window, 1);
      case Period.FirstUse(Duration window) ->
          isOpen(at, window) && opened != null ? Long.valueOf(opened + window.toMillis()) : null;
      case Period.Calendar(var calendar) -> end(calendar, at);
    };
  }

  /** When it frees, for a request that asks more than is left. */
  @Nullable Long freesAt(long at, long asked, long limit) {
    if (period instanceof Period.Lifetime) {
      return null;
    }
    long excess = used(at) + held + asked - limit;
    Long time =
        period instanceof Period.Rolling(Duration window) ? leaves(at, window, excess) : to(at);
    if (time != null) {
      return time;
    }
    return asked <= limit ? Long.valueOf(at + 1_000) : null;
  }

  /** When so much has left, or all. */
  private @Nullable Long leaves(long at, Duration window, long amount) {
    long left = 0;
    Long time = null;
    for (Spend spend : spends.stream().sorted(Comparator.comparingLong(Spend::at)).toList()) {
      long leaves = leavesAt(spend.at, window);
      // What shares a bucket leaves together.
      if (leaves > at && (left < amount || Long.valueOf(leaves).equals(time))) {
        left += spend.amount;
        time = leaves;
      }
    }
    return time;
  }

  private static long start(Period.CalendarUnit unit, long at) {
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(at), ZoneOffset.UTC);
    LocalDate first =
        switch (unit) {
          case DAY -> day;
          case WEEK -> day.minusDays(day.getDayOfWeek().getValue() - 1L);
          case MONTH -> day.withDayOfMonth(1);
        };
    return first.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  static long end(Period.CalendarUnit unit, long at) {
    LocalDate start = LocalDate.ofInstant(Instant.ofEpochMilli(start(unit, at)), ZoneOffset.UTC);
    ChronoUnit step =
        switch (unit) {
          case DAY -> ChronoUnit.DAYS;
          case WEEK -> ChronoUnit.WEEKS;
          case MONTH -> ChronoUnit.MONTHS;
        };
    return start.plus(1, step).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }
}
