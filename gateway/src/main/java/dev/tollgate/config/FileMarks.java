package dev.tollgate.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * By what a changed file is known: its identity, size and time, behind any links. A mounted
 * configuration map changes by a link that suddenly points elsewhere.
 */
record FileMarks(Map<Path, String> marks) {
  private static final String MISSING = "missing";

  static FileMarks of(List<Path> files) {
    Map<Path, String> marks = new HashMap<>();
    for (Path file : files) {
      marks.put(file, mark(file));
    }
    return new FileMarks(Map.copyOf(marks));
  }

  private static String mark(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.fileKey()
          + " "
          + attributes.size()
          + " "
          + attributes.lastModifiedTime().toInstant();
    } catch (IOException missing) {
      return MISSING;
    }
  }
}
