package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of a gateway for what it has charged, released and credited, for as long as Redis
 * could forget it. Acts go to it and to Redis at the same time; what Redis does not take, and what
 * it forgets, it is told again from here. Opening and closing block; the rest may be called from
 * any thread and does not wait.
 */
public final class Journal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  /** What one request under way may still need. */
  private static final long RECORD_BYTES = 4_096;

  private static final long LAST_ANSWERS_MILLIS_MAX = 2_000;

  private final JournalSettings settings;
  private final InstantSource clock;
  private final JournalDirectory directory;
  private final JournalWriter writer;
  private final JournalReplayer replayer;
  private final AtomicInteger depth = new AtomicInteger();
  private final AtomicInteger admitted = new AtomicInteger();

  @Blocking
  private Journal(
      JournalSettings settings,
      long tombstoneMillis,
      JournalDirectory directory,
      JournalFile.Opener opener,
      Ledger background,
      Supplier<CompletionStage<String>> incarnation,
      InstantSource clock) {
    settings.requireWithin(tombstoneMillis);
    this.settings = settings;
    this.clock = clock;
    this.directory = directory;
    JournalRecovery recovered = JournalRecovery.of(directory, settings.skipCorrupt());
    this.writer = new JournalWriter(settings, directory, opener, recovered, clock);
    this.replayer =
        new JournalReplayer(
            settings,
            tombstoneMillis,
            directory,
            writer,
            background,
            incarnation,
            this::answered,
            clock);
    depth.set(recovered.unconfirmed().size());
    if (depth.get() > 0) {
      log.info("{} acts of an earlier run wait for Redis", depth.get());
    }
    writer.start();
    replayer.start(recovered.unconfirmed());
  }

  /**
   * Opens the journal of a gateway and begins to tell Redis what is in it.
   *
   * @param dataDirectory the gateway's; the journal gets {@code journal} in it
   * @throws JournalException when it cannot be written to, is damaged, or is another gateway's
   * @throws IllegalArgumentException when Redis forgets its tombstones before the journal
   */
  @Blocking
  public static Journal open(
      JournalSettings settings,
      Path dataDirectory,
      LedgerConnections ledger,
      long tombstoneMillis,
      InstantSource clock) {
    return open(
        settings,
        dataDirectory,
        null,
        ledger.backgroundLedger(),
        ledger::incarnation,
        tombstoneMillis,
        clock);
  }

  /**
   * @param opener how files are made; null for as usual
   */
  @Blocking
  static Journal open(
      JournalSettings settings,
      Path dataDirectory,
      JournalFile.@Nullable Opener opener,
      Ledger background,
      Supplier<CompletionStage<String>> incarnation,
      long tombstoneMillis,
      InstantSource clock) {
    JournalDirectory directory = JournalDirectory.open(dataDirectory);
    try {
      return new Journal(
          settings,
          tombstoneMillis,
          directory,
          opener == null ? directory::create : opener,
          background,
          incarnation,
          clock);
    } catch (RuntimeException failure) {
      directory.close();
      throw failure;
    }
  }

  /**
   * The same ledger with this memory.
   *
   * @param loop where its stages complete
   * @param room where there is none, nothing is admitted either
   */
  public Ledger journaled(Ledger ledger, Executor loop, EventRoom room) {
    return new JournaledLedger(this, ledger, loop, room);
  }

  /**
   * Waits until Redis has been told what an earlier run had left; nothing is admitted before.
   *
   * @return whether it has been, within the time of the settings
   */
  @Blocking
  public boolean awaitStarted() {
    try {
      return replayer.awaitStarted(settings.startMillisMax());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  public JournalState state() {
    long oldestAtMillis = writer.oldestAtMillis();
    return new JournalState(
        depth.get(),
        oldestAtMillis < 0 ? 0 : Math.max(0, clock.millis() - oldestAtMillis),
        writer.bytes(),
        replayer.isReplaying(),
        refusal());
  }

  /** Records that are not on the disk yet. */
  int queued() {
    return writer.queued();
  }

  /** Why nothing may be admitted; null while it may. */
  @Nullable String refusal() {
    if (!replayer.isStarted()) {
      return "earlier charges are being settled";
    }
    if (writer.isFailing()) {
      return "the journal cannot be written";
    }
    if (writer.queued() >= settings.queuedMax()) {
      return "too many records wait to be written to the journal";
    }
    int underWay = admitted.get();
    if (depth.get() + underWay >= settings.unconfirmedMax()) {
      return "too many settlements wait for Redis";
    }
    if (writer.bytes() + (underWay + 1) * RECORD_BYTES > settings.journalBytesMax()) {
      return "the journal is full";
    }
    return null;
  }

  /**
   * Keeps room for the end of a request, until {@link #leave}.
   *
   * @return whether there is room
   */
  boolean enter() {
    if (refusal() != null) {
      return false;
    }
    admitted.incrementAndGet();
    return true;
  }

  void leave() {
    admitted.decrementAndGet();
  }

  /** Records an act. Never refused: room was kept for it. */
  JournalEntry record(JournalRecord.Act act) {
    return record(act, null);
  }

  /**
   * @param durable completed on the writer's thread when the record is on the disk; fails when it
   *     cannot be put there, and then it is not recorded
   */
  JournalEntry record(JournalRecord.Act act, @Nullable CompletableFuture<JournalEntry> durable) {
    depth.incrementAndGet();
    JournalEntry entry = new JournalEntry(act, clock.millis(), durable);
    writer.add(entry);
    return entry;
  }

  /** Redis has answered. */
  void answered(JournalEntry entry, @Nullable Object outcome) {
    if (outcome instanceof SettleOutcome.UnknownAccount) {
      log.error("it cannot be settled, for its account is gone: {}", entry.record());
    }
    boolean isRefused =
        (outcome instanceof CreditOutcome && !(outcome instanceof CreditOutcome.Credited))
            || (outcome instanceof PlanOutcome && !(outcome instanceof PlanOutcome.Changed));
    if (isRefused) {
      withdraw(entry);
    } else {
      confirm(entry);
    }
  }

  /** Redis did not answer: it is told again. */
  void unanswered(JournalEntry entry) {
    replayer.add(entry);
  }

  /** The act is not to be done any more, now or ever. */
  void withdraw(JournalEntry entry) {
    if (confirm(entry) && entry.sequence() >= 0) {
      writer.add(
          new JournalEntry(new JournalRecord.Voided(entry.sequence()), clock.millis(), null));
    }
  }

  private boolean confirm(JournalEntry entry) {
    boolean isFirst = entry.confirm();
    if (isFirst && entry.isAct()) {
      depth.decrementAndGet();
    }
    return isFirst;
  }

  /** Waits a moment for the last answers of Redis, and writes what is there. */
  @Override
  @Blocking
  public void close() {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LAST_ANSWERS_MILLIS_MAX);
    try {
      while (depth.get() > 0 && System.nanoTime() - deadline < 0) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    replayer.close();
    writer.close();
    directory.close();
  }
}
