package dev.tollgate.ledger;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of the journal, named after its first record. Confined to the writer. */
final class JournalSegment {
  /** Of the magic number and the number of the first record. */
  static final int HEAD_BYTES = 16;

  /** {@code TGJRNL01} in ASCII. */
  private static final long MAGIC = 0x54474A524E4C3031L;

  private static final Pattern NAME = Pattern.compile("(\\d{19})\\.journal");

  final Path path;
  final long first;

  /** The last record in it; one less than the first while there is none. */
  long last;

  long bytes;

  /** Since when Redis has had all of it, as far as was noticed; -1 while it does not. */
  long confirmedAtMillis = -1;

  JournalSegment(Path path, long first) {
    this.path = path;
    this.first = first;
    this.last = first - 1;
  }

  static Path path(Path directory, long first) {
    return directory.resolve("%019d.journal".formatted(first));
  }

  /** The number of the first record, by the name; -1 for a file of another kind. */
  static long firstOf(Path path) {
    Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }

  static ByteBuffer head(long first) {
    return ByteBuffer.allocate(HEAD_BYTES).putLong(MAGIC).putLong(first).flip();
  }
}
