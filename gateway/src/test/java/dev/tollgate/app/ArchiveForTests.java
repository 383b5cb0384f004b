package dev.tollgate.app;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One archive for each Redis: whoever copies its events, all can read them. */
final class ArchiveForTests {
  private static final Map<String, Path> FILES = new ConcurrentHashMap<>();

  private ArchiveForTests() {}

  /** The URL of the archive of that Redis, named as in a configuration. */
  static String of(String redisYaml) {
    return "jdbc:sqlite:" + FILES.computeIfAbsent(redisYaml, first -> newFile());
  }

  private static Path newFile() {
    try {
      Path folder = Files.createTempDirectory("tg-archive");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder.resolve("archive.db");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    File[] files = folder.toFile().listFiles();
    for (File file : files == null ? new File[0] : files) {
      var unused = file.delete();
    }
    var unused = folder.toFile().delete();
  }
}
