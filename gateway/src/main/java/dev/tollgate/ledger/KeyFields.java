package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import dev.tollgate.ledger.Accounts.NewKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys as the arguments of their scripts, and as the fields of their hashes. */
final class KeyFields {
  private static final String QUOTA = "quota";
  private static final String CONCURRENCY = "concurrency";

  private KeyFields() {}

  static String[] of(NewKey key, String clockOffset) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(clockOffset, key.ref().account().value(), key.ref().key().value()));
    arguments.addAll(List.of(key.sha256Hex(), "name", key.name(), "hint", key.hint()));
    List<String> budgets = new ArrayList<>();
    if (key.quotaNanoUsd() != null) {
      budgets.add(quota(key.quotaNanoUsd()));
    }
    if (key.concurrencyMax() != null) {
      budgets.add(concurrency(key.concurrencyMax()));
    }
    addUnlessEmpty(arguments, "budgets", String.join("\n", budgets));
    addUnlessEmpty(arguments, "models", Globs.joined(key.models(), "\n"));
    addUnlessEmpty(arguments, "scopes", Globs.joined(key.scopes(), "\n"));
    if (key.expiresAtMillis() != null) {
      arguments.addAll(List.of("expires_at", Long.toString(key.expiresAtMillis())));
    }
    return arguments.toArray(String[]::new);
  }

  private static void addUnlessEmpty(List<String> arguments, String field, String value) {
    if (!value.isEmpty()) {
      arguments.addAll(List.of(field, value));
    }
  }

  static String[] of(KeyRef key, KeyPatch patch, String clockOffset) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(clockOffset, key.account().value(), key.key().value()));
    if (patch.name() != null) {
      arguments.addAll(List.of("name", patch.name()));
    }
    if (patch.status() != null) {
      arguments.addAll(List.of("status", patch.status().name().toLowerCase(Locale.ROOT)));
    }
    addLimits(arguments, patch);
    if (patch.models() != null) {
      arguments.addAll(List.of("models", Globs.joined(patch.models(), "\n")));
    }
    if (patch.scopes() != null) {
      arguments.addAll(List.of("scopes", Globs.joined(patch.scopes(), "\n")));
    }
    return arguments.toArray(String[]::new);
  }

  private static void addLimits(List<String> arguments, KeyPatch patch) {
    Long quota = patch.quotaNanoUsd();
    if (quota != null) {
      arguments.addAll(List.of("budget:" + QUOTA, quota < 0 ? "" : quota(quota)));
    }
    Long concurrency = patch.concurrencyMax();
    if (concurrency != null) {
      arguments.addAll(
          List.of("budget:" + CONCURRENCY, concurrency < 0 ? "" : concurrency(concurrency)));
    }
    Long expiresAt = patch.expiresAtMillis();
    if (expiresAt != null) {
      arguments.addAll(List.of("expires_at", expiresAt < 0 ? "" : Long.toString(expiresAt)));
    }
  }

  private static String quota(long nanoUsd) {
    return line(QUOTA, Budget.Unit.USD, nanoUsd);
  }

  private static String concurrency(long max) {
    return line(CONCURRENCY, Budget.Unit.CONCURRENT, max);
  }

  private static String line(String name, Budget.Unit unit, long limit) {
    return BudgetLine.of(
        new Budget(name, Budget.Scope.KEY, unit, new Period.Lifetime(), limit, List.of()));
  }

  static Optional<KeyState> find(KeyRef key, StoredHash fields, StoredHash amounts) {
    if (fields.isMissing() || !fields.text("account").equals(key.account().value())) {
      return Optional.empty();
    }
    String budgets = fields.text("budgets");
    return Optional.of(
        new KeyState(
            key,
            fields.text("name"),
            fields.text("hint"),
            KeyStatus.valueOf(fields.text("status").toUpperCase(Locale.ROOT)),
            BudgetLine.limit(budgets, QUOTA).orElse(null),
            amounts.number(QUOTA + ".used"),
            amounts.number(QUOTA + ".held"),
            BudgetLine.limit(budgets, CONCURRENCY).orElse(null),
            amounts.number(CONCURRENCY + ".held"),
            Globs.ofLines(fields.text("models")),
            Globs.ofLines(fields.text("scopes")),
            fields.numberOrNull("expires_at"),
            fields.number("created_at"),
            fields.numberOrNull("last_used_at")));
  }

  /** What the index of secrets says of a key: {@code account key}. */
  static String owner(KeyRef key) {
    return key.account().value() + " " + key.key().value();
  }

  static Optional<KeyRef> ref(@Nullable String owner) {
    if (owner == null) {
      return Optional.empty();
    }
    int space = owner.indexOf(' ');
    return Optional.of(
        new KeyRef(
            new AccountId(owner.substring(0, space)), new KeyId(owner.substring(space + 1))));
  }
}
