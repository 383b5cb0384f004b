package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What providers keep and nobody has paid for yet, so that somebody looks at it until it is done:
 * one line for each shard, shared by all gateways. Any thread may call it. Stages complete and fail
 * as the ledger's do.
 */
public interface OwedObjects {
  /** How many lines there are. */
  int shards();

  /**
   * Which are to be looked at now. Each is given to one caller, and then not again before its next
   * look is due: a twentieth of its age later, within the bounds.
   *
   * @param shard from 0
   */
  CompletionStage<List<Owed>> claim(
      int shard, int countMax, long waitMillisMin, long waitMillisMax);

  /**
   * Its provider does not know it.
   *
   * @param missesMax how many times in a row are enough to look no more
   */
  CompletionStage<Missed> missed(KeptObject object, int missesMax);

  /** Its provider knows it again. */
  CompletionStage<Missed> found(KeptObject object);

  /**
   * @param missed how often in a row its provider has not known it
   */
  record Owed(AccountId account, String id, int missed) {}

  /** What a look that found nothing, or something again, comes to. */
  enum Missed {
    /** It is looked at again. */
    AGAIN,
    /** It is not looked at any more, and nothing is held for it. */
    VANISHED,
    /** It is not looked at any more; its hold is open. */
    VANISHED_HELD
  }
}
