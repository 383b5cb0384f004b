package dev.tollgate.ledger;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A Redis server of one test's own, with an append-only file: it can be killed, set back to an
 * earlier state of its files, and started again at the same address.
 */
public final class RedisServerForTests implements AutoCloseable {
  private final Path directory;
  private final Path data;
  private final Path copy;
  private Process process;

  private RedisServerForTests(Path directory) throws IOException {
    this.directory = directory;
    this.data = Files.createDirectory(directory.resolve("data"));
    this.copy = directory.resolve("copy");
    this.process = launch();
  }

  public static RedisServerForTests start() throws IOException {
    return new RedisServerForTests(Files.createTempDirectory("tg-redis"));
  }

  public String uri() {
    return "unix:" + socket();
  }

  /** Where it listens. */
  public Path socket() {
    return directory.resolve("redis.sock");
  }

  private Process launch() throws IOException {
    RedisBinary binary = RedisBinaries.find(directory.resolve("bundled"));
    Process launched =
        new ProcessBuilder(
                binary.file().toString(),
                "--port",
                "0",
                "--unixsocket",
                socket().toString(),
                "--dir",
                data.toString(),
                "--appendonly",
                "yes",
                "--appendfsync",
                "everysec",
                "--save",
                "",
                "--auto-aof-rewrite-percentage",
                "0")
            .redirectErrorStream(true)
            .redirectOutput(new File(directory.toFile(), "log"))
            .start();
    Eventually.until("the server answers", this::isUp);
    return launched;
  }

  /** Loading its data, it answers too, but not with PONG. */
  private boolean isUp() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket()));
      channel.write(ByteBuffer.wrap("PING\r\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(64);
      channel.read(answer);
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII)
          .startsWith("+PONG");
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Makes it lose everything. */
  public void flush() throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      channel.write(ByteBuffer.wrap("FLUSHALL\r\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(5);
      while (answer.hasRemaining() && channel.read(answer) >= 0) {}
      if (!new String(answer.array(), StandardCharsets.US_ASCII).equals("+OK\r\n")) {
        throw new IOException(
            "not flushed: " + new String(answer.array(), StandardCharsets.US_ASCII));
      }
    }
  }

  /** As a power cut of the process: nothing more is written. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** As an operator would: it writes what it has, and ends. */
  public void stop() {
    process.destroy();
    process.onExit().join();
  }

  /** It stands still, and its connections stay open. */
  public void pause() throws IOException, InterruptedException {
    new Server(process.toHandle()).signal("STOP");
  }

  public void resume() throws IOException, InterruptedException {
    new Server(process.toHandle()).signal("CONT");
  }

  /** Where its files lie. They only ever grow while it runs. */
  Path data() {
    return data;
  }

  public void restart() throws IOException {
    process = launch();
  }

  /** Remembers its files as they are now. */
  public void copyData() throws IOException {
    Trees.delete(copy);
    Trees.copy(data, copy);
  }

  /** Puts them back as they were: what came since is lost. Only while it does not run. */
  public void restoreData() throws IOException {
    Trees.delete(data);
    Trees.copy(copy, data);
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
