package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.NewAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Accounts as the arguments of their scripts, and as the fields of their hash. */
final class AccountFields {
  /** A thousand times the list price; scripts multiply exactly up to here. */
  private static final long MULTIPLIER_PPM_MAX = 1_000_000_000L;

  private AccountFields() {}

  static String[] of(NewAccount account, String clockOffset) {
    return new String[] {
      clockOffset,
      account.id().value(),
      account.name(),
      account.email(),
      multiplier(account.multiplierPpm()),
      creditLimit(account.creditLimitNanoUsd())
    };
  }

  static String[] of(AccountId account, AccountPatch patch, String clockOffset) {
    List<String> arguments = new ArrayList<>(List.of(clockOffset, account.value()));
    if (patch.name() != null) {
      arguments.addAll(List.of("name", patch.name()));
    }
    if (patch.email() != null) {
      arguments.addAll(List.of("email", patch.email()));
    }
    if (patch.status() != null) {
      arguments.addAll(List.of("status", Spelling.of(patch.status())));
    }
    if (patch.multiplierPpm() != null) {
      arguments.addAll(List.of("multiplier_ppm", multiplier(patch.multiplierPpm())));
    }
    if (patch.creditLimitNanoUsd() != null) {
      arguments.addAll(List.of("credit_limit", creditLimit(patch.creditLimitNanoUsd())));
    }
    BudgetLines.addTo(arguments, patch.budgets());
    return arguments.toArray(String[]::new);
  }

  static Optional<AccountState> find(
      AccountId account, StoredHash fields, List<BudgetState> budgets) {
    return fields.isMissing() ? Optional.empty() : Optional.of(state(account, fields, budgets));
  }

  private static AccountState state(
      AccountId account, StoredHash fields, List<BudgetState> budgets) {
    return new AccountState(
        account,
        fields.text("name"),
        fields.text("email"),
        Spelling.read(AccountStatus.class, fields.text("status")),
        fields.number("balance"),
        fields.number("held"),
        fields.number("credit_limit"),
        fields.number("multiplier_ppm"),
        fields.number("lifetime_topup"),
        fields.number("lifetime_credit"),
        fields.number("created_at"),
        budgets,
        PlanFields.find(fields),
        fields.number("plan_revision"));
  }

  /** Its member in the set of its shard's accounts. */
  static String member(AccountState account) {
    return String.format(Locale.ROOT, "%014d:%s", account.createdAtMillis(), account.id().value());
  }

  static AccountId idOfMember(String member) {
    return new AccountId(member.substring(member.indexOf(':') + 1));
  }

  private static String multiplier(long ppm) {
    if (ppm < 0 || ppm > MULTIPLIER_PPM_MAX) {
      throw new IllegalArgumentException("multiplier out of range: " + ppm + " ppm");
    }
    return Long.toString(ppm);
  }

  private static String creditLimit(long nanoUsd) {
    if (nanoUsd < 0 || nanoUsd > Money.MAX_NANO_USD) {
      throw new IllegalArgumentException("credit limit out of range: " + nanoUsd);
    }
    return Long.toString(nanoUsd);
  }
}
