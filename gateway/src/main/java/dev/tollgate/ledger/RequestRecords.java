package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.RequestId;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What became of single requests. Changes nothing. Fails like {@link Ledger}. */
public interface RequestRecords {
  /**
   * Empty when the account has no such request: there never was one, it was refused before anything
   * was held, it is another account's, or it ended longer ago than its tombstone lives.
   */
  CompletionStage<Optional<RequestRecord>> find(AccountId account, RequestId request);
}
