package dev.tollgate.ledger;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A Redis server of a test's own, on a TCP port of this machine, with an append-only file: it can
 * be killed, frozen, and started again at the same address. It is asked in plain words.
 */
final class TcpRedis implements AutoCloseable {
  /** A node of a cluster also listens this far above its port. */
  private static final int BUS_PORTS = 10_000;

  private static final int ANSWER_MILLIS_MAX = 5_000;

  private final Path directory;
  private final int port;
  private final List<String> command;
  private String password = "";
  private Process process;

  private TcpRedis(Path directory, int port, List<String> command) throws IOException {
    this.directory = directory;
    this.port = port;
    this.command = command;
    this.process = launch();
  }

  /**
   * @param directory its own, which need not exist yet
   * @param options as on its command line
   */
  static TcpRedis start(Path directory, String... options) throws IOException {
    Files.createDirectories(directory);
    int port = freePort();
    List<String> command = new ArrayList<>();
    command.add(RedisBinaries.find(directory.resolve("bundled")).file().toString());
    command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", directory.toString(), "--save", ""));
    command.addAll(List.of("--appendonly", "yes", "--repl-diskless-sync-delay", "0"));
    command.addAll(Arrays.asList(options));
    TcpRedis redis = new TcpRedis(directory, port, command);
    redis.awaitUp();
    return redis;
  }

  /** The same with a password, which is set once it is up. */
  static TcpRedis startWithPassword(Path directory, String password, String... options)
      throws IOException {
    TcpRedis redis = start(directory, options);
    redis.password = password;
    redis.ask("CONFIG SET requirepass " + password);
    return redis;
  }

  /**
   * A sentinel, two of which must agree.
   *
   * @param primary named {@code primary}
   */
  static TcpRedis startSentinel(Path directory, TcpRedis primary) throws IOException {
    Files.createDirectories(directory);
    int port = freePort();
    Path file = directory.resolve("sentinel.conf");
    Files.writeString(
        file,
        """
        port %d
        bind 127.0.0.1
        dir "%s"
        sentinel monitor primary 127.0.0.1 %d 2
        sentinel down-after-milliseconds primary 1000
        sentinel failover-timeout primary 3000
        """
            .formatted(port, directory, primary.port()));
    String binary = RedisBinaries.find(directory.resolve("bundled")).file().toString();
    TcpRedis sentinel =
        new TcpRedis(directory, port, List.of(binary, file.toString(), "--sentinel"));
    sentinel.awaitUp();
    return sentinel;
  }

  int port() {
    return port;
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(new File(directory.toFile(), "server.log")))
        .start();
  }

  private void awaitUp() {
    Eventually.until("the server at " + address() + " answers", () -> said("PING", "PONG"));
  }

  /** Whether it answers, and with that in its words. */
  boolean said(String command, String words) {
    try {
      return ask(command).contains(words);
    } catch (IOException notThere) {
      return false;
    }
  }

  /** What it answers, a line for each element; errors too, with their minus sign. */
  String ask(String command) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ANSWER_MILLIS_MAX);
      socket.setSoTimeout(ANSWER_MILLIS_MAX);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      if (!password.isEmpty() && !command.startsWith("CONFIG SET requirepass ")) {
        send(socket, "AUTH " + password);
        answer(in);
      }
      send(socket, command);
      return answer(in);
    }
  }

  private static void send(Socket socket, String command) throws IOException {
    socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  private static String answer(InputStream in) throws IOException {
    String line = line(in);
    return switch (line.charAt(0)) {
      case '$' -> text(in, Integer.parseInt(line.substring(1)));
      case '*' -> elements(in, Integer.parseInt(line.substring(1)));
      case '-' -> line;
      default -> line.substring(1);
    };
  }

  private static String text(InputStream in, int bytes) throws IOException {
    String text = new String(in.readNBytes(Math.max(bytes, 0)), StandardCharsets.UTF_8);
    if (bytes >= 0) {
      line(in);
    }
    return text;
  }

  private static String elements(InputStream in, int count) throws IOException {
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      elements.add(answer(in));
    }
    return String.join("\n", elements);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the server hung up");
      }
      line.append((char) next);
    }
    return line.toString().stripTrailing();
  }

  /** As a power cut of the process: nothing more is written. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  void restart() throws IOException {
    process = launch();
    awaitUp();
  }

  /** Neither answers nor hangs up, until it is thawed. */
  void freeze() throws IOException, InterruptedException {
    new Server(process.toHandle()).signal("STOP");
  }

  void thaw() throws IOException, InterruptedException {
    new Server(process.toHandle()).signal("CONT");
  }

  /** A port below the ephemeral ones, so that no connection takes it meanwhile. */
  static int freePort() {
    for (int i = 0; i < 1_000; i++) {
      int port = ThreadLocalRandom.current().nextInt(11_000, 22_000);
      if (isFree(port) && isFree(port + BUS_PORTS)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  @Override
  public void close() {
    kill();
    try {
      Trees.delete(directory);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
