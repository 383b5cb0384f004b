package dev.tollgate.archive;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Stores batches. Of one that the database refuses for what is in it, it stores all but the events
 * that are to blame, which it finds by halving. As thread-safe as its store.
 *
 * <p>An exception other than {@link ArchiveException} is such a refusal. An {@link
 * ArchiveException} says that the database is away; only when others have been stored since, or
 * along with it, is an event to blame. Even then it is not for an {@link ArchiveAwayException}:
 * into a database that is nearly full, small batches still go.
 */
final class BatchWriter {
  private static final int IN_VAIN_MAX = 16;

  /**
   * What came of a batch.
   *
   * @param why the last of the refused was; null where none was
   */
  record Written(
      List<ArchiveEvent> stored, List<ArchiveEvent> refused, @Nullable RuntimeException why) {}

  /** How much is known of why an earlier try has failed. */
  enum Suspicion {
    /** Nothing: the database is away. */
    NONE,
    /** It has failed often: perhaps the rest of the batch can be stored. */
    PERHAPS,
    /** It has failed often, and others were stored in between. */
    PROVEN
  }

  private final EventStore store;
  private final LongAdder stored = new LongAdder();
  private final LongAdder added = new LongAdder();
  private final LongAdder failures = new LongAdder();

  BatchWriter(EventStore store) {
    this.store = store;
  }

  /**
   * @throws ArchiveException when the database is away; some of the batch may be stored then
   */
  Written write(int shard, List<ArchiveEvent> batch, Suspicion suspicion) {
    Halving halving = new Halving(shard, suspicion);
    halving.write(batch);
    halving.requireEvidence();
    return new Written(halving.stored, halving.refused, halving.why);
  }

  /** Events that the store has taken, also those that were there before. From any thread. */
  long stored() {
    return stored.sum();
  }

  /** Those that were new to it. From any thread. */
  long added() {
    return added.sum();
  }

  /** Batches that it has not taken. From any thread. */
  long failures() {
    return failures.sum();
  }

  private final class Halving {
    private final int shard;
    private final Suspicion suspicion;
    private final List<ArchiveEvent> stored = new ArrayList<>();
    private final List<ArchiveEvent> refused = new ArrayList<>();
    private @Nullable ArchiveException away;
    private @Nullable RuntimeException why;
    private int inVain;

    Halving(int shard, Suspicion suspicion) {
      this.shard = shard;
      this.suspicion = suspicion;
    }

    void write(List<ArchiveEvent> events) {
      try {
        added.add(store.store(shard, events));
        BatchWriter.this.stored.add(events.size());
        stored.addAll(events);
        inVain = 0;
      } catch (ArchiveException failure) {
        failures.increment();
        inVain++;
        if (suspicion == Suspicion.NONE || inVain >= IN_VAIN_MAX) {
          throw failure;
        }
        away = failure;
        if (events.size() == 1 && failure instanceof ArchiveAwayException) {
          throw failure;
        }
        halve(events, failure);
      } catch (RuntimeException ofContent) {
        failures.increment();
        halve(events, ofContent);
      }
    }

    /** Where the database has taken nothing at all, no event is to blame for it. */
    void requireEvidence() {
      if (away != null && suspicion != Suspicion.PROVEN && stored.isEmpty()) {
        throw away;
      }
    }

    private void halve(List<ArchiveEvent> events, RuntimeException failure) {
      if (events.size() == 1) {
        refused.addAll(events);
        why = failure;
        return;
      }
      int half = events.size() / 2;
      write(events.subList(0, half));
      write(events.subList(half, events.size()));
    }
  }
}
