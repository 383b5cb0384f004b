package dev.tollgate.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Notes, while a Redis runs, how long the files of its append-only log are. As they only ever grow,
 * a log cut back to an earlier note is what a power cut, or a failover to a replica that lagged
 * behind, would have left of it.
 */
public final class AofHistory implements AutoCloseable {
  private static final long NOTE_MILLIS = 50;

  private record Note(long atNanos, Map<Path, Long> bytes) {}

  private final RedisServerForTests server;
  private final Deque<Note> notes = new ArrayDeque<>();
  private final Thread thread;

  private AofHistory(RedisServerForTests server) {
    this.server = server;
    this.thread = Thread.ofPlatform().name("aof-history").daemon().start(this::run);
  }

  /** Begins with what is there now: cut back, the log never loses that. */
  public static AofHistory of(RedisServerForTests server) {
    return new AofHistory(server);
  }

  private void run() {
    try {
      while (true) {
        note();
        TimeUnit.MILLISECONDS.sleep(NOTE_MILLIS);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void note() {
    // The time first: the files may only have been shorter then.
    long now = System.nanoTime();
    notes.add(new Note(now, lengths(server.data())));
  }

  private static Map<Path, Long> lengths(Path data) {
    Map<Path, Long> bytes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes.put(file, Files.size(file));
      }
    } catch (NoSuchFileException renamedMeanwhile) {
      // The next note has it.
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return bytes;
  }

  /**
   * Waits until it could be cut back by so much, kills the server, and cuts its log back to what it
   * was at least so long before. The server is then to be started again.
   *
   * @return how many bytes are lost
   */
  public long killAndCutBack(long millis) throws IOException {
    Eventually.until("the server has run for as long", () -> noted(System.nanoTime(), millis));
    synchronized (this) {
      long killedAtNanos = System.nanoTime();
      server.kill();
      Note kept = latest(killedAtNanos, millis);
      if (kept == null) {
        throw new IllegalStateException("nothing was noted in time");
      }
      notes.clear();
      return cutBack(kept);
    }
  }

  private synchronized boolean noted(long nowNanos, long millis) {
    return latest(nowNanos, millis) != null;
  }

  private @Nullable Note latest(long nowNanos, long millis) {
    Note latest = null;
    for (Note note : notes) {
      if (nowNanos - note.atNanos >= TimeUnit.MILLISECONDS.toNanos(millis)) {
        latest = note;
      }
    }
    return latest;
  }

  private long cutBack(Note kept) throws IOException {
    long lost = 0;
    for (Map.Entry<Path, Long> file : lengths(server.data()).entrySet()) {
      long bytes = kept.bytes.getOrDefault(file.getKey(), -1L);
      if (bytes < 0) {
        throw new IllegalStateException(file.getKey() + " is new: this only cuts files");
      }
      lost += file.getValue() - bytes;
      try (FileChannel channel = FileChannel.open(file.getKey(), StandardOpenOption.WRITE)) {
        channel.truncate(bytes);
      }
    }
    return lost;
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
