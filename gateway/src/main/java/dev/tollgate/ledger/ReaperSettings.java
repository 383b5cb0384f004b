package dev.tollgate.ledger;

/**
 * Bounds of the reaper.
 *
 * @param reapMillis between two looks for holds that were abandoned
 * @param reapsMax holds of one shard that are ended at one look
 */
public record ReaperSettings(int reapMillis, int reapsMax) {
  public static final ReaperSettings DEFAULT = new ReaperSettings(2_000, 256);
}
