package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Spelling;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import dev.tollgate.ledger.Accounts.NewKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys as the arguments of their scripts, and as the fields of their hashes. */
final class KeyFields {
  private KeyFields() {}

  static String[] of(NewKey key, String clockOffset) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(clockOffset, key.ref().account().value(), key.ref().key().value()));
    arguments.addAll(List.of(key.sha256Hex(), "name", key.name(), "hint", key.hint()));
    addUnlessEmpty(arguments, "budgets", BudgetLines.of(key.budgets()));
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
      arguments.addAll(List.of("status", Spelling.of(patch.status())));
    }
    BudgetLines.addTo(arguments, patch.budgets());
    Long expiresAt = patch.expiresAtMillis();
    if (expiresAt != null) {
      arguments.addAll(List.of("expires_at", expiresAt < 0 ? "" : Long.toString(expiresAt)));
    }
    if (patch.models() != null) {
      arguments.addAll(List.of("models", Globs.joined(patch.models(), "\n")));
    }
    if (patch.scopes() != null) {
      arguments.addAll(List.of("scopes", Globs.joined(patch.scopes(), "\n")));
    }
    return arguments.toArray(String[]::new);
  }

  static Optional<KeyState> find(KeyRef key, StoredHash fields, List<BudgetState> budgets) {
    if (fields.isMissing() || !fields.text("account").equals(key.account().value())) {
      return Optional.empty();
    }
    return Optional.of(
        new KeyState(
            key,
            fields.text("name"),
            fields.text("hint"),
            Spelling.read(KeyStatus.class, fields.text("status")),
            budgets,
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
