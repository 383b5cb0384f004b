package dev.tollgate.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The processes that work in a folder, or have it in their command line. */
final class Leftovers {
  private Leftovers() {}

  /** Waits until there are none. */
  static void awaitNone(Path folder, int seconds) throws Exception {
    try {
      Within.seconds(seconds, "no process of " + folder, () -> of(folder).isEmpty());
    } catch (AssertionError still) {
      throw new AssertionError(still.getMessage() + ", but " + describe(of(folder)), still);
    }
  }

  static List<ProcessHandle> of(Path folder) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(process -> isOf(process, folder))
        .toList();
  }

  private static boolean isOf(ProcessHandle process, Path folder) {
    if (process.info().commandLine().orElse("").contains(folder.toString())) {
      return true;
    }
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"))
          .startsWith(folder);
    } catch (IOException endedOrNotLinux) {
      return false;
    }
  }

  private static List<String> describe(List<ProcessHandle> processes) {
    return processes.stream()
        .map(process -> process.pid() + " " + process.info().commandLine().orElse("?"))
        .toList();
  }
}
