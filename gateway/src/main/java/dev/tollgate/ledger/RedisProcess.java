package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * One run of a redis-server, below a supervisor that ends it when this JVM is gone, however it
 * went. Blocks: not for event loops.
 */
@Blocking
final class RedisProcess {
  private static final long POLL_MILLIS = 5;

  private final RedisDirectory directory;
  private final Process supervisor;

  private RedisProcess(RedisDirectory directory, Process supervisor) {
    this.directory = directory;
    this.supervisor = supervisor;
  }

  static RedisProcess start(RedisBinary binary, RedisDirectory directory) {
    Path configuration = directory.path().resolve("redis.conf");
    try {
      Files.writeString(configuration, configuration(directory));
      ProcessBuilder builder =
          new ProcessBuilder(
              "/bin/sh",
              "-c",
              Script.resource("redis-supervisor.sh"),
              "redis-supervisor",
              binary.file().toString(),
              configuration.toString());
      builder.directory(directory.path().toFile());
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(directory.logFile().toFile()));
      return new RedisProcess(directory, builder.start());
    } catch (IOException failure) {
      throw new EmbeddedRedisException("cannot start " + binary.file(), failure);
    }
  }

  private static String configuration(RedisDirectory directory) {
    return """
    # Written at every start of the gateway.
    port 0
    unixsocket %s
    unixsocketperm 700
    dir %s
    pidfile %s
    logfile %s
    daemonize no
    databases 1
    appendonly yes
    appendfsync everysec
    save ""
    maxmemory-policy noeviction
    """
        .formatted(
            quoted(directory.socket()),
            quoted(directory.path()),
            quoted(directory.pidFile()),
            quoted(directory.logFile()));
  }

  private static String quoted(Path path) {
    return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /**
   * Waits until it answers and its data is loaded.
   *
   * @throws EmbeddedRedisException when it ends, or does not answer in time
   */
  void awaitReady(long startMillisMax) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(startMillisMax);
    String answer = "";
    while (!answer.startsWith("+PONG")) {
      if (!supervisor.isAlive()) {
        throw failed("ended at its start, with status " + supervisor.exitValue());
      }
      answer = ping();
      if (answer.startsWith("-LOADING")) {
        deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(startMillisMax);
      } else if (System.nanoTime() - deadline > 0) {
        throw failed("did not answer within " + startMillisMax + " ms");
      }
      pause();
    }
  }

  private EmbeddedRedisException failed(String how) {
    return new EmbeddedRedisException("redis-server " + how + ": " + directory.logTail());
  }

  /** What it says to PING; empty when it is not there, or says nothing for a second. */
  private String ping() {
    try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.connect(UnixDomainSocketAddress.of(directory.socket()));
      socket.write(ByteBuffer.wrap("PING\r\n".getBytes(StandardCharsets.US_ASCII)));
      socket.configureBlocking(false);
      ByteBuffer answer = ByteBuffer.allocate(256);
      for (int i = 0; i < 1_000 / POLL_MILLIS && answer.position() == 0; i++) {
        if (socket.read(answer) < 0) {
          return "";
        }
        if (answer.position() == 0) {
          pause();
        }
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    } catch (IOException notThereYet) {
      return "";
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new EmbeddedRedisException("interrupted while starting", interrupted);
    }
  }

  /** Waits for its end, and tells its status. */
  int awaitEnd() throws InterruptedException {
    int status = supervisor.waitFor();
    try {
      // Should the supervisor alone have ended: what is left of it stops the server now.
      supervisor.getOutputStream().close();
    } catch (IOException alreadyClosed) {
      return status;
    }
    return status;
  }

  /** Stops it: it writes down what it has and ends; the supervisor kills it when it does not. */
  void stop(long stopMillisMax) {
    try {
      supervisor.getOutputStream().close();
      if (!supervisor.waitFor(stopMillisMax, TimeUnit.MILLISECONDS)) {
        supervisor.descendants().forEach(ProcessHandle::destroyForcibly);
        supervisor.destroyForcibly().waitFor();
      }
    } catch (IOException failure) {
      supervisor.destroyForcibly();
      throw new EmbeddedRedisException("cannot stop redis-server", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
