package dev.tollgate.ledger;

import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Usage;
import org.jspecify.annotations.Nullable;

/**
 * One request as the ledger remembers it.
 *
 * @param model as the customer named it; empty when it is not known
 * @param startedAtMillis wall clock; 0 when it is not known
 * @param paidNanoUsd what the account has paid for it in all: beyond the hold, by parts, and after
 *     a reaper too
 * @param listNanoUsd what that is without a multiplier; null once its event is gone
 * @param usage what was paid for; of a running one, what is known of so far; null once its event is
 *     gone
 * @param estimated why some of the usage is an estimate; empty when the provider reported it
 * @param heldNanoUsd what is still set aside
 * @param parts how many of them have been charged before the end
 * @param reason why a hold was given back, or abandoned; else empty
 * @param facts of the end, or the latest that are known; null when none are
 */
public record RequestRecord(
    RequestId request,
    KeyId key,
    State state,
    String model,
    long startedAtMillis,
    long paidNanoUsd,
    @Nullable Long listNanoUsd,
    @Nullable Usage usage,
    String estimated,
    long heldNanoUsd,
    int parts,
    String reason,
    @Nullable RequestFacts facts) {
  /** How far it has come. */
  public enum State {
    /** Held, or charged in parts without a hold, and not ended. */
    RUNNING,
    /** Charged, perhaps nothing. */
    SETTLED,
    /** Given back. */
    RELEASED,
    /** Abandoned by its gateway, and ended at its last checkpoint. */
    REAPED
  }
}
