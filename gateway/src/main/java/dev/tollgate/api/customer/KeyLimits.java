package dev.tollgate.api.customer;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Period;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.BudgetState;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/usage} of a key that has a quota or windows, in USD. */
final class KeyLimits {
  private final InstantSource clock;

  KeyLimits(InstantSource clock) {
    this.clock = clock;
  }

  boolean areOn(KeyState key) {
    return quota(key).isPresent() || !windows(key).isEmpty();
  }

  Map<String, @Nullable Object> document(KeyState key) {
    Optional<BudgetState> quota = quota(key);
    List<BudgetState> windows = windows(key);
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("mode", "quota_limited");
    answer.put("isValid", true);
    answer.put("status", "active");
    quota.ifPresent(state -> answer.put("quota", quotaDocument(state)));
    // What is left of the quota; without one, of the window that leaves least.
    long remaining =
        quota
            .map(BudgetState::remaining)
            .orElseGet(() -> windows.stream().mapToLong(BudgetState::remaining).min().orElse(0));
    answer.put("remaining", Money.decimal(remaining));
    answer.put("unit", "USD");
    if (!windows.isEmpty()) {
      answer.put("rate_limits", windows.stream().map(KeyLimits::windowDocument).toList());
    }
    Long expiresAt = key.expiresAtMillis();
    if (expiresAt != null) {
      Instant expiry = Instant.ofEpochMilli(expiresAt);
      answer.put("expires_at", time(expiresAt));
      answer.put("days_until_expiry", ChronoUnit.DAYS.between(clock.instant(), expiry));
    }
    return answer;
  }

  private static Map<String, ?> quotaDocument(BudgetState quota) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("limit", Money.decimal(quota.budget().limit()));
    document.put("used", Money.decimal(quota.used()));
    document.put("remaining", Money.decimal(quota.remaining()));
    document.put("unit", "USD");
    return document;
  }

  private static Map<String, @Nullable Object> windowDocument(BudgetState window) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("window", window.budget().period().shortText());
    document.put("limit", Money.decimal(window.budget().limit()));
    document.put("used", Money.decimal(window.used()));
    BigDecimal remaining = Money.decimal(window.remaining());
    document.put("remaining", remaining);
    document.put("window_start", time(window.windowStartMillis()));
    document.put("reset_at", time(window.resetAtMillis()));
    return document;
  }

  private static Optional<BudgetState> quota(KeyState key) {
    return usd(key).stream()
        .filter(state -> state.budget().period() instanceof Period.Lifetime)
        .findFirst();
  }

  private static List<BudgetState> windows(KeyState key) {
    return usd(key).stream()
        .filter(state -> !(state.budget().period() instanceof Period.Lifetime))
        .toList();
  }

  private static List<BudgetState> usd(KeyState key) {
    return key.budgets().stream()
        .filter(state -> state.budget().unit() == Budget.Unit.USD)
        .toList();
  }

  private static @Nullable String time(@Nullable Long epochMillis) {
    return epochMillis == null
        ? null
        : Instant.ofEpochMilli(epochMillis).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
