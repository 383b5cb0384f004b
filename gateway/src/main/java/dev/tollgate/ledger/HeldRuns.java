package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Runs, for whoever is to settle them. Reading only: {@link Ledger} changes them. Stages complete
 * and fail as the ledger's do.
 */
public interface HeldRuns {
  /**
   * One of that account's; empty also where another account has it.
   *
   * @param part the number of the part that is asked for; 0 for none
   */
  CompletionStage<Optional<HeldRun>> find(AccountId account, String id, int part);
}
