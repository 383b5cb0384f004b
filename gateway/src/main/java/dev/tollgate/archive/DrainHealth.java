package dev.tollgate.archive;

/**
 * What the loops of a drain know together: whether the database takes anything, and what has just
 * been logged. Thread-safe.
 */
final class DrainHealth {
  final OncePerMinute storeLog = new OncePerMinute();
  final OncePerMinute redisLog = new OncePerMinute();
  final OncePerMinute refusedLog = new OncePerMinute();

  private long storedNanos = System.nanoTime();
  private boolean isStoreAway;

  synchronized void failed() {
    isStoreAway = true;
  }

  synchronized void stored() {
    storedNanos = System.nanoTime();
    isStoreAway = false;
  }

  /** When some batch was last stored. */
  synchronized long storedNanos() {
    return storedNanos;
  }

  /** Whether the database has failed last. */
  synchronized boolean isStoreAway() {
    return isStoreAway;
  }
}
