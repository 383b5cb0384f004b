package dev.tollgate.account;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.KeyState;
import org.jspecify.annotations.Nullable;

/**
 * Who may change what limits an account and its keys. A key that is limited itself may not: it
 * could lift its own limits, or make a key without them.
 */
public final class Rights {
  private Rights() {}

  /** Why the caller may not; null when it may. */
  public static @Nullable Refusal refusalToChange(Access.Granted caller) {
    if (caller.account().status() != AccountStatus.ACTIVE) {
      return new Refusal.AccountSuspended();
    }
    return isLimited(caller.key())
        ? new Refusal.KeyNotAllowed(
            "This API key is limited itself, and so may not change limits or keys. Use one without"
                + " quota, budgets, models, scopes and expiry.")
        : null;
  }

  private static boolean isLimited(KeyState key) {
    return !key.budgets().isEmpty()
        || !key.models().isEmpty()
        || !key.scopes().isEmpty()
        || key.expiresAtMillis() != null;
  }
}
