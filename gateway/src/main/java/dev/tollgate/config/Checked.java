package dev.tollgate.config;

import java.nio.file.Path;
import java.util.List;

/** What came of reading configuration: a value without faults, or all of its faults. */
public sealed interface Checked<T> {
  /** What is allowed but will surprise. */
  List<Finding> notices();

  /** The files that were read or looked for. */
  List<Path> files();

  /**
   * There is nothing wrong with it.
   *
   * @param summary how much of what there is, for people
   */
  record Valid<T>(T value, String summary, List<Finding> notices, List<Path> files)
      implements Checked<T> {}

  /**
   * @param faults at least one, in the order of the files' lines
   */
  record Faulty<T>(List<Finding> faults, List<Finding> notices, List<Path> files)
      implements Checked<T> {}
}
