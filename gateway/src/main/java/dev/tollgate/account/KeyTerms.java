package dev.tollgate.account;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import dev.tollgate.ledger.BudgetChange;
import dev.tollgate.ledger.BudgetState;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What may be said of a key when it is made, and how a key is told, to operators and customers.
 *
 * @param expiresAtMillis null for never
 */
public record KeyTerms(
    String name, List<Budget> budgets, List<String> models, @Nullable Long expiresAtMillis) {
  private static final long LIFT = -1;

  /**
   * Reads the fields of a new key.
   *
   * @throws Fields.Fault where one of them is wrong
   */
  public static KeyTerms of(Fields fields) {
    String name = fields.text("name");
    List<String> models = fields.texts("models");
    List<Budget> budgets =
        BudgetFields.ofKey(fields).stream()
            .map(BudgetChange::budget)
            .filter(Objects::nonNull)
            .toList();
    return new KeyTerms(
        name == null ? "" : name,
        budgets,
        models == null ? List.of() : models,
        fields.time("expires_at"));
  }

  /**
   * Reads a change. A null in a limit, in one of the windows, in {@code models} or {@code
   * expires_at} lifts it.
   *
   * @param scopes null to leave them
   * @throws Fields.Fault where a field is wrong
   */
  public static KeyPatch change(Fields fields, @Nullable List<String> scopes) {
    Long expiresAt = fields.time("expires_at");
    return new KeyPatch(
        fields.text("name"),
        status(fields.text("status")),
        BudgetFields.ofKey(fields),
        fields.isNull("models") ? List.of() : fields.texts("models"),
        scopes,
        fields.isNull("expires_at") ? Long.valueOf(LIFT) : expiresAt);
  }

  /** All there is to tell of a key; its secret is not known. */
  public static Map<String, @Nullable Object> document(KeyState key) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", key.id().value());
    document.put("account", key.ref().account().value());
    document.put("name", key.name());
    document.put("hint", key.hint());
    document.put("status", Spelling.of(key.status()));
    BudgetState quota = key.budget(BudgetFields.QUOTA);
    document.put("quota_usd", BudgetFields.limitUsd(quota));
    document.put("quota_used_usd", Money.decimal(quota == null ? 0 : quota.used()));
    document.put("windows_usd", BudgetFields.windowsUsd(key.budgets()));
    document.put("rpm", BudgetFields.limit(key.budget(BudgetFields.RPM)));
    document.put("tpm", BudgetFields.limit(key.budget(BudgetFields.TPM)));
    document.put("max_concurrency", BudgetFields.limit(key.budget(BudgetFields.CONCURRENCY)));
    document.put("budgets", BudgetFields.documents(key.budgets()));
    document.put("models", key.models());
    document.put("scopes", key.scopes());
    document.put("expires_at", time(key.expiresAtMillis()));
    document.put("created_at", time(key.createdAtMillis()));
    document.put("last_used_at", time(key.lastUsedAtMillis()));
    return document;
  }

  private static @Nullable String time(@Nullable Long epochMillis) {
    return epochMillis == null ? null : Instant.ofEpochMilli(epochMillis).toString();
  }

  private static @Nullable KeyStatus status(@Nullable String status) {
    return switch (status) {
      case null -> null;
      case "active" -> KeyStatus.ACTIVE;
      case "disabled" -> KeyStatus.DISABLED;
      case "revoked" -> KeyStatus.REVOKED;
      default -> throw new Fields.Fault("status", "status must be active, disabled or revoked.");
    };
  }
}
