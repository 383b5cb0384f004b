package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.KeyRef;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that is not ours: over TCP, with a password and a database. */
@Timeout(120)
class ExternalRedisTest {
  @TempDir private Path directory;

  private Process server;
  private int port;

  @BeforeEach
  void start() throws IOException {
    RedisBinary binary = RedisBinary.find("", directory);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> command =
        List.of(
            binary.file().toString(),
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--requirepass",
            "s3cret",
            "--save",
            "",
            "--appendonly",
            "yes",
            "--dir",
            directory.toString());
    server =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }

  @Test
  void open_withThePassword_works() {
    LedgerSettings settings = RedisForTests.settings("redis://:s3cret@127.0.0.1:" + port + "/3");
    Eventually.until("it listens", () -> canOpen(settings));

    try (RedisForTests ledger = RedisForTests.open(settings, 2)) {
      KeyRef key = ledger.keyWith(USD);
      assertThat(ledger.hold(ledger.nextRequest(), key, USD)).isInstanceOf(HoldOutcome.Held.class);
      assertThat(ledger.connections().isAvailable()).isTrue();
    }

    LedgerSettings wrong = RedisForTests.settings("redis://:wr0ng@127.0.0.1:" + port + "/3");
    assertThatThrownBy(() -> RedisForTests.open(wrong, 1))
        .isInstanceOf(LedgerUnavailableException.class)
        .hasStackTraceContaining("WRONGPASS")
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("wr0ng"));
  }

  private static boolean canOpen(LedgerSettings settings) {
    try (RedisForTests ledger = RedisForTests.open(settings, 1)) {
      return ledger.connections().isAvailable();
    } catch (LedgerUnavailableException notYet) {
      return false;
    }
  }
}
