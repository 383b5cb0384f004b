package dev.tollgate.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of the corpus, {@code src/test/resources/corpus}. */
final class CorpusFiles {
  private static final String SEPARATOR = "\n%%\n";

  private CorpusFiles() {}

  static Path root() {
    try {
      return Path.of(CorpusFiles.class.getResource("/corpus").toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The texts of a file: between lines that say {@code %%}. */
  static List<String> passages(String name) {
    return List.of(text(root().resolve("passages/" + name + ".txt")).strip().split(SEPARATOR));
  }

  /** The files of a folder, by name. */
  static List<Path> folder(String name) {
    try (Stream<Path> files = Files.list(root().resolve(name))) {
      return files.sorted().toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
