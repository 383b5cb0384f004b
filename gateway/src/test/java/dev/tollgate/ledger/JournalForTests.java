package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A journal before a ledger in memory, with a clock that is moved by hand. */
final class JournalForTests implements AutoCloseable {
  static final long TOMBSTONE_MILLIS = 86_400_000;
  static final KeyRef KEY = new KeyRef(new AccountId("acct_1"), new KeyId("key_1"));

  /** Small and quick; a horizon of ten minutes. */
  static final JournalSettings SETTINGS =
      new JournalSettings(
          1, 600_000, 2_000, 60_000, 1 << 20, 4_096, 1_000, 1_000, 8, 5, 10_000, false);

  final Journal journal;
  final Ledger ledger;
  private final AtomicLong nowMillis;

  private JournalForTests(Journal journal, MemoryLedger redis, AtomicLong nowMillis) {
    this.journal = journal;
    this.ledger = journal.journaled(redis, Runnable::run, EventRoom.ENDLESS);
    this.nowMillis = nowMillis;
  }

  static JournalForTests open(Path data, MemoryLedger redis) {
    return open(data, redis, SETTINGS, null, new AtomicLong(1_000_000_000_000L));
  }

  static JournalForTests open(
      Path data,
      MemoryLedger redis,
      JournalSettings settings,
      JournalFile.@Nullable Opener opener,
      AtomicLong nowMillis) {
    Journal journal =
        Journal.open(
            settings,
            data,
            opener,
            redis,
            redis::incarnation,
            TOMBSTONE_MILLIS,
            () -> Instant.ofEpochMilli(nowMillis.get()));
    return new JournalForTests(journal, redis, nowMillis);
  }

  static Settlement settlement(String request) {
    return RedisForTests.settlement(new RequestId(request), KEY, 5, 10);
  }

  void settle(String request) {
    var unused = ledger.settle(settlement(request));
  }

  void settlePart(String request, int number) {
    var unused = ledger.settlePart(settlement(request), number);
  }

  void pass(long millis) {
    nowMillis.addAndGet(millis);
  }

  JournalState state() {
    return journal.state();
  }

  /** Waits until all that was handed over is on the disk and with Redis. */
  void awaitEmpty() {
    Eventually.until("nothing waits", () -> state().depth() == 0 && journal.queued() == 0);
  }

  void awaitWritten() {
    Eventually.until("all is written", () -> journal.queued() == 0);
  }

  static List<Path> segments(Path data) {
    try (Stream<Path> files = Files.list(data.resolve("journal"))) {
      return files.filter(file -> file.toString().endsWith(".journal")).sorted().toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  @Override
  public void close() {
    journal.close();
  }
}
