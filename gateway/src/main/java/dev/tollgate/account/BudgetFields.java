package dev.tollgate.account;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Budget.Scope;
import dev.tollgate.domain.Budget.Unit;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Spelling;
import dev.tollgate.ledger.BudgetChange;
import dev.tollgate.ledger.BudgetState;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Budgets as admins and customers write and read them: the short fields of a key ({@code
 * quota_usd}, {@code windows_usd}, {@code rpm}…), the daily limit of an account, and the general
 * {@code budgets}. A limit of null takes a budget away; one that is not named stays.
 */
public final class BudgetFields {
  static final String QUOTA = "quota";
  static final String CONCURRENCY = "concurrency";
  static final String RPM = "rpm";
  static final String TPM = "tpm";

  private static final long CONCURRENCY_MAX = 1_000_000;
  private static final Period MINUTE = new Period.Rolling(Duration.ofMinutes(1));
  private static final Set<String> KEY_NAMES = Set.of(QUOTA, CONCURRENCY, RPM, TPM);

  private BudgetFields() {}

  /** What a key's fields say of its budgets. */
  public static List<BudgetChange> ofKey(Fields fields) {
    List<BudgetChange> changes = new ArrayList<>();
    Long quota = fields.usd("quota_usd", false);
    add(changes, fields, "quota_usd", QUOTA, Unit.USD, new Period.Lifetime(), quota);
    Long concurrency = fields.integer("max_concurrency", 1, CONCURRENCY_MAX);
    Period lifetime = new Period.Lifetime();
    add(changes, fields, "max_concurrency", CONCURRENCY, Unit.CONCURRENT, lifetime, concurrency);
    Long rpm = fields.integer("rpm", 1, Money.MAX_NANO_USD);
    add(changes, fields, "rpm", RPM, Unit.REQUESTS, MINUTE, rpm);
    Long tpm = fields.integer("tpm", 1, Money.MAX_NANO_USD);
    add(changes, fields, "tpm", TPM, Unit.TOKENS, MINUTE, tpm);
    addWindows(changes, fields);
    addGeneral(changes, fields, Scope.KEY, KEY_NAMES);
    requireDistinctNames(changes);
    return changes;
  }

  /** What an account's fields say of its budgets. */
  public static List<BudgetChange> ofAccount(Fields fields) {
    List<BudgetChange> changes = new ArrayList<>();
    String name = Budget.DAILY_SPENDING_LIMIT;
    Long daily = fields.usd("daily_limit_usd", false);
    if (fields.isNull("daily_limit_usd")) {
      changes.add(BudgetChange.remove(name));
    } else if (daily != null) {
      Period day = new Period.Calendar(Period.CalendarUnit.DAY);
      changes.add(BudgetChange.put(Budget.of(name, Scope.ACCOUNT, Unit.USD, day, daily)));
    }
    addGeneral(changes, fields, Scope.ACCOUNT, Set.of(name));
    requireDistinctNames(changes);
    return changes;
  }

  private static void add(
      List<BudgetChange> changes,
      Fields fields,
      String field,
      String name,
      Unit unit,
      Period period,
      @Nullable Long limit) {
    if (fields.isNull(field)) {
      changes.add(BudgetChange.remove(name));
    } else if (limit != null) {
      changes.add(BudgetChange.put(Budget.of(name, Scope.KEY, unit, period, limit)));
    }
  }

  /** {@code windows_usd: {"5h": 5}}, each rolling or opened by its first use. */
  private static void addWindows(List<BudgetChange> changes, Fields fields) {
    Fields windows = fields.object("windows_usd");
    String kind = fields.text("window_kind");
    if (kind != null && !kind.equals("rolling") && !kind.equals("first_use")) {
      throw new Fields.Fault("window_kind", "window_kind must be rolling or first_use.");
    }
    if (windows == null) {
      if (fields.isNull("windows_usd")) {
        throw new Fields.Fault("windows_usd", "Name the windows to lift, as {\"5h\": null}.");
      }
      return;
    }
    for (String name : windows.names()) {
      Duration window = window(name);
      Long limit = windows.usd(name, false);
      if (limit == null) {
        changes.add(BudgetChange.remove(name));
      } else {
        Period period =
            "first_use".equals(kind) ? new Period.FirstUse(window) : new Period.Rolling(window);
        changes.add(BudgetChange.put(Budget.of(name, Scope.KEY, Unit.USD, period, limit)));
      }
    }
  }

  private static Duration window(String name) {
    try {
      return Period.parseWindow(name);
    } catch (IllegalArgumentException wrong) {
      throw new Fields.Fault("windows_usd", "windows_usd: " + wrong.getMessage() + ".");
    }
  }

  /** {@code budgets: [{name, unit, period, limit, models?}]}. */
  private static void addGeneral(
      List<BudgetChange> changes, Fields fields, Scope scope, Set<String> reserved) {
    for (Fields budget : fields.objects("budgets")) {
      String name = budget.requiredText("name");
      if (reserved.contains(name)) {
        throw new Fields.Fault("budgets", "The budget " + name + " has a field of its own.");
      }
      changes.add(
          budget.isNull("limit")
              ? BudgetChange.remove(name)
              : BudgetChange.put(general(budget, name, scope)));
      if (!budget.isNull("limit")) {
        budget.rejectOthers();
      }
    }
  }

  private static Budget general(Fields fields, String name, Scope scope) {
    Unit unit = unit(fields.requiredText("unit"));
    String period = fields.text("period");
    Long limit =
        unit == Unit.USD
            ? fields.usd("limit", false)
            : fields.integer("limit", 0, Money.MAX_NANO_USD);
    if (limit == null) {
      throw new Fields.Fault("budgets", "limit is required; null takes the budget away.");
    }
    List<String> models = fields.texts("models");
    try {
      return new Budget(
          name,
          scope,
          unit,
          period == null ? new Period.Lifetime() : Period.parse(period),
          limit,
          models == null ? List.of() : models);
    } catch (IllegalArgumentException wrong) {
      throw new Fields.Fault("budgets", "budgets: " + wrong.getMessage() + ".");
    }
  }

  private static Unit unit(String text) {
    for (Unit unit : Unit.values()) {
      if (Spelling.of(unit).equals(text)) {
        return unit;
      }
    }
    throw new Fields.Fault("budgets", "unit must be usd, requests, tokens or concurrent.");
  }

  private static void requireDistinctNames(List<BudgetChange> changes) {
    if (changes.stream().map(BudgetChange::name).distinct().count() < changes.size()) {
      throw new Fields.Fault("budgets", "Two budgets have the same name.");
    }
  }

  // ---- and back

  /** All budgets with what is used of them. */
  public static List<Map<String, ?>> documents(List<BudgetState> states) {
    List<Map<String, ?>> documents = new ArrayList<>();
    states.forEach(state -> documents.add(document(state)));
    return documents;
  }

  private static Map<String, @Nullable Object> document(BudgetState state) {
    Budget budget = state.budget();
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("name", budget.name());
    document.put("unit", Spelling.of(budget.unit()));
    document.put("period", budget.period().text());
    document.put("limit", amount(budget, budget.limit()));
    document.put("used", amount(budget, state.used()));
    document.put("held", amount(budget, state.held()));
    document.put("remaining", amount(budget, state.remaining()));
    document.put("window_start", time(state.windowStartMillis()));
    document.put("reset_at", time(state.resetAtMillis()));
    document.put("models", budget.models());
    return document;
  }

  /** The limits in USD of a key's windows, by their names. */
  public static Map<String, BigDecimal> windowsUsd(List<BudgetState> states) {
    Map<String, BigDecimal> windows = new LinkedHashMap<>();
    for (BudgetState state : states) {
      Budget budget = state.budget();
      if (budget.unit() == Unit.USD && budget.name().equals(budget.period().shortText())) {
        windows.put(budget.name(), Money.decimal(budget.limit()));
      }
    }
    return windows;
  }

  /** A limit in USD, or null without it. */
  public static @Nullable BigDecimal limitUsd(@Nullable BudgetState state) {
    return state == null ? null : Money.decimal(state.budget().limit());
  }

  /** A limit that is a number, or null without it. */
  public static @Nullable Long limit(@Nullable BudgetState state) {
    return state == null ? null : Long.valueOf(state.budget().limit());
  }

  private static Object amount(Budget budget, long amount) {
    return budget.unit() == Unit.USD ? Money.decimal(amount) : Long.valueOf(amount);
  }

  private static @Nullable String time(@Nullable Long epochMillis) {
    return epochMillis == null ? null : Instant.ofEpochMilli(epochMillis).toString();
  }
}
