package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import java.util.concurrent.CompletionStage;

/** Waits until what has happened is in the archive, so that who asks sees what he did. */
public interface CatchUp {
  /**
   * Completes when everything that had happened to the account before the call can be read,
   * whichever gateway archives it; or, no later than a bound of the drain's settings, when it has
   * not come so far. From any thread; completes on a thread of the drain's or on the caller's.
   * Never fails.
   *
   * @return false when the bound was reached
   */
  CompletionStage<Boolean> upToNow(AccountId account);
}
