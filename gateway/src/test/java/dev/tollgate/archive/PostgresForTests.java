package dev.tollgate.archive;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.tollgate.ledger.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A throwaway PostgreSQL on a free port of the loopback, from the binaries that the machine has;
 * one for all tests of a JVM, with a database for each who asks. Where there are none, tests that
 * need it are skipped, unless {@code -Dtollgate.test.postgresql=required}.
 */
public final class PostgresForTests implements AutoCloseable {
  static final String USER = "tollgate";
  static final String PASSWORD = "pässwort/&?#%";

  private static final long START_SECONDS_MAX = 60;
  private static @Nullable PostgresForTests shared;
  private static int databases;

  private final Path binaries;
  private final Path directory;
  private final int port;
  private @Nullable Process process;

  private PostgresForTests(Path binaries, Path directory, int port) {
    this.binaries = binaries;
    this.directory = directory;
    this.port = port;
  }

  /** The one of this JVM; it stops with it. */
  public static synchronized PostgresForTests shared() {
    if (shared == null) {
      PostgresForTests started = start();
      shared = started;
      Runtime.getRuntime().addShutdownHook(new Thread(started::close));
    }
    return shared;
  }

  /** One of its own, to be killed. */
  public static PostgresForTests start() {
    Optional<Path> binaries = binaries();
    if (binaries.isEmpty()) {
      String message = "no PostgreSQL server in /usr/lib/postgresql/*/bin or on the PATH";
      if (System.getProperty("tollgate.test.postgresql", "").equals("required")) {
        throw new IllegalStateException(message);
      }
      abort(message);
    }
    try {
      Path directory = Files.createTempDirectory("tollgate-postgresql-");
      PostgresForTests server = new PostgresForTests(binaries.orElseThrow(), directory, freePort());
      server.initialise();
      server.launch();
      return server;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The URL of a new, empty database, user and password among its parameters. */
  public String newDatabase() {
    String name;
    synchronized (PostgresForTests.class) {
      name = "archive_" + ++databases;
    }
    try (Connection connection = connect("postgres");
        var statement = connection.createStatement()) {
      statement.execute("create database " + name + " template template0");
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
    return url(name);
  }

  String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&password=%s"
        .formatted(
            port,
            database,
            USER,
            java.net.URLEncoder.encode(PASSWORD, java.nio.charset.StandardCharsets.UTF_8));
  }

  public int port() {
    return port;
  }

  /** What its processes, those that live, have used of the processor. */
  long processorMillis() {
    Process running = process;
    return running == null
        ? 0
        : Stream.concat(Stream.of(running.toHandle()), running.descendants())
            .mapToLong(
                handle -> handle.info().totalCpuDuration().map(Duration::toMillis).orElse(0L))
            .sum();
  }

  /** As an operator would: whoever is connected is cut off, and what was written is kept. */
  public void stop() {
    Process running = process;
    if (running == null) {
      return;
    }
    run(List.of("kill", "-INT", Long.toString(running.pid())));
    running.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    process = null;
  }

  /**
   * From now on none of its processes, those that come included, can write to a file behind that
   * many bytes: as on a disk that is full.
   */
  void limitFileBytes(long bytesMax) {
    limitFiles(Long.toString(bytesMax));
  }

  /** Its files may grow again. */
  void liftFileLimit() {
    limitFiles("unlimited");
  }

  private void limitFiles(String bytesMax) {
    Process running = Objects.requireNonNull(process);
    Stream.concat(Stream.of(running.toHandle()), running.descendants())
        .forEach(process -> limitFiles(process, bytesMax));
  }

  private static void limitFiles(ProcessHandle process, String bytesMax) {
    try {
      run(unprivileged("prlimit", "--pid=" + process.pid(), "--fsize=" + bytesMax + ":"));
    } catch (IllegalStateException failed) {
      if (process.isAlive()) {
        throw failed;
      }
    }
  }

  /** As a power cut would. */
  public void kill() {
    Process running = process;
    if (running == null) {
      return;
    }
    List<ProcessHandle> all = new ArrayList<>(running.descendants().toList());
    all.forEach(ProcessHandle::destroyForcibly);
    running.destroyForcibly();
    all.add(running.toHandle());
    all.forEach(handle -> handle.onExit().orTimeout(30, TimeUnit.SECONDS).join());
    process = null;
  }

  /** At the same port as before, with what is on the disk. */
  public void launch() {
    try {
      Files.deleteIfExists(directory.resolve("data/postmaster.pid"));
      process =
          new ProcessBuilder(
                  unprivileged(
                      binaries.resolve("postgres").toString(),
                      "-D",
                      directory.resolve("data").toString(),
                      "-c",
                      "listen_addresses=127.0.0.1",
                      "-c",
                      "port=" + port,
                      "-c",
                      "unix_socket_directories=",
                      "-c",
                      "shared_buffers=128MB",
                      "-c",
                      "max_wal_size=2GB"))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("server.log").toFile())
              .start();
      awaitAnswer();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void initialise() throws IOException {
    Path password = directory.resolve("password");
    Files.writeString(password, PASSWORD);
    if (isRoot()) {
      run(List.of("chown", "-R", "postgres", directory.toString()));
    }
    run(
        unprivileged(
            binaries.resolve("initdb").toString(),
            "-D",
            directory.resolve("data").toString(),
            "-U",
            USER,
            "--pwfile=" + password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync"));
  }

  private static void run(List<String> command) {
    try {
      runLogged(command);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void runLogged(List<String> command) throws IOException {
    Path log = Files.createTempFile("tollgate-command-", ".log");
    try {
      Process started =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!started.waitFor(120, TimeUnit.SECONDS)) {
        started.destroyForcibly();
        throw new IllegalStateException(command.getFirst() + " does not end");
      }
      if (started.exitValue() != 0) {
        throw new IllegalStateException(command + " failed: " + Files.readString(log));
      }
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    } finally {
      Files.delete(log);
    }
  }

  private void awaitAnswer() {
    Eventually.until(
        "PostgreSQL answers", TimeUnit.SECONDS.toMillis(START_SECONDS_MAX), this::isAnswering);
  }

  private boolean isAnswering() {
    try {
      connect("postgres").close();
      return true;
    } catch (SQLException notYet) {
      Process running = process;
      if (running == null || !running.isAlive()) {
        throw new IllegalStateException("PostgreSQL does not start: " + log(), notYet);
      }
      return false;
    }
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("server.log"));
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  private Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database));
  }

  /** PostgreSQL does not run as root. */
  private static List<String> unprivileged(String... command) {
    List<String> all = new ArrayList<>();
    if (isRoot()) {
      all.addAll(
          List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"));
    }
    all.addAll(Arrays.asList(command));
    return all;
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static Optional<Path> binaries() {
    List<Path> places = new ArrayList<>();
    Path debian = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(debian)) {
      try (Stream<Path> versions = Files.list(debian)) {
        versions.sorted(Comparator.reverseOrder()).forEach(path -> places.add(path.resolve("bin")));
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
    for (String place : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      places.add(Path.of(place));
    }
    return places.stream()
        .filter(place -> Files.isExecutable(place.resolve("initdb")))
        .filter(place -> Files.isExecutable(place.resolve("postgres")))
        .findFirst();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
