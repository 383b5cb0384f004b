package dev.tollgate.ledger;

/**
 * Bounds of an audit.
 *
 * @param auditMillisMax for all of it; what is not done by then is given up
 * @param differencesMax an audit that has found so many stops
 * @param accountsPerPage looked at together; the keys of each by pages of the same number
 * @param holdsPerPage read by one script
 * @param eventsPerPage read by one command
 * @param walkedHoldsMax open holds of one shard that a script may walk to be sure of a difference;
 *     beyond it what is held stays unproven
 * @param archiveQueryMillisMax to add up what is archived of one account; a restore bounds its
 *     questions by it, too
 * @param rememberedEventsMax ids of events that are remembered to find one that is there twice; the
 *     latest half of them at least
 */
public record AuditSettings(
    long auditMillisMax,
    int differencesMax,
    int accountsPerPage,
    int holdsPerPage,
    int eventsPerPage,
    int walkedHoldsMax,
    int archiveQueryMillisMax,
    int rememberedEventsMax) {
  public static final AuditSettings DEFAULT =
      new AuditSettings(300_000, 1_000, 64, 256, 200, 20_000, 60_000, 4_000_000);
}
