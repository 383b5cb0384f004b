package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells Redis again what it has not taken, and, whenever it is not the Redis that it was, all that
 * it may have forgotten. On a thread of its own, a few acts at a time, so that it does not stand in
 * the way of those who wait.
 */
@Blocking
final class JournalReplayer implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(JournalReplayer.class);

  private static final long RETRY_MILLIS = 100;

  private final JournalSettings settings;
  private final long replayableMillisMax;
  private final JournalDirectory directory;
  private final JournalWriter writer;
  private final JournalTeller teller;
  private final Supplier<CompletionStage<String>> incarnation;
  private final BiConsumer<JournalEntry, @Nullable Object> taken;
  private final InstantSource clock;
  private final Thread thread;
  private final Queue<JournalEntry> untaken = new ConcurrentLinkedQueue<>();
  private final CountDownLatch started = new CountDownLatch(1);

  private volatile boolean isReplaying;
  private volatile boolean isClosing;

  // Confined to the thread.
  private String replayed = "";
  private boolean wasAway;

  /**
   * @param ledger on a connection that nobody waits for
   * @param taken told of every act that Redis has answered, with the outcome
   * @param tombstoneMillis after which Redis no longer knows that it has taken an act
   */
  JournalReplayer(
      JournalSettings settings,
      long tombstoneMillis,
      JournalDirectory directory,
      JournalWriter writer,
      Ledger ledger,
      Supplier<CompletionStage<String>> incarnation,
      BiConsumer<JournalEntry, @Nullable Object> taken,
      InstantSource clock) {
    this.settings = settings;
    this.replayableMillisMax = tombstoneMillis - settings.horizonMillis();
    this.directory = directory;
    this.writer = writer;
    this.teller = new JournalTeller(ledger);
    this.incarnation = incarnation;
    this.taken = taken;
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("tollgate-journal-replay").daemon().unstarted(this);
  }

  void start(Iterable<JournalEntry> unconfirmed) {
    unconfirmed.forEach(untaken::add);
    thread.start();
  }

  /** Redis did not take it, or did not say so. From any thread. */
  void add(JournalEntry entry) {
    untaken.add(entry);
  }

  /** Whether what had been left by an earlier gateway has all been told. From any thread. */
  boolean isStarted() {
    return started.getCount() == 0;
  }

  boolean awaitStarted(long millis) throws InterruptedException {
    return started.await(millis, TimeUnit.MILLISECONDS);
  }

  /** Whether Redis is being told all again. From any thread. */
  boolean isReplaying() {
    return isReplaying;
  }

  @Override
  public void run() {
    try {
      while (!isClosing) {
        try {
          pass();
        } catch (IOException | RuntimeException failure) {
          log.error("the journal could not be replayed; it is tried again", failure);
        }
        TimeUnit.MILLISECONDS.sleep(
            untaken.isEmpty()
                ? settings.probeMillis()
                : Math.min(RETRY_MILLIS, settings.probeMillis()));
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private void pass() throws IOException, InterruptedException {
    String now = incarnationNow();
    if (now == null) {
      wasAway = true;
      return;
    }
    if (wasAway) {
      wasAway = false;
      log.info("Redis is there; {} acts wait for it", untaken.size());
    }
    if (retry()) {
      started.countDown();
    }
    if (now.equals(replayed)) {
      writer.retention().alive(clock.millis());
    } else {
      isReplaying = true;
      if (replayAll()) {
        replayed = now;
        writer.retention().replayed(clock.millis());
        isReplaying = false;
      }
    }
  }

  private @Nullable String incarnationNow() throws InterruptedException {
    try {
      return incarnation.get().toCompletableFuture().get();
    } catch (ExecutionException away) {
      return null;
    }
  }

  /**
   * Tells Redis what it has not taken.
   *
   * @return whether it has answered everything, be it by refusing it
   */
  private boolean retry() throws InterruptedException {
    for (int left = untaken.size(); left > 0; ) {
      List<JournalEntry> some = new ArrayList<>();
      while (some.size() < Math.min(left, settings.replaysInFlightMax())) {
        JournalEntry entry = untaken.poll();
        if (entry == null) {
          break;
        }
        some.add(entry);
      }
      left -= some.size();
      if (!teller.tell(some, taken, untaken::add)) {
        return false;
      }
      if (some.isEmpty()) {
        return true;
      }
    }
    return true;
  }

  // ---- everything again

  /** What is told again, and what has become of it. */
  private final class Replay {
    /** Credits are told last: only then is it known which of them have been voided. */
    final List<JournalEntry> credits = new ArrayList<>();

    final Set<Long> voided = new HashSet<>();

    final List<JournalEntry> next = new ArrayList<>();
    final long tooOldAtMillis = clock.millis() - replayableMillisMax;
    int told;
    int tooOld;

    void take(JournalEntry entry) {
      switch (entry.record()) {
        case JournalRecord.Credited credited -> credits.add(entry);
        case JournalRecord.Voided(long sequence) -> voided.add(sequence);
        case JournalRecord.Mark mark -> {}
        case JournalRecord.Act act -> {
          if (entry.atMillis() < tooOldAtMillis) {
            tooOld++;
          } else {
            next.add(entry);
          }
        }
      }
    }

    void addCredits() {
      credits.removeIf(entry -> voided.contains(entry.sequence()));
      next.addAll(credits);
    }

    boolean tell(boolean isLast) throws InterruptedException {
      if (next.size() >= settings.replaysInFlightMax() || isLast) {
        told += next.size();
        boolean areTaken = teller.tell(next, (entry, outcome) -> {}, refused -> {});
        next.clear();
        return areTaken && (untaken.isEmpty() || retry());
      }
      return true;
    }
  }

  /**
   * @return whether Redis has answered everything
   */
  private boolean replayAll() throws IOException, InterruptedException {
    Replay replay = new Replay();
    // First what is not on the disk: it may get there while the files are read.
    // Of a credit there, Redis has not heard.
    for (JournalEntry entry : writer.waiting()) {
      if (entry.record() instanceof JournalRecord.Credited) {
        continue;
      }
      replay.take(entry);
      if (!replay.tell(false)) {
        return false;
      }
    }
    for (Path file : directory.segments()) {
      if (!isReplayed(file, replay)) {
        return false;
      }
    }
    replay.addCredits();
    if (!replay.tell(true)) {
      return false;
    }
    if (replay.told > 0) {
      log.info("replayed {} acts of the journal", replay.told);
    }
    if (replay.tooOld > 0) {
      log.error(
          "{} acts of the journal are too old to be repeated: Redis could no longer tell that it"
              + " has taken them",
          replay.tooOld);
    }
    return true;
  }

  private boolean isReplayed(Path file, Replay replay) throws IOException, InterruptedException {
    JournalReader reader;
    try {
      reader = JournalReader.open(file);
    } catch (NoSuchFileException forgotten) {
      return true;
    }
    for (JournalFrame frame = reader.next(); frame != null; frame = reader.next()) {
      replay.take(JournalEntry.found(frame));
      if (!replay.tell(false)) {
        return false;
      }
    }
    return true;
  }

  /** Ends the thread; what is under way is not waited for. */
  void close() {
    isClosing = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
