package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the journal lies, locked against other gateways for as long as this is open. Also keeps the
 * reserve: a file of nothing that makes way when the disk is full. Blocks: not for event loops.
 */
@Blocking
final class JournalDirectory implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 20;

  private final Path path;
  private final FileChannel lockFile;
  private final FileLock lock;

  private JournalDirectory(Path path, FileChannel lockFile, FileLock lock) {
    this.path = path;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * @throws JournalException when it cannot be written to, or another gateway uses it
   */
  static JournalDirectory open(Path dataDirectory) {
    Path path = dataDirectory.toAbsolutePath().normalize().resolve("journal");
    try {
      Files.createDirectories(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      FileChannel lockFile =
          FileChannel.open(
              path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      return new JournalDirectory(path, lockFile, lock(lockFile, path));
    } catch (IOException failure) {
      throw new JournalException("cannot write the journal to " + path + ": " + failure, failure);
    }
  }

  private static FileLock lock(FileChannel lockFile, Path path) throws IOException {
    FileLock lock;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      lock = null;
    }
    if (lock == null) {
      lockFile.close();
      throw new JournalException(
          "another gateway writes its journal to " + path + ": give each its own data_dir");
    }
    return lock;
  }

  Path path() {
    return path;
  }

  /** The segments, oldest first. */
  List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(file -> JournalSegment.firstOf(file) >= 0).sorted().toList();
    }
  }

  FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** After a file has come or gone: its name is on the disk only then. */
  void sync() throws IOException {
    try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  /** For good: a power cut does not bring it back. */
  void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    sync();
  }

  /** Makes the reserve as large as it is to be; what cannot be had fails. */
  void takeReserve(long bytes) throws IOException {
    Path file = reserve();
    if (Files.exists(file) && Files.size(file) == bytes) {
      return;
    }
    try (FileChannel channel = create(file)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
      for (long left = bytes; left > 0; left -= zeros.limit()) {
        zeros.clear().limit((int) Math.min(left, CHUNK_BYTES));
        while (zeros.hasRemaining()) {
          channel.write(zeros);
        }
      }
      channel.force(true);
    } catch (IOException noRoom) {
      giveReserve();
      throw noRoom;
    }
  }

  /**
   * Gives the reserve to the records.
   *
   * @return whether there was one
   */
  boolean giveReserve() throws IOException {
    return Files.deleteIfExists(reserve());
  }

  private Path reserve() {
    return path.resolve("reserve");
  }

  @Override
  public void close() {
    try {
      lock.release();
      lockFile.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
