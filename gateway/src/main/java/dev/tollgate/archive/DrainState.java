package dev.tollgate.archive;

/**
 * How far the archive is behind, at the last look at the streams, for operators. Of all gateways,
 * but for what is said to be this one's.
 *
 * @param lagMillis how long the oldest event that is not archived has waited; 0 when there is none
 * @param waiting events that are not archived
 * @param longestStream how many events the longest stream has, with archived ones that are kept
 * @param fullShards shards for which nothing is admitted until more is archived
 * @param shards all there are
 * @param refused events that the database has refused for what is in them, seen by this gateway;
 *     they stay in their streams
 * @param isStoreAway whether the database has failed this gateway, and has not taken anything since
 */
public record DrainState(
    long lagMillis,
    long waiting,
    long longestStream,
    int fullShards,
    int shards,
    long refused,
    boolean isStoreAway) {

  /** Where nothing is archived. */
  public static final DrainState NONE = new DrainState(0, 0, 0, 0, 1, 0, false);

  /** Whether nothing is admitted for any account. */
  public boolean isFull() {
    return fullShards == shards;
  }

  /** What an operator has to know first; {@code ok} when there is nothing. */
  public String status() {
    if (fullShards > 0) {
      return "too far behind: some accounts are refused";
    }
    if (isStoreAway) {
      return "the database does not take events";
    }
    return refused > 0 ? "the database refuses some events" : "ok";
  }
}
