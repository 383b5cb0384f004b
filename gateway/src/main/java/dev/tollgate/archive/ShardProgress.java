package dev.tollgate.archive;

import dev.tollgate.archive.BatchWriter.Suspicion;
import dev.tollgate.ledger.StreamPlace;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where the drain is in one shard. It first deals with what it has read before and not
 * acknowledged, from the oldest on, then reads what is new; after anything went wrong it begins
 * anew, and so loses track of nothing. Confined to the thread of its loop, but for what says
 * otherwise.
 */
final class ShardProgress {
  private static final int SUSPICIOUS_FAILURES = 3;
  private static final int DOUBTFUL_FAILURES = 8;

  private final int number;
  private final AtomicBoolean isToRecover = new AtomicBoolean(true);
  private final AtomicBoolean isHurried = new AtomicBoolean();
  private StreamPlace recoveredTo = StreamPlace.START;
  private boolean isRecovering;
  private int failures;
  private long failedNanos;
  private long refusing;

  /** Read on other threads. */
  private volatile long refused;

  ShardProgress(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /**
   * There may be something that is its own, but not acknowledged. From any thread. What is being
   * recovered already comes to its end first: a shard where something always waits still goes on.
   */
  void recover() {
    isToRecover.set(true);
  }

  /** Something that was read has not been dealt with. */
  void startOver() {
    isRecovering = false;
    recover();
  }

  /** To be asked before each reading. */
  boolean isRecovering() {
    if (!isRecovering && isToRecover.getAndSet(false)) {
      isRecovering = true;
      recoveredTo = StreamPlace.START;
      refusing = 0;
    }
    return isRecovering;
  }

  /** Whether there is something of its own to begin with that it has not begun with. */
  boolean isToRecover() {
    return isToRecover.get();
  }

  StreamPlace recoveredTo() {
    return recoveredTo;
  }

  void recoveredTo(StreamPlace last) {
    recoveredTo = last;
  }

  void recovered() {
    isRecovering = false;
    refused = refusing;
  }

  /** Events that the database has refused stay behind unacknowledged. */
  void refused(int events) {
    refusing += events;
    refused = Math.max(refused, refusing);
  }

  /** How many it has refused when they were last tried. From any thread. */
  long refused() {
    return refused;
  }

  void succeeded() {
    failures = 0;
  }

  void failed(long nowNanos) {
    failures++;
    failedNanos = nowNanos;
    startOver();
  }

  /**
   * @param storedNanos when some batch was last stored
   */
  Suspicion suspicion(long storedNanos) {
    if (failures >= SUSPICIOUS_FAILURES && storedNanos - failedNanos > 0) {
      return Suspicion.PROVEN;
    }
    return failures > 0 && failures % DOUBTFUL_FAILURES == 0 ? Suspicion.PERHAPS : Suspicion.NONE;
  }

  /**
   * Somebody waits for it. From any thread.
   *
   * @return whether nobody had said so before
   */
  boolean hurry() {
    return isHurried.compareAndSet(false, true);
  }

  void hurried() {
    isHurried.set(false);
  }
}
