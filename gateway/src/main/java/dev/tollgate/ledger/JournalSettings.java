package dev.tollgate.ledger;

/**
 * Bounds of the journal.
 *
 * @param fsyncMillisMax how long a record waits at most before it is synced to the disk with all
 *     that came meanwhile
 * @param horizonMillis for how long Redis could still forget what it has answered; a record that
 *     Redis has taken is kept for that long. At most half of the ledger's {@code tombstoneMillis}
 * @param segmentBytesMax of one file; the last batch in it may exceed this
 * @param segmentMillisMax how long one file is written to
 * @param journalBytesMax of all files; beyond it, nothing new is admitted
 * @param reserveBytes of a file that only holds room on the disk: it makes way when the disk is
 *     full, so that what has been admitted can still be recorded
 * @param queuedMax records that wait to be written; beyond it, nothing new is admitted
 * @param unconfirmedMax acts that Redis has not yet taken, and requests under way; beyond it,
 *     nothing new is admitted
 * @param replaysInFlightMax acts that are repeated to Redis at a time
 * @param probeMillis how often Redis is asked whether it is still the same
 * @param startMillisMax how long a start waits for Redis to take what it had not taken
 * @param skipCorrupt whether to start in spite of damaged records, leaving them out
 */
public record JournalSettings(
    int fsyncMillisMax,
    long horizonMillis,
    int segmentBytesMax,
    long segmentMillisMax,
    long journalBytesMax,
    int reserveBytes,
    int queuedMax,
    int unconfirmedMax,
    int replaysInFlightMax,
    int probeMillis,
    long startMillisMax,
    boolean skipCorrupt) {
  public static final JournalSettings DEFAULT =
      new JournalSettings(
          5, 600_000, 32 << 20, 60_000, 4L << 30, 16 << 20, 65_536, 100_000, 64, 1_000, 30_000,
          false);

  /**
   * @throws IllegalArgumentException when Redis would forget an answer before the journal does
   */
  void requireWithin(long tombstoneMillis) {
    if (horizonMillis > tombstoneMillis / 2) {
      throw new IllegalArgumentException(
          "the journal's horizon of %d ms must be at most half of the %d ms of a tombstone"
              .formatted(horizonMillis, tombstoneMillis));
    }
  }
}
