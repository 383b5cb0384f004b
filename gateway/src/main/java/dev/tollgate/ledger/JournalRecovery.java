package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what an earlier gateway left, and mends its end.
 *
 * <p>Records are synced batch by batch, so a crash can only harm the last batch: what is damaged
 * there is cut off, for nothing had been promised of it. Damage before it means that the disk has
 * lost what it had promised to keep. Then nothing is touched, unless it is told to go on without.
 */
@Blocking
final class JournalRecovery {
  private static final Logger log = LoggerFactory.getLogger(JournalRecovery.class);

  private final boolean skipCorrupt;
  private final List<JournalSegment> segments = new ArrayList<>();
  private final ArrayDeque<JournalEntry> unconfirmed = new ArrayDeque<>();
  private long next = -1;

  private JournalRecovery(boolean skipCorrupt) {
    this.skipCorrupt = skipCorrupt;
  }

  /**
   * @throws JournalException when records are damaged that had been synced
   */
  static JournalRecovery of(JournalDirectory directory, boolean skipCorrupt) {
    JournalRecovery recovery = new JournalRecovery(skipCorrupt);
    try {
      List<Path> files = directory.segments();
      for (int i = 0; i < files.size(); i++) {
        recovery.read(files.get(i), i + 1 < files.size() ? files.get(i + 1) : null);
      }
    } catch (IOException unreadable) {
      throw new JournalException("cannot read the journal: " + unreadable, unreadable);
    }
    return recovery;
  }

  /** Those that hold records, oldest first. */
  List<JournalSegment> segments() {
    return segments;
  }

  /** What Redis has not taken, as far as is known; oldest first. */
  ArrayDeque<JournalEntry> unconfirmed() {
    return unconfirmed;
  }

  /** The number of the next record. */
  long nextSequence() {
    return Math.max(next, 1);
  }

  private void read(Path file, @Nullable Path following) throws IOException {
    long first = JournalSegment.firstOf(file);
    JournalReader reader = JournalReader.open(file);
    if (next >= 0 && first > next) {
      corrupt(file, 0, "the records %d to %d before it are missing".formatted(next, first - 1));
    }
    // What had been written but not synced when the disk failed was written again, to this file.
    unconfirmed.removeIf(entry -> entry.sequence() >= first);
    next = first;
    while (!reader.isAtEnd()) {
      JournalFrame frame = frame(file, reader);
      if (frame != null) {
        take(file, reader, frame);
      } else if (!isMended(file, following, reader)) {
        break;
      }
    }
    keep(file, first);
  }

  private static @Nullable JournalFrame frame(Path file, JournalReader reader) {
    int offset = reader.offset();
    try {
      return reader.next();
    } catch (IllegalArgumentException newer) {
      throw new JournalException(
          "%s has at byte %d %s, which this version does not know"
              .formatted(file, offset, newer.getMessage()),
          newer);
    }
  }

  private void take(Path file, JournalReader reader, JournalFrame frame) {
    if (frame.sequence() > next) {
      corrupt(file, reader.offset(), "the records from %d before it are missing".formatted(next));
    }
    next = frame.sequence() + 1;
    switch (frame.record()) {
      case JournalRecord.Act act -> unconfirmed.add(JournalEntry.found(frame));
      case JournalRecord.Mark(long confirmedBefore) -> {
        while (!unconfirmed.isEmpty() && unconfirmed.peek().sequence() < confirmedBefore) {
          unconfirmed.poll();
        }
      }
      case JournalRecord.Voided(long sequence) ->
          unconfirmed.removeIf(entry -> entry.sequence() == sequence);
    }
  }

  /**
   * What to do about damage: cut it off at the end of what had been synced, else stop or skip it.
   *
   * @return whether there is more to be read
   */
  private boolean isMended(Path file, @Nullable Path following, JournalReader reader)
      throws IOException {
    int offset = reader.offset();
    int left = reader.bytesLeft();
    boolean isMore = reader.skipDamage();
    JournalFrame later = isMore ? peeked(file, reader) : null;
    boolean isWholeBefore =
        following != null
            ? later == null && JournalSegment.firstOf(following) <= next
            : later == null || later.batch() <= next;
    if (isWholeBefore) {
      cut(file, offset, left);
      return false;
    }
    corrupt(file, offset, "a record is damaged, and whole ones follow it");
    log.error("{}: {} damaged bytes at byte {} left out", file, reader.offset() - offset, offset);
    if (later != null) {
      next = later.sequence();
    }
    return isMore;
  }

  private static @Nullable JournalFrame peeked(Path file, JournalReader reader) throws IOException {
    JournalReader again = JournalReader.open(file);
    again.seek(reader.offset());
    return frame(file, again);
  }

  private void corrupt(Path file, int offset, String what) {
    String message = "the journal is damaged: %s at byte %d: %s".formatted(file, offset, what);
    if (!skipCorrupt) {
      throw new JournalException(
          message
              + ". Put the file back from a copy if there is one; to start without these records"
              + " set limits.journal.skip_corrupt, and compare the books with the providers'"
              + " bills");
    }
    log.error("{}", message);
  }

  private static void cut(Path file, int offset, int bytes) throws IOException {
    log.warn(
        "{}: cut off {} bytes of records that were not whole, at byte {}", file, bytes, offset);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(offset);
      channel.force(true);
    }
  }

  private void keep(Path file, long first) throws IOException {
    if (next <= first) {
      Files.delete(file);
      return;
    }
    JournalSegment segment = new JournalSegment(file, first);
    segment.last = next - 1;
    segment.bytes = Files.size(file);
    segments.add(segment);
  }
}
