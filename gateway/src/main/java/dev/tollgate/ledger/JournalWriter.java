package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts records on the disk, on a thread of its own: takes what has come, writes it, syncs it, and
 * gathers again for a few milliseconds. A record leaves the queue only when it is synced; when that
 * fails, the file is left behind as it was before, and the same records go into another.
 */
@Blocking
final class JournalWriter implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(JournalWriter.class);

  private static final int BATCH_RECORDS_MAX = 4_096;
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long FAILING_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final JournalSettings settings;
  private final JournalDirectory directory;
  private final JournalFile.Opener opener;
  private final InstantSource clock;
  private final JournalRetention retention;
  private final Queue<JournalEntry> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queued = new AtomicInteger();
  private final Thread thread;

  private volatile boolean isIdle;
  private volatile boolean isFailing;
  private volatile boolean isClosing;

  // Confined to the thread.
  private final ByteBuf buffer = Unpooled.buffer(1 << 20);
  private @Nullable JournalFile file;
  private long nextSequence;
  private long marked;

  JournalWriter(
      JournalSettings settings,
      JournalDirectory directory,
      JournalFile.Opener opener,
      JournalRecovery recovered,
      InstantSource clock) {
    this.settings = settings;
    this.directory = directory;
    this.opener = opener;
    this.clock = clock;
    this.retention = new JournalRetention(settings, directory, recovered);
    this.nextSequence = recovered.nextSequence();
    this.marked = retention.confirmedBefore();
    this.thread = Thread.ofPlatform().name("tollgate-journal").daemon().unstarted(this);
  }

  void start() {
    if (!hasReserve()) {
      log.error("no room on the disk for the journal's reserve: nothing is admitted");
      isFailing = true;
    }
    thread.start();
  }

  /** From any thread, without waiting. The entry will be on the disk before long. */
  void add(JournalEntry entry) {
    queue.add(entry);
    queued.incrementAndGet();
    if (isIdle) {
      isIdle = false;
      LockSupport.unpark(thread);
    }
  }

  /** How many wait to be written. */
  int queued() {
    return queued.get();
  }

  /** Those that are not on the disk yet; weakly consistent. */
  Iterable<JournalEntry> waiting() {
    return queue;
  }

  /** When the oldest act was handed over that Redis has not taken; -1 for none. */
  long oldestAtMillis() {
    long written = retention.oldestAtMillis();
    JournalEntry waiting = queue.peek();
    return written >= 0 || waiting == null || waiting.isConfirmed() ? written : waiting.atMillis();
  }

  /** Whether the last try to write has failed. */
  boolean isFailing() {
    return isFailing;
  }

  /** What the files take. */
  long bytes() {
    return retention.bytes();
  }

  JournalRetention retention() {
    return retention;
  }

  @Override
  public void run() {
    long lastTickNanos = System.nanoTime();
    while (!isClosing) {
      long startNanos = System.nanoTime();
      boolean isTick = startNanos - lastTickNanos >= TICK_NANOS;
      if (isTick) {
        lastTickNanos = startNanos;
      }
      pass(isTick);
      pause(startNanos);
    }
    pass(true);
    closeFile();
    if (!queue.isEmpty()) {
      log.error("{} records could not be put into the journal", queued.get());
    }
  }

  private void pass(boolean isTick) {
    try {
      if (isTick) {
        tick();
      }
      boolean isMarkWanted = isTick || isFailing || isClosing;
      while (writeBatch(isMarkWanted)) {
        isMarkWanted = false;
      }
      if (isFailing && hasReserve()) {
        isFailing = false;
        log.info("the journal can be written again");
      }
    } catch (IOException | RuntimeException failure) {
      failed(failure);
    }
  }

  private boolean hasReserve() {
    try {
      directory.takeReserve(settings.reserveBytes());
      return true;
    } catch (IOException noRoom) {
      return false;
    }
  }

  private void pause(long startNanos) {
    if (isFailing) {
      LockSupport.parkNanos(FAILING_PAUSE_NANOS);
    } else if (queue.isEmpty()) {
      isIdle = true;
      if (queue.isEmpty() && !isClosing) {
        LockSupport.parkNanos(TICK_NANOS);
      }
      isIdle = false;
    } else {
      long rest =
          startNanos + TimeUnit.MILLISECONDS.toNanos(settings.fsyncMillisMax()) - System.nanoTime();
      if (rest > 0) {
        LockSupport.parkNanos(rest);
      }
    }
  }

  private void tick() throws IOException {
    long now = clock.millis();
    if (file != null && now - file.openedAtMillis() >= settings.segmentMillisMax()) {
      closeFile();
    }
    retention.tick(now, file == null ? null : file.segment());
  }

  /**
   * Writes and syncs what fits into one batch.
   *
   * @param isMarkWanted whether what Redis has taken is to be noted even where nothing else is to
   * @return whether more may be waiting
   */
  private boolean writeBatch(boolean isMarkWanted) throws IOException {
    retention.dropConfirmed();
    List<JournalEntry> batch = new ArrayList<>(retention.carried());
    int carried = batch.size();
    for (JournalEntry entry : queue) {
      if (batch.size() - carried >= BATCH_RECORDS_MAX) {
        break;
      }
      batch.add(entry);
    }
    long mark = retention.confirmedBefore();
    boolean isMarked = mark != marked && (isMarkWanted || !batch.isEmpty());
    if (batch.isEmpty() && !isMarked) {
      return false;
    }
    encode(batch, isMarked ? mark : -1);
    JournalFile target = openFile();
    target.append(buffer.nioBuffer());
    retention.grown(buffer.readableBytes());
    commit(target.segment(), batch, carried);
    if (isMarked) {
      marked = mark;
      nextSequence++;
      target.segment().last++;
    }
    return batch.size() - carried == BATCH_RECORDS_MAX;
  }

  private void encode(List<JournalEntry> batch, long mark) {
    buffer.clear();
    long sequence = nextSequence;
    for (JournalEntry entry : batch) {
      JournalCodec.write(
          buffer, new JournalFrame(sequence++, nextSequence, entry.atMillis(), entry.record()));
    }
    if (mark >= 0) {
      JournalCodec.write(
          buffer,
          new JournalFrame(sequence, nextSequence, clock.millis(), new JournalRecord.Mark(mark)));
    }
  }

  private void commit(JournalSegment target, List<JournalEntry> batch, int carried) {
    retention.carriedWritten();
    for (int i = 0; i < batch.size(); i++) {
      JournalEntry entry = batch.get(i);
      entry.written(nextSequence++);
      target.last++;
      retention.written(entry);
      if (i >= carried) {
        queue.poll();
        queued.decrementAndGet();
      }
      CompletableFuture<JournalEntry> durable = entry.durable();
      if (durable != null) {
        durable.complete(entry);
      }
    }
  }

  private JournalFile openFile() throws IOException {
    JournalFile current = file;
    if (current != null && current.segment().bytes < settings.segmentBytesMax()) {
      return current;
    }
    closeFile();
    JournalFile opened = JournalFile.create(opener, directory, nextSequence, clock.millis());
    retention.grown(JournalSegment.HEAD_BYTES);
    file = opened;
    return opened;
  }

  private void closeFile() {
    JournalFile current = file;
    file = null;
    if (current != null) {
      current.close();
      retention.closed(current.segment());
    }
  }

  private void failed(Exception failure) {
    if (!isFailing) {
      log.error("the journal cannot be written: nothing is admitted", failure);
    }
    isFailing = true;
    if (file != null) {
      file.takeBack();
    }
    closeFile();
    refuseAwaited();
    try {
      if (directory.giveReserve()) {
        log.warn("the journal's reserve makes room for what has been admitted");
      }
    } catch (IOException ignored) {
      // Then the records wait in memory.
    }
  }

  /** Who waits for a record to be on the disk has done nothing yet, and is told not to. */
  private void refuseAwaited() {
    List<CompletableFuture<JournalEntry>> awaited = new ArrayList<>();
    queue.removeIf(entry -> entry.durable() != null && awaited.add(entry.durable()));
    queued.addAndGet(-awaited.size());
    awaited.forEach(
        durable ->
            durable.completeExceptionally(
                LedgerUnavailableException.unsent("it cannot be recorded in the journal")));
  }

  /** Writes what is there and ends the thread. */
  void close() {
    isClosing = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
