package dev.tollgate.ledger;

import java.util.List;

/**
 * What an audit has found.
 *
 * @param accounts looked at
 * @param events read
 * @param holds open when they were looked at
 * @param unproven accounts whose held amounts could not be compared with their holds, since more
 *     were open than may be walked
 * @param unarchived accounts and keys that could not be compared with the archive, since it was
 *     away or behind
 * @param isTruncated there were more differences than may be told, and the audit stopped
 */
public record AuditReport(
    long accounts,
    long events,
    long holds,
    List<AuditDifference> differences,
    long unproven,
    long unarchived,
    boolean isTruncated,
    long durationMillis) {
  /** Everything was looked at, and is as it must be. */
  public boolean isClean() {
    return differences.isEmpty() && unproven == 0 && unarchived == 0;
  }
}
