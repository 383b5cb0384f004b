package dev.tollgate.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches both files, on a virtual thread of its own, and hands each valid change on as a new
 * snapshot. Directories are watched rather than files, since editors and mounted maps replace
 * files; and the files are looked at now and then in case nothing is announced.
 */
public final class ConfigWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigWatcher.class);

  private final ConfigLoader loader;
  private final Snapshot started;
  private final ConfigListener listener;
  private final WatcherSettings settings;
  private final LongSupplier nanoTime;
  private final WatchService watch;
  private final Map<Path, WatchKey> directories = new HashMap<>();
  private final Thread thread;

  private List<Path> files;
  private FileMarks seen;
  private volatile boolean isClosed;

  /**
   * Makes a watcher that does nothing until it is started.
   *
   * @param started what the gateway runs with
   * @throws IOException when the system has no means of watching left
   */
  public ConfigWatcher(
      ConfigLoader loader,
      Snapshot started,
      ConfigListener listener,
      WatcherSettings settings,
      LongSupplier nanoTime)
      throws IOException {
    this.loader = loader;
    this.started = started;
    this.listener = listener;
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.watch = FileSystems.getDefault().newWatchService();
    this.files = List.of(started.gatewayFile(), started.ratesFile());
    this.seen = FileMarks.of(files);
    this.thread = Thread.ofVirtual().name("config-watcher").unstarted(this::run);
  }

  /** Begins to watch. Once only. */
  public void start() {
    watchDirectories();
    thread.start();
  }

  /**
   * Reads both files now, changed or not; the listener hears of it before this returns. Blocks on
   * the disk.
   */
  public synchronized Checked<Snapshot> reload() {
    seen = FileMarks.of(files);
    Checked<Snapshot> checked = loader.load(started.gatewayFile());
    if (!checked.files().equals(files)) {
      files = checked.files();
      seen = FileMarks.of(files);
      watchDirectories();
    }
    switch (checked) {
      case Checked.Valid<Snapshot> valid ->
          listener.reloaded(
              valid.value(), valid.notices(), RestartOnly.changed(started, valid.value()));
      case Checked.Faulty<Snapshot> faulty -> listener.rejected(faulty.faults());
    }
    return checked;
  }

  private void run() {
    try {
      if (hasChangedSinceStart()) {
        reloadQuietly();
      }
      while (!isClosed) {
        await(settings.pollMillis());
        if (hasChanged()) {
          reloadQuietly();
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (ClosedWatchServiceException closed) {
      // close() ends the watch under the waiting thread: that is how it is told
    }
  }

  /** Reloads once the files have come to rest. A listener that fails does not end the watch. */
  private void reloadQuietly() throws InterruptedException {
    awaitQuiet();
    try {
      reload();
    } catch (RuntimeException failed) {
      LOG.error("a reload of {} failed", started.gatewayFile(), failed);
    }
  }

  /** The files may have changed between their reading and the watch on them. */
  private boolean hasChangedSinceStart() {
    return !(loader.load(started.gatewayFile()) instanceof Checked.Valid<Snapshot> valid
        && valid.value().equals(started));
  }

  private synchronized boolean hasChanged() {
    watchDirectories();
    return !FileMarks.of(files).equals(seen);
  }

  /**
   * Waits until something announces itself, at most so long.
   *
   * @return whether it did
   */
  private boolean await(long millis) throws InterruptedException {
    WatchKey key = watch.poll(millis, TimeUnit.MILLISECONDS);
    boolean isAnnounced = key != null;
    while (key != null) {
      key.pollEvents();
      key.reset();
      key = watch.poll();
    }
    return isAnnounced;
  }

  /** A file that is written in place is empty for a moment: waits until nobody touches it. */
  private void awaitQuiet() throws InterruptedException {
    long since = nanoTime.getAsLong();
    long nanosMax = TimeUnit.MILLISECONDS.toNanos(settings.unquietMillisMax());
    FileMarks before;
    FileMarks now = marks();
    boolean isQuiet = false;
    while (!isQuiet && nanoTime.getAsLong() - since < nanosMax) {
      before = now;
      boolean isAnnounced = await(settings.quietMillis());
      now = marks();
      isQuiet = !isAnnounced && now.equals(before);
    }
  }

  private synchronized FileMarks marks() {
    return FileMarks.of(files);
  }

  /** Watches the directories of the files; one that does not exist yet is left to the polls. */
  private synchronized void watchDirectories() {
    Set<Path> wanted = new HashSet<>();
    for (Path file : files) {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        wanted.add(parent);
      }
    }
    directories.values().removeIf(key -> !key.isValid());
    for (Path directory : wanted) {
      directories.computeIfAbsent(directory, this::register);
    }
  }

  private @Nullable WatchKey register(Path directory) {
    try {
      return directory.register(
          watch,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException unwatchable) {
      return null;
    }
  }

  /** Stops watching. A reload under way is finished first. Idempotent. */
  @Override
  public void close() throws IOException {
    isClosed = true;
    watch.close();
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
