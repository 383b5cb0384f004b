package dev.tollgate.ledger;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An act on its way to the disk and to Redis. It is forgotten when both have it. Made and confirmed
 * on any thread; its number is given by the writer.
 */
final class JournalEntry {
  private final JournalRecord record;
  private final long atMillis;
  private final @Nullable CompletableFuture<JournalEntry> durable;
  private volatile long sequence = -1;
  private volatile boolean isConfirmed;
  private boolean isReported;

  /**
   * @param durable completed by the writer when the record is on the disk, exceptionally when it
   *     cannot be put there and will not be; null where nobody waits for it
   */
  JournalEntry(
      JournalRecord record, long atMillis, @Nullable CompletableFuture<JournalEntry> durable) {
    this.record = record;
    this.atMillis = atMillis;
    this.durable = durable;
  }

  /** One that was found on the disk. */
  static JournalEntry found(JournalFrame frame) {
    JournalEntry entry = new JournalEntry(frame.record(), frame.atMillis(), null);
    entry.sequence = frame.sequence();
    return entry;
  }

  JournalRecord record() {
    return record;
  }

  boolean isAct() {
    return record instanceof JournalRecord.Act;
  }

  long atMillis() {
    return atMillis;
  }

  /** -1 until it is on the disk. */
  long sequence() {
    return sequence;
  }

  @Nullable CompletableFuture<JournalEntry> durable() {
    return durable;
  }

  void written(long number) {
    sequence = number;
  }

  /** Whether to complain that Redis will not take it: once is enough. Confined to the replayer. */
  boolean report() {
    boolean isFirst = !isReported;
    isReported = true;
    return isFirst;
  }

  /** Whether Redis has taken it. */
  boolean isConfirmed() {
    return isConfirmed;
  }

  /**
   * @return whether it had not been confirmed before; call once per attempt, from one thread at a
   *     time
   */
  boolean confirm() {
    boolean isFirst = !isConfirmed;
    isConfirmed = true;
    return isFirst;
  }
}
