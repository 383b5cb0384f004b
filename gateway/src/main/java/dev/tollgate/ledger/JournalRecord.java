package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;

/** What stands in the journal. */
sealed interface JournalRecord {
  /** What Redis is told, and may be told again. */
  sealed interface Act extends JournalRecord {}

  record Settled(Settlement settlement) implements Act {}

  record PartSettled(Settlement part, int number) implements Act {}

  record Released(RequestId request, KeyRef key, String reason) implements Act {}

  record ReleasedForGood(RequestId request, KeyRef key, String reason, String object)
      implements Act {}

  record Kept(NewObject object) implements Act {}

  record Forgotten(AccountId account, ObjectKind kind, String id) implements Act {}

  /** Money that is about to be booked. */
  record Credited(Credit credit) implements Act {}

  /** A plan that is about to be changed. */
  record PlanChanged(PlanChange change) implements Act {}

  /**
   * The act of that number must not be repeated: Redis refused it, or was never asked and nobody
   * waits for it any more.
   */
  record Voided(long sequence) implements JournalRecord {}

  /** Redis has taken every act with a lower number than that. */
  record Mark(long confirmedBefore) implements JournalRecord {}
}
