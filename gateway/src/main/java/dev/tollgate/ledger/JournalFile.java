package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** The segment that is being written. Confined to the writer; the file is closed by it. */
@Blocking
final class JournalFile {
  /** How a file that is to be written is made. */
  @FunctionalInterface
  interface Opener {
    FileChannel create(Path file) throws IOException;
  }

  private final JournalSegment segment;
  private final FileChannel channel;
  private final long openedAtMillis;

  private JournalFile(JournalSegment segment, FileChannel channel, long openedAtMillis) {
    this.segment = segment;
    this.channel = channel;
    this.openedAtMillis = openedAtMillis;
  }

  /** Makes a file without a record; nothing of it stays when that fails half-way. */
  static JournalFile create(Opener opener, JournalDirectory directory, long first, long nowMillis)
      throws IOException {
    JournalSegment segment =
        new JournalSegment(JournalSegment.path(directory.path(), first), first);
    JournalFile file = new JournalFile(segment, opener.create(segment.path), nowMillis);
    try {
      file.append(JournalSegment.head(first));
      directory.sync();
      return file;
    } catch (IOException failure) {
      file.close();
      directory.delete(segment.path);
      throw failure;
    }
  }

  JournalSegment segment() {
    return segment;
  }

  long openedAtMillis() {
    return openedAtMillis;
  }

  /** Writes and syncs. When that fails, what the file is worth ends where it ended before. */
  void append(ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
    segment.bytes += length;
  }

  /** Takes back what has not been synced, as well as can be. */
  void takeBack() {
    try {
      channel.truncate(segment.bytes);
    } catch (IOException ignored) {
      // It is cut off when it is read: what follows has not been synced.
    }
  }

  void close() {
    try {
      channel.close();
    } catch (IOException ignored) {
      // All that counts has been synced.
    }
  }
}
