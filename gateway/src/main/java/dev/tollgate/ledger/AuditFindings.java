package dev.tollgate.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** What an audit has found so far, and whether it may go on. Confined to one event loop. */
final class AuditFindings {
  private final AuditSettings settings;
  private final LongSupplier nanoTime;
  private final long startedNanos;
  private final List<AuditDifference> differences = new ArrayList<>();
  private long accounts;
  private long events;
  private long holds;
  private long unproven;
  private long unarchived;
  private boolean isTruncated;
  private boolean isOutOfTime;

  AuditFindings(AuditSettings settings, LongSupplier nanoTime) {
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.startedNanos = nanoTime.getAsLong();
  }

  /** Once, however often it is found. */
  void add(AuditDifference difference) {
    if (differences.contains(difference)) {
      return;
    }
    if (differences.size() < settings.differencesMax()) {
      differences.add(difference);
    } else {
      isTruncated = true;
    }
  }

  void countAccounts(int more) {
    accounts += more;
  }

  void countEvents(int more) {
    events += more;
  }

  void countHolds(int more) {
    holds += more;
  }

  void countUnproven() {
    unproven++;
  }

  void countUnarchived(int more) {
    unarchived += more;
  }

  /** There is nothing more to be found, or no time. Asked before each page. */
  boolean isOver() {
    isOutOfTime |= durationMillis() > settings.auditMillisMax();
    return isOutOfTime || isTruncated;
  }

  boolean isOutOfTime() {
    return isOutOfTime;
  }

  AuditReport report() {
    return new AuditReport(
        accounts,
        events,
        holds,
        List.copyOf(differences),
        unproven,
        unarchived,
        isTruncated,
        durationMillis());
  }

  private long durationMillis() {
    return (nanoTime.getAsLong() - startedNanos) / 1_000_000;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d accounts, %d events, %d holds, %d differences",
        accounts,
        events,
        holds,
        differences.size());
  }
}
