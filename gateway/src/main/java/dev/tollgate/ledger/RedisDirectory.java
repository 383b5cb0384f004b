package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private directory of the embedded Redis, locked against other gateways for as long as this is
 * open: its data, its socket, its log, and what must be known of the server that ran there last.
 * Blocks: not for event loops.
 */
@Blocking
final class RedisDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RedisDirectory.class);

  /** A socket's path has room for some 104 bytes, 108 on Linux, with the zero at its end. */
  private static final int SOCKET_BYTES_MAX = 100;

  private static final long POLL_MILLIS = 10;

  private final Path path;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final Path socket;

  private RedisDirectory(Path path, FileChannel lockFile, FileLock lock) throws IOException {
    this.path = path;
    this.lockFile = lockFile;
    this.lock = lock;
    this.socket = placeSocket();
  }

  /**
   * @throws EmbeddedRedisException when another gateway uses the directory
   */
  static RedisDirectory open(Path dataDirectory) {
    Path path = dataDirectory.toAbsolutePath().normalize().resolve("redis");
    try {
      Files.createDirectories(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      FileChannel lockFile =
          FileChannel.open(
              path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      return new RedisDirectory(path, lockFile, lock(lockFile, path));
    } catch (IOException failure) {
      throw new EmbeddedRedisException("cannot use " + path + " for the embedded Redis", failure);
    }
  }

  private static FileLock lock(FileChannel lockFile, Path path) throws IOException {
    FileLock lock = null;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      log.debug("locked by this process", heldByThisProcess);
    }
    if (lock == null) {
      lockFile.close();
      throw new EmbeddedRedisException(
          "another gateway uses "
              + path.getParent()
              + ": give each its own data_dir, or share an external Redis");
    }
    return lock;
  }

  Path path() {
    return path;
  }

  Path socket() {
    return socket;
  }

  Path logFile() {
    return path.resolve("redis.log");
  }

  Path pidFile() {
    return path.resolve("redis.pid");
  }

  /** Empties the log when it has grown beyond its bound. */
  void trimLog(long bytesMax) {
    try {
      if (Files.exists(logFile()) && Files.size(logFile()) > bytesMax) {
        Files.writeString(logFile(), "");
      }
    } catch (IOException failure) {
      log.warn("cannot trim {}", logFile(), failure);
    }
  }

  /** The end of the log, for an error message. */
  String logTail() {
    try {
      String text = Files.readString(logFile(), StandardCharsets.ISO_8859_1);
      return text.substring(Math.max(0, text.length() - 1_000)).strip();
    } catch (IOException unreadable) {
      return "(no log)";
    }
  }

  /**
   * Waits for a server that still runs here, of a gateway that has died: two on the same files
   * would ruin them. It has been told to stop by its supervisor; in the end it is killed.
   */
  void awaitPrevious(long stopMillisMax) {
    Optional<ProcessHandle> previous = previous();
    if (previous.isEmpty()) {
      return;
    }
    ProcessHandle server = previous.get();
    log.info("waiting for the previous redis-server, process {}, to stop", server.pid());
    if (!hasEnded(server, stopMillisMax)) {
      log.warn("killing the previous redis-server, process {}", server.pid());
      server.destroyForcibly();
      if (!hasEnded(server, stopMillisMax)) {
        throw new EmbeddedRedisException(
            "the previous redis-server, process " + server.pid() + ", cannot be stopped");
      }
    }
  }

  /** A process that has ended but was not fetched by its parent still has an id, but no program. */
  private boolean hasEnded(ProcessHandle server, long millisMax) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millisMax);
    while (server.isAlive() && isServer(server)) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new EmbeddedRedisException("interrupted while starting", interrupted);
      }
    }
    return true;
  }

  /** The process in the pid file, when it is alive and truly a server in this directory. */
  private Optional<ProcessHandle> previous() {
    try {
      long pid = Long.parseLong(Files.readString(pidFile()).strip());
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(this::isServer);
    } catch (IOException | NumberFormatException noPid) {
      return Optional.empty();
    }
  }

  private boolean isServer(ProcessHandle process) {
    boolean isRedis =
        process
            .info()
            .command()
            .map(command -> String.valueOf(Path.of(command).getFileName()))
            .filter(name -> name.startsWith("redis-") || name.startsWith("valkey-"))
            .isPresent();
    Path workingDirectory = Path.of("/proc", Long.toString(process.pid()), "cwd");
    try {
      return isRedis
          && (!Files.exists(workingDirectory) || Files.isSameFile(workingDirectory, path));
    } catch (IOException unreadable) {
      return isRedis;
    }
  }

  /**
   * An older server may not read what a newer one wrote, or may not even see it and begin with
   * nothing. So the version of the last one is kept.
   *
   * @throws EmbeddedRedisException when this one is older
   */
  void checkVersion(RedisVersion version) {
    Path file = path.resolve("server-version");
    try {
      Optional<RedisVersion> last =
          Files.exists(file) ? RedisVersion.find(Files.readString(file)) : Optional.empty();
      boolean isOlder =
          last.isPresent()
              && (version.major() < last.get().major()
                  || (version.major() == last.get().major()
                      && version.minor() < last.get().minor()));
      if (isOlder) {
        throw new EmbeddedRedisException(
            "the data in %s was written by version %s; found only version %s of redis-server"
                .formatted(path, last.get(), version));
      }
      Files.writeString(file, version + "\n");
    } catch (IOException failure) {
      throw new EmbeddedRedisException("cannot read or write " + file, failure);
    }
  }

  private Path placeSocket() throws IOException {
    Path inside = path.resolve("redis.sock");
    if (inside.toString().getBytes(StandardCharsets.UTF_8).length <= SOCKET_BYTES_MAX) {
      return inside;
    }
    removePreviousSocketDirectory();
    Path outside = Files.createTempDirectory("tollgate-redis");
    Files.writeString(path.resolve("socket-directory"), outside.toString());
    return outside.resolve("redis.sock");
  }

  /** A gateway that was killed leaves its directory of the socket behind. */
  private void removePreviousSocketDirectory() throws IOException {
    Path note = path.resolve("socket-directory");
    if (Files.exists(note)) {
      Path previous = Path.of(Files.readString(note).strip());
      Files.deleteIfExists(previous.resolve("redis.sock"));
      Files.deleteIfExists(previous);
      Files.delete(note);
    }
  }

  /** Lets other gateways in. The server must have stopped. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(socket);
      removePreviousSocketDirectory();
      lock.release();
      lockFile.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
