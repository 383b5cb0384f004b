package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.util.concurrent.CompletionStage;

/**
 * The four acts by which money moves. Each is one script on Redis: atomic, idempotent by its id,
 * its event written in the same script. Stages complete on the connection's event loop, and fail
 * with {@link LedgerUnavailableException} when Redis cannot be reached or does not answer in time;
 * such a call may or may not have taken effect, and may be repeated.
 */
public interface Ledger {
  /** Sets aside the most a request can cost, if every rule allows it. */
  CompletionStage<HoldOutcome> hold(HoldRequest request);

  /** Charges the true cost and gives back the rest of the hold. */
  CompletionStage<SettleOutcome> settle(Settlement settlement);

  /** Gives a hold back whole, charging nothing. Releasing what is not held changes nothing. */
  CompletionStage<SettleOutcome> release(RequestId request, KeyRef key, String reason);

  /** Books money in (or, for an adjustment, out). */
  CompletionStage<CreditOutcome> credit(Credit credit);
}
