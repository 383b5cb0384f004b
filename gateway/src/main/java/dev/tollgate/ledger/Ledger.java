package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import java.util.concurrent.CompletionStage;

/**
 * The acts by which money moves, and the one that keeps a hold alive. Each is one script on Redis:
 * atomic, idempotent by its id, its event written in the same script. Stages complete on the
 * connection's event loop, and fail with {@link LedgerUnavailableException} when Redis cannot be
 * reached or does not answer in time; such a call may or may not have taken effect, and may be
 * repeated.
 */
public interface Ledger {
  /** Of one request. Each is remembered for as long as the request is. */
  int PARTS_MAX = 10_000;

  /** Sets aside the most a request can cost, if every rule allows it. */
  CompletionStage<HoldOutcome> hold(HoldRequest request);

  /**
   * Prolongs the lease of a hold, and notes what its request would be charged should nothing more
   * be heard of it. One that is not renewed in time is ended at its last such note.
   *
   * @param soFar what it has cost so far, beyond its parts; no cost and no usage while nothing has
   *     been delivered
   * @return whether the hold was still open
   */
  CompletionStage<Boolean> renew(Settlement soFar, long leaseMillis);

  /**
   * Charges a part of what a request costs, out of its hold, which stays open. Drops what {@link
   * #renew} has noted. A last {@link #settle} or {@link #release} then deals with the rest.
   *
   * @param part its own cost and usage; held is what the hold should have left before it
   * @param number of the part within its request, from 1 to {@link #PARTS_MAX}; each is charged
   *     once
   */
  CompletionStage<SettleOutcome> settlePart(Settlement part, int number);

  /**
   * Charges the true cost and gives back the rest of the hold. What pays for an object does so
   * once, however late it is repeated.
   */
  CompletionStage<SettleOutcome> settle(Settlement settlement);

  /**
   * The same for a hold that stayed open for an object, so that no gateway has it under way any
   * more.
   */
  CompletionStage<SettleOutcome> settleKept(Settlement settlement);

  /**
   * Notes an object that a provider keeps for an account, once. Where it is paid for later, its
   * request is not to be settled by whoever held it, but by who sees the object done.
   *
   * @return whether it is known from now on: not when its account is gone, or it has been forgotten
   *     before
   */
  CompletionStage<Boolean> keep(NewObject object);

  /**
   * The provider has deleted an object.
   *
   * @return whether it had been known
   */
  CompletionStage<Boolean> forget(AccountId account, ObjectKind kind, String id);

  /**
   * Gives a hold back whole, or what is left of it, charging nothing. Releasing what is not held
   * changes nothing.
   */
  CompletionStage<SettleOutcome> release(RequestId request, KeyRef key, String reason);

  /** The same for a hold that stayed open for an object, which may still turn up and be paid. */
  CompletionStage<SettleOutcome> releaseKept(RequestId request, KeyRef key, String reason);

  /**
   * The same for a hold that stayed open for an object, and for good: what pays for that object
   * after this changes nothing, and is answered as a repetition of it.
   */
  CompletionStage<SettleOutcome> releaseForGood(
      RequestId request, KeyRef key, String reason, String object);

  /**
   * A hold that was answered turned out to be somebody else's: it is not this caller's to end.
   * Changes nothing in Redis.
   */
  void leave(RequestId request);

  /**
   * @throws IllegalArgumentException when it cannot be the number of a part
   */
  static void requirePart(int number) {
    if (number < 1 || number > PARTS_MAX) {
      throw new IllegalArgumentException("not the number of a part: " + number);
    }
  }

  /** Books money in (or, for some kinds, out). */
  CompletionStage<CreditOutcome> credit(Credit credit);

  /** Puts an account on a plan, prolongs or ends it, with its fee: all of it or nothing. */
  CompletionStage<PlanOutcome> changePlan(PlanChange change);
}
