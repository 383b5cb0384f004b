package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Accounts and keys as they stand in Redis. Every change is one script with its event, and is what
 * the next hold of any gateway sees. Fails like {@link Ledger}.
 */
public interface Accounts {
  /** Of an account without a price multiplier of its own, as scripts know it too. */
  long NO_MULTIPLIER_PPM = 1_000_000;

  CompletionStage<AccountState> create(NewAccount account);

  CompletionStage<Optional<AccountState>> find(AccountId account);

  /** A page of accounts, oldest first; {@code after} is the last id of the page before. */
  CompletionStage<List<AccountState>> list(@Nullable AccountId after, int countMax);

  /** Changes the fields of the patch that are not null. */
  CompletionStage<Optional<AccountState>> update(AccountId account, AccountPatch patch);

  /** Empty when there is no such account. */
  CompletionStage<Optional<KeyState>> createKey(NewKey key);

  CompletionStage<Optional<KeyState>> findKey(KeyRef key);

  /** All keys of an account, oldest first; empty for an unknown account. */
  CompletionStage<List<KeyState>> keysOf(AccountId account);

  /** How many keys an account has, those that were revoked among them; 0 for an unknown account. */
  CompletionStage<Long> countKeys(AccountId account);

  /**
   * A page of the keys of an account, oldest first; empty beyond the last, and for an unknown one.
   */
  CompletionStage<List<KeyState>> keysOf(AccountId account, long offset, int countMax);

  CompletionStage<Optional<KeyState>> updateKey(KeyRef key, KeyPatch patch);

  /** The index of bearer keys: who owns the secret with this SHA-256 (64 hex digits). */
  CompletionStage<Optional<KeyRef>> findKeyByHash(String sha256Hex);

  /**
   * What a new account is. The multiplier is in millionths; the credit limit how far below zero it
   * may go.
   */
  record NewAccount(
      AccountId id, String name, String email, long multiplierPpm, long creditLimitNanoUsd) {}

  /** Null leaves a field as it is; so do budgets that are not named. */
  record AccountPatch(
      @Nullable String name,
      @Nullable String email,
      @Nullable AccountStatus status,
      @Nullable Long multiplierPpm,
      @Nullable Long creditLimitNanoUsd,
      List<BudgetChange> budgets) {
    /** Without a change of budgets. */
    public AccountPatch(
        @Nullable String name,
        @Nullable String email,
        @Nullable AccountStatus status,
        @Nullable Long multiplierPpm,
        @Nullable Long creditLimitNanoUsd) {
      this(name, email, status, multiplierPpm, creditLimitNanoUsd, List.of());
    }

    /** Changes budgets only. */
    public AccountPatch(List<BudgetChange> budgets) {
      this(null, null, null, null, null, budgets);
    }
  }

  /** What a new key is; its secret is known here only by hash and by a few characters to show. */
  record NewKey(
      KeyRef ref,
      String sha256Hex,
      String hint,
      String name,
      List<Budget> budgets,
      List<String> models,
      List<String> scopes,
      @Nullable Long expiresAtMillis) {}

  /**
   * Null leaves a field as it is, and so do budgets that are not named; an expiry below zero, or an
   * empty list, lifts the limit.
   */
  record KeyPatch(
      @Nullable String name,
      @Nullable KeyStatus status,
      List<BudgetChange> budgets,
      @Nullable List<String> models,
      @Nullable List<String> scopes,
      @Nullable Long expiresAtMillis) {
    /** Changes the status only. */
    public KeyPatch(KeyStatus status) {
      this(null, status, List.of(), null, null, null);
    }

    /** Changes budgets only. */
    public KeyPatch(List<BudgetChange> budgets) {
      this(null, null, budgets, null, null, null);
    }
  }

  private static @Nullable BudgetState named(List<BudgetState> budgets, String name) {
    for (BudgetState state : budgets) {
      if (state.budget().name().equals(name)) {
        return state;
      }
    }
    return null;
  }

  enum AccountStatus {
    ACTIVE,
    SUSPENDED
  }

  enum KeyStatus {
    ACTIVE,
    DISABLED,
    REVOKED
  }

  /**
   * All that Redis knows of an account. Times are millis since the epoch.
   *
   * @param budgets as they stand at the moment
   * @param plan null when it is on none
   * @param planRevision how often its plan has been changed
   */
  record AccountState(
      AccountId id,
      String name,
      String email,
      AccountStatus status,
      long balanceNanoUsd,
      long heldNanoUsd,
      long creditLimitNanoUsd,
      long multiplierPpm,
      long lifetimeTopupNanoUsd,
      long lifetimeCreditNanoUsd,
      long createdAtMillis,
      List<BudgetState> budgets,
      @Nullable PlanTerms plan,
      long planRevision) {
    /** What new requests can spend. */
    public long availableNanoUsd() {
      return balanceNanoUsd - heldNanoUsd + creditLimitNanoUsd;
    }

    /** What its list prices are multiplied by: its own factor, or else its plan's. */
    public long billedMultiplierPpm() {
      return multiplierPpm == NO_MULTIPLIER_PPM && plan != null
          ? plan.multiplierPpm()
          : multiplierPpm;
    }

    /** Whether requests that are sold at list prices cost its balance nothing. */
    public boolean isSubscribed() {
      return plan != null && plan.isSubscription();
    }

    /** Its budget of this name; null when it has none. */
    public @Nullable BudgetState budget(String name) {
      return named(budgets, name);
    }
  }

  /**
   * All that Redis knows of a key, but its hash.
   *
   * @param hint its first characters and last four, to tell keys apart
   * @param budgets as they stand at the moment
   * @param lastUsedAtMillis when it last held something; null for never
   */
  record KeyState(
      KeyRef ref,
      String name,
      String hint,
      KeyStatus status,
      List<BudgetState> budgets,
      List<String> models,
      List<String> scopes,
      @Nullable Long expiresAtMillis,
      long createdAtMillis,
      @Nullable Long lastUsedAtMillis) {
    public KeyId id() {
      return ref.key();
    }

    /** Its budget of this name; null when it has none. */
    public @Nullable BudgetState budget(String name) {
      return named(budgets, name);
    }
  }
}
