package dev.tollgate.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code gateway/bin/tollgate} with some arguments, as a process with an environment of its own, on
 * the JDK of the tests. What it prints is kept. It ends with {@link #close}, and in any case with
 * the JVM of the tests.
 */
final class TollgateProcess implements AutoCloseable {
  /** Where the launcher lies, and users stand. */
  static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

  static final Path JAR = PROJECT.resolve("gateway/target/tollgate.jar");

  private static final int EXIT_SECONDS_MAX = 90;
  private static final int END_SECONDS_MAX = 10;
  private static final Set<Process> OPEN = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> OPEN.forEach(Process::destroyForcibly)));
  }

  private final Process process;
  private final List<String> out = new ArrayList<>();
  private final List<String> err = new ArrayList<>();
  private final List<Thread> readers;

  private TollgateProcess(Process process) {
    this.process = process;
    this.readers =
        List.of(
            reader(() -> collect(process.inputReader(), out)),
            reader(() -> collect(process.errorReader(), err)));
  }

  /**
   * No virtual thread: reading from a pipe keeps its carrier, and two of a quiet process are all
   * that a small machine has. What stands in for them goes when it has been idle for a while.
   */
  private static Thread reader(Runnable reading) {
    return Thread.ofPlatform().daemon().start(reading);
  }

  /**
   * @param temporary where it may leave temporary files; without a space in its name
   * @param environment all that it sees, but for what finding programs takes
   */
  static TollgateProcess start(Path temporary, Map<String, String> environment, String... arguments)
      throws IOException {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException("these tests need the jar: mvn package");
    }
    return startWith(temporary, environment, ReadyClasses.options(arguments[0]), arguments);
  }

  /**
   * @param options more of them for its JVM, each after a space
   */
  static TollgateProcess startWith(
      Path temporary, Map<String, String> environment, String options, String... arguments)
      throws IOException {
    Path launcher = PROJECT.resolve("gateway/bin/tollgate");
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(PROJECT.toFile());
    builder.environment().clear();
    builder.environment().putAll(bareEnvironment(temporary));
    builder.environment().merge("TOLLGATE_JAVA_OPTS", options, String::concat);
    builder.environment().putAll(environment);
    Process process = builder.start();
    OPEN.add(process);
    process.getOutputStream().close();
    return new TollgateProcess(process);
  }

  /**
   * What a command needs to find its programs, and the tests to find a leaked buffer. Several of
   * them share the machine: each would take two fifths of its memory otherwise, if it could. None
   * lives long enough for what the second compiler would take of the processors to come back.
   */
  static Map<String, String> bareEnvironment(Path temporary) {
    return Map.of(
        "PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"),
        "HOME", temporary.toString(),
        "JAVA_HOME", System.getProperty("java.home"),
        "TOLLGATE_JAVA_OPTS",
            "-Xmx1g -XX:TieredStopAtLevel=1 -Djava.io.tmpdir="
                + temporary
                + " -Dio.netty.leakDetection.level=paranoid");
  }

  private void collect(BufferedReader reader, List<String> lines) {
    try (reader) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (this) {
          lines.add(line);
          notifyAll();
        }
      }
    } catch (IOException killed) {
      // What it said before is kept.
    }
    synchronized (this) {
      notifyAll();
    }
  }

  /**
   * Waits for a line of either stream in which the pattern is found.
   *
   * @throws AssertionError with all that was said, when it ends or takes too long before it says so
   */
  synchronized Matcher awaitLine(int seconds, String pattern) throws InterruptedException {
    Pattern wanted = Pattern.compile(pattern);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (true) {
      for (List<String> lines : List.of(out, err)) {
        for (String line : lines) {
          Matcher found = wanted.matcher(line);
          if (found.find()) {
            return found;
          }
        }
      }
      long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMillis <= 0 || !isSpeaking()) {
        throw new AssertionError("did not say '" + pattern + "', but:\n" + said());
      }
      wait(leftMillis);
    }
  }

  /** The readers may yet have something to add when the process has already ended. */
  private boolean isSpeaking() {
    return process.isAlive() || readers.stream().anyMatch(Thread::isAlive);
  }

  /** Waits for its end; gives its exit code, which after a signal is 128 and the signal. */
  int awaitExit() throws InterruptedException {
    if (!process.waitFor(EXIT_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError("still runs, and has said:\n" + said());
    }
    for (Thread reader : readers) {
      reader.join();
    }
    return process.exitValue();
  }

  /** Its standard output, so far. */
  synchronized String out() {
    return String.join("\n", out);
  }

  /** Its standard error, so far. */
  synchronized String err() {
    return String.join("\n", err);
  }

  /** All of its output. */
  String said() {
    return out() + "\n" + err();
  }

  /** As {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
  }

  /** Asks it to stop: as {@code kill}. */
  void terminate() {
    process.destroy();
  }

  /** Kills it, if it still runs, and waits for its end. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new AssertionError("process " + process.pid() + " cannot be killed");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    OPEN.remove(process);
    if (err().contains("LEAK:")) {
      throw new AssertionError("a buffer was leaked:\n" + err());
    }
  }
}
