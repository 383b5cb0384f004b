package dev.tollgate.archive;

/**
 * Bounds of the drain.
 *
 * @param batchEventsMax of one shard that are stored at a time
 * @param pageEventsMax that Redis is asked for at a time: while it answers, everybody else waits
 * @param readsAheadMax batches that each thread has asked for, or reads while another is stored
 * @param pollMillis between two looks at all shards, while none has a whole batch
 * @param watchMillis between two looks at the length of the streams, and two trimmings
 * @param claimIdleMillis after which another gateway takes what one has read and not acknowledged
 * @param catchUpMillisMax how long somebody waits for what has just happened
 * @param streamEventsMax of a shard's stream
 * @param refusedFromPercent of that: from there on nothing new is admitted for the shard, so that
 *     what is under way still finds room
 * @param keptMillis how long an archived event stays in its stream, for who asks for a request that
 *     has just ended
 * @param keptEventsMax unless more archived events than that are in it, or the stream is half as
 *     long as it may become
 * @param storeRetryMillis after the database has failed; doubled each time
 * @param storeRetryMillisMax but no more than this
 * @param stopMillisMax how long a stop waits for the batches that have been read
 */
public record DrainSettings(
    int batchEventsMax,
    int pageEventsMax,
    int readsAheadMax,
    int pollMillis,
    int watchMillis,
    int claimIdleMillis,
    int catchUpMillisMax,
    int streamEventsMax,
    int refusedFromPercent,
    long keptMillis,
    int keptEventsMax,
    int storeRetryMillis,
    int storeRetryMillisMax,
    int stopMillisMax) {
  public static final DrainSettings DEFAULT =
      new DrainSettings(
          1_000,
          250,
          2,
          200,
          1_000,
          30_000,
          2_000,
          1_000_000,
          90,
          86_400_000,
          10_000,
          200,
          5_000,
          5_000);

  /** From this length of a stream on nothing new is admitted. */
  long refusedFromEvents() {
    return (long) streamEventsMax * refusedFromPercent / 100;
  }

  /** The pause after so many failures in a row, from 1 on. */
  long retryMillis(int failures) {
    long doubled = (long) storeRetryMillis << Math.min(failures - 1, 16);
    return Math.min(doubled, Math.max(storeRetryMillis, storeRetryMillisMax));
  }
}
