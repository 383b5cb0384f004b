package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A budget as scripts read it: {@code name|unit|period|limit|models}, the models being globs
 * separated by commas. An owner has one such line for each of its budgets.
 */
final class BudgetLine {
  private static final Pattern NAME = Pattern.compile("[a-z0-9_.-]{1,40}");

  private BudgetLine() {}

  static String of(Budget budget) {
    if (!NAME.matcher(budget.name()).matches()) {
      throw new IllegalArgumentException("not a name for a budget: " + budget.name());
    }
    return String.join(
        "|",
        budget.name(),
        budget.unit().name().toLowerCase(Locale.ROOT),
        period(budget.period()),
        Long.toString(budget.limit()),
        Globs.joined(budget.models(), ","));
  }

  /** The limit of the budget of this name among an owner's lines. */
  static Optional<Long> limit(String lines, String name) {
    return lines
        .lines()
        .map(line -> List.of(line.split("\\|", -1)))
        .filter(parts -> parts.getFirst().equals(name))
        .map(parts -> Long.parseLong(parts.get(3)))
        .findFirst();
  }

  private static String period(Period period) {
    return switch (period) {
      case Period.Lifetime() -> "lifetime";
      case Period.Rolling(var window) -> "rolling:" + window.toMillis();
      case Period.FirstUse(var window) -> "first_use:" + window.toMillis();
      case Period.Calendar(var unit) -> "calendar:" + unit.name().toLowerCase(Locale.ROOT);
    };
  }
}
