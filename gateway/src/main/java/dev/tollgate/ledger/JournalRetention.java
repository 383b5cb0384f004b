package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Which records must be kept: those that Redis has not taken, and those that it has taken less than
 * a horizon ago, counted while it was seen to be the same all the time. Confined to the writer's
 * thread, but for what says otherwise.
 */
@Blocking
final class JournalRetention {
  private static final int CARRIED_MAX = 1_000;

  private final JournalSettings settings;
  private final JournalDirectory directory;
  private final ArrayDeque<JournalSegment> closed = new ArrayDeque<>();

  /** Of acts that are on the disk; in the order of their numbers. */
  private final ArrayDeque<JournalEntry> unconfirmed;

  private final List<JournalEntry> carried = new ArrayList<>();
  private long lastAct;

  private final AtomicLong bytes = new AtomicLong();
  private volatile long oldestAtMillis = -1;
  private volatile long aliveAtMillis = -1;
  private volatile long replayedAtMillis = -1;

  JournalRetention(
      JournalSettings settings, JournalDirectory directory, JournalRecovery recovered) {
    this.settings = settings;
    this.directory = directory;
    this.closed.addAll(recovered.segments());
    this.unconfirmed = new ArrayDeque<>(recovered.unconfirmed());
    this.lastAct = recovered.nextSequence() - 1;
    closed.forEach(segment -> bytes.addAndGet(segment.bytes));
    dropConfirmed();
  }

  /** What the files take. From any thread. */
  long bytes() {
    return bytes.get();
  }

  /** When the oldest act was handed over that Redis has not taken; -1 for none. From any thread. */
  long oldestAtMillis() {
    return oldestAtMillis;
  }

  /** Redis is there, and has been the same since it was told everything. From any thread. */
  void alive(long nowMillis) {
    aliveAtMillis = nowMillis;
  }

  /** Redis has been told everything anew, and may forget it anew. From any thread. */
  void replayed(long nowMillis) {
    replayedAtMillis = nowMillis;
  }

  void grown(int added) {
    bytes.addAndGet(added);
  }

  void closed(JournalSegment segment) {
    if (segment.last < segment.first) {
      delete(segment);
    } else {
      closed.add(segment);
    }
  }

  void written(JournalEntry entry) {
    if (entry.isAct()) {
      lastAct = entry.sequence();
      unconfirmed.add(entry);
    }
  }

  void dropConfirmed() {
    while (!unconfirmed.isEmpty() && unconfirmed.peek().isConfirmed()) {
      unconfirmed.poll();
    }
    JournalEntry oldest = unconfirmed.peek();
    oldestAtMillis = oldest == null ? -1 : oldest.atMillis();
  }

  /** Redis has taken all acts with lower numbers. */
  long confirmedBefore() {
    JournalEntry oldest = unconfirmed.peek();
    return oldest == null ? lastAct + 1 : oldest.sequence();
  }

  /** Acts that are to be written once more, so that what lies before them may go. */
  List<JournalEntry> carried() {
    return carried;
  }

  /** They have been: each follows with its new number. */
  void carriedWritten() {
    unconfirmed.removeAll(carried);
    carried.clear();
  }

  void tick(long nowMillis, @Nullable JournalSegment current) throws IOException {
    unconfirmed.removeIf(JournalEntry::isConfirmed);
    dropConfirmed();
    JournalEntry oldest = unconfirmed.peek();
    for (JournalSegment segment : closed) {
      boolean isConfirmed = oldest == null || segment.last < oldest.sequence();
      if (isConfirmed && segment.confirmedAtMillis < 0) {
        segment.confirmedAtMillis = nowMillis;
      }
    }
    while (!closed.isEmpty() && isForgettable(closed.peek())) {
      delete(closed.poll());
    }
    carry(nowMillis, current);
  }

  private boolean isForgettable(JournalSegment segment) {
    long since = Math.max(segment.confirmedAtMillis, replayedAtMillis);
    return segment.confirmedAtMillis >= 0 && aliveAtMillis - since >= settings.horizonMillis();
  }

  /** A few acts that Redis will not take must not keep everything since from being forgotten. */
  private void carry(long nowMillis, @Nullable JournalSegment current) {
    long kept = current == null ? Long.MAX_VALUE : current.first;
    boolean isAlive = aliveAtMillis >= 0 && nowMillis - aliveAtMillis < settings.horizonMillis();
    if (!isAlive || unconfirmed.size() > CARRIED_MAX || !carried.isEmpty()) {
      return;
    }
    for (Iterator<JournalEntry> it = unconfirmed.iterator(); it.hasNext(); ) {
      JournalEntry entry = it.next();
      if (entry.sequence() < kept && nowMillis - entry.atMillis() > settings.horizonMillis()) {
        carried.add(entry);
      }
    }
  }

  private void delete(JournalSegment segment) {
    try {
      // For good: an older one without this one would look like a loss.
      directory.delete(segment.path);
      bytes.addAndGet(-segment.bytes);
    } catch (IOException failure) {
      throw new JournalException("cannot delete " + segment.path, failure);
    }
  }
}
