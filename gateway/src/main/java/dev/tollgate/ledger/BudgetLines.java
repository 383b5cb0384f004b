package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Spelling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Budgets as scripts read them: {@code name|unit|period|limit|models}, the models being globs
 * separated by commas. An owner has one such line for each of its budgets.
 */
final class BudgetLines {
  /** Of one owner; the scripts know it too. */
  static final int BUDGETS_MAX = 32;

  private static final int STATE_FIELDS = 7;

  private BudgetLines() {}

  /**
   * All lines of a new owner.
   *
   * @throws IllegalArgumentException when two have the same name
   */
  static String of(List<Budget> budgets) {
    if (budgets.size() > BUDGETS_MAX) {
      throw new TooManyBudgetsException();
    }
    if (budgets.stream().map(Budget::name).distinct().count() < budgets.size()) {
      throw new IllegalArgumentException("two budgets have the same name");
    }
    return budgets.stream().map(BudgetLines::line).collect(Collectors.joining("\n"));
  }

  /** Changes as arguments of a script: {@code budget:<name>}, then its line, or nothing. */
  static void addTo(List<String> arguments, List<BudgetChange> changes) {
    for (BudgetChange change : changes) {
      Budget budget = change.budget();
      arguments.add("budget:" + change.name());
      arguments.add(budget == null ? "" : line(budget));
    }
  }

  private static String line(Budget budget) {
    return String.join(
        "|",
        budget.name(),
        Spelling.of(budget.unit()),
        period(budget.period()),
        Long.toString(budget.limit()),
        Globs.joined(budget.models(), ","));
  }

  /** One line, back again. */
  static Budget parse(String line, Budget.Scope scope) {
    List<String> parts = List.of(line.split("\\|", -1));
    return new Budget(
        parts.get(0),
        scope,
        parseUnit(parts.get(1)),
        parsePeriod(parts.get(2)),
        Long.parseLong(parts.get(3)),
        parts.get(4).isEmpty() ? List.of() : List.of(parts.get(4).split(",", -1)));
  }

  private static String period(Period period) {
    return switch (period) {
      case Period.Rolling(var window) -> "rolling:" + window.toMillis();
      case Period.FirstUse(var window) -> "first_use:" + window.toMillis();
      case Period.Lifetime() -> period.text();
      case Period.Calendar(var unit) -> period.text();
    };
  }

  static Period parsePeriod(String text) {
    String millis = text.substring(text.indexOf(':') + 1);
    if (text.startsWith("rolling:")) {
      return new Period.Rolling(Duration.ofMillis(Long.parseLong(millis)));
    } else if (text.startsWith("first_use:")) {
      return new Period.FirstUse(Duration.ofMillis(Long.parseLong(millis)));
    }
    return Period.parse(text);
  }

  static Budget.Unit parseUnit(String text) {
    return Spelling.read(Budget.Unit.class, text);
  }

  /** What the script of states answers. */
  static List<BudgetState> states(List<String> answer, Budget.Scope scope) {
    List<BudgetState> states = new ArrayList<>();
    for (int i = 0; i < answer.size(); i += STATE_FIELDS) {
      states.add(state(answer.subList(i, i + STATE_FIELDS), scope));
    }
    return states;
  }

  private static BudgetState state(List<String> fields, Budget.Scope scope) {
    List<String> id = List.of(fields.getFirst().split("\\|", -1));
    Budget budget =
        new Budget(
            id.get(0),
            scope,
            parseUnit(id.get(1)),
            parsePeriod(id.get(2)),
            Long.parseLong(fields.get(1)),
            fields.get(2).isEmpty() ? List.of() : List.of(fields.get(2).split(",", -1)));
    return new BudgetState(
        budget,
        Long.parseLong(fields.get(3)),
        Long.parseLong(fields.get(4)),
        numberOrNull(fields.get(5)),
        numberOrNull(fields.get(6)));
  }

  private static @Nullable Long numberOrNull(String text) {
    return text.isEmpty() ? null : Long.valueOf(text);
  }
}
