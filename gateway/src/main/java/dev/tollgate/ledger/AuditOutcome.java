package dev.tollgate.ledger;

/** What comes of asking for an audit. */
public sealed interface AuditOutcome {
  record Done(AuditReport report) implements AuditOutcome {}

  /** Another has not ended yet. */
  record UnderWay() implements AuditOutcome {}

  /** It took longer than it may. */
  record OutOfTime(long auditMillisMax) implements AuditOutcome {}

  /** Redis has been restarted or replaced in its course: what was read belongs to two states. */
  record RedisChanged() implements AuditOutcome {}
}
