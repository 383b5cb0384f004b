package dev.tollgate.cli;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * The classes of the jar as the JVM has them when they are loaded, in a file that all processes of
 * the tests map. It is written by the first test after a build, and saves each process a third of
 * what its start takes of the processor. A JVM to which the file does not fit does without it.
 */
final class ReadyClasses {
  private static final Set<String> SERVING = Set.of("serve", "demo");
  private static final int READY_SECONDS_MAX = 120;

  /** What a JVM says about such files goes to the output of a command, which the tests look at. */
  private static final String QUIET = " -Xlog:cds*=off";

  private ReadyClasses() {}

  /** Options for the JVM of that command; the ones that serve have another garbage collector. */
  static synchronized String options(String command) throws IOException {
    boolean isServing = SERVING.contains(command);
    Path target = TollgateProcess.PROJECT.resolve("gateway/target");
    String name = (isServing ? "serving-" : "commands-") + Runtime.version() + ".jsa";
    Path file = target.resolve(name);
    if (!Files.exists(file) || isOlder(file, TollgateProcess.JAR)) {
      Path directory = Files.createTempDirectory(target, "classes");
      try {
        Path written = write(isServing, directory, directory.resolve(name));
        Files.move(written, file, ATOMIC_MOVE, REPLACE_EXISTING);
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      } finally {
        Files.delete(directory);
      }
    }
    return " -XX:SharedArchiveFile=" + file + QUIET;
  }

  private static boolean isOlder(Path file, Path than) throws IOException {
    return Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(than)) < 0;
  }

  /** They are those that were loaded when a process ends. */
  private static Path write(boolean isServing, Path directory, Path file)
      throws IOException, InterruptedException {
    String options = " -XX:ArchiveClassesAtExit=" + file + QUIET;
    String[] arguments =
        isServing
            ? new String[] {"demo", "--port", "0", "--ops-port", "0"}
            : new String[] {"accounts", "list", "--ops-url", "http://127.0.0.1:1"};
    Map<String, String> environment = Map.of("TOLLGATE_ADMIN_TOKEN", "none");
    try (TollgateProcess process =
        TollgateProcess.startWith(directory, environment, options, arguments)) {
      if (isServing) {
        process.awaitLine(READY_SECONDS_MAX, "tollgate balance --url");
        process.terminate();
      }
      process.awaitExit();
      if (!Files.exists(file)) {
        throw new AssertionError("no classes were written:\n" + process.said());
      }
    }
    return file;
  }
}
