package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedRedisTest {
  @TempDir private Path directory;

  @Test
  void start_thenClose_leavesNoProcess() throws Exception {
    Server server;
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory))) {
      server = Server.of(directory);
      assertThat(server.isAlive()).isTrue();
      assertThat(redis.uri()).isEqualTo("unix:" + directory.resolve("redis/redis.sock"));
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(directory.resolve("redis"))))
          .isEqualTo("rwx------");
      purchase(redis);
    }
    assertThat(server.isAlive()).isFalse();
    assertThat(directory.resolve("redis/redis.sock")).doesNotExist();
  }

  @Test
  void start_ofTheBundledServer_works() {
    EmbeddedRedisSettings settings = EmbeddedRedisSettings.of(directory).bundled();
    try (EmbeddedRedis redis = EmbeddedRedis.start(settings)) {
      assertThat(redis.version()).startsWith("6.2.");
      purchase(redis);
    }
  }

  @Test
  void start_onTheSameDirectory_keepsTheData() {
    KeyRef key;
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory))) {
      key = purchase(redis);
    }
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory));
        RedisForTests again = RedisForTests.open(RedisForTests.settings(redis.uri()), 1)) {
      assertThat(again.state(key.account()).balanceNanoUsd()).isEqualTo(9 * USD);
    }
  }

  @Test
  void start_ofANewerServerOnTheSameDirectory_keepsTheData() {
    KeyRef key;
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory).bundled())) {
      key = purchase(redis);
    }
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory));
        RedisForTests again = RedisForTests.open(RedisForTests.settings(redis.uri()), 1)) {
      assertThat(again.state(key.account()).balanceNanoUsd()).isEqualTo(9 * USD);
    }
  }

  @Test
  void start_ofAnOlderServerThanTheData_isRefused() throws IOException {
    Files.createDirectories(directory.resolve("redis"));
    Files.writeString(directory.resolve("redis/server-version"), "99.1.0\n");

    assertThatThrownBy(() -> EmbeddedRedis.start(EmbeddedRedisSettings.of(directory)))
        .isInstanceOf(EmbeddedRedisException.class)
        .hasMessageContaining("was written by version 99.1.0");
  }

  @Test
  void start_ofASecondGateway_isRefusedAndHarmsNothing() {
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory))) {
      assertThatThrownBy(() -> EmbeddedRedis.start(EmbeddedRedisSettings.of(directory)))
          .isInstanceOf(EmbeddedRedisException.class)
          .hasMessageContaining("another gateway uses " + directory);
      purchase(redis);
    }
  }

  @Test
  void start_inADirectoryWithALongName_putsTheSocketElsewhere() throws IOException {
    Path deep = directory.resolve("d".repeat(120)).resolve("with \"space\" in it");
    Path socketDirectory;
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(deep))) {
      Path socket = Path.of(redis.uri().substring("unix:".length()));
      socketDirectory = socket.getParent();
      assertThat(socket).exists();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socketDirectory)))
          .isEqualTo("rwx------");
      purchase(redis);
    }
    assertThat(socketDirectory).doesNotExist();
  }

  @Test
  void death_ofTheServer_isFollowedByAnotherWithTheSameData() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory));
        RedisForTests ledger = RedisForTests.open(RedisForTests.settings(redis.uri()), 1)) {
      KeyRef key = purchase(ledger);
      Server first = Server.of(directory);
      first.signal("KILL");
      first.awaitEnd();

      Eventually.until("the ledger is back", () -> canHold(ledger, key));

      assertThat(Server.of(directory)).isNotEqualTo(first);
      assertThat(ledger.state(key.account()).balanceNanoUsd()).isEqualTo(9 * USD);
    }
  }

  @Test
  void start_trimsALogThatHasGrown() throws IOException {
    Files.createDirectories(directory.resolve("redis"));
    Path log = directory.resolve("redis/redis.log");
    Files.writeString(log, "x".repeat(2 << 20));
    try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory))) {
      assertThat(Files.size(log)).isLessThan(1 << 20);
      purchase(redis);
    }
  }

  private static boolean canHold(RedisForTests ledger, KeyRef key) {
    try {
      return ledger.hold(ledger.nextRequest(), key, 0) instanceof HoldOutcome.Held;
    } catch (LedgerUnavailableException away) {
      return false;
    }
  }

  @Test
  void kill_ofTheParent_leavesNoServerAndTheDirectoryUsable() throws Exception {
    Process parent =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedRedisHost.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try {
      awaitReady(parent);
      Server server = Server.of(directory);
      assertThat(server.isAlive()).isTrue();

      parent.destroyForcibly().waitFor();

      server.awaitEnd();
      try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory))) {
        purchase(redis);
      }
    } finally {
      parent.destroyForcibly();
    }
  }

  private static void awaitReady(Process parent) throws IOException {
    BufferedReader output = parent.inputReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line).append('\n');
      if (line.startsWith("ready ")) {
        return;
      }
    }
    throw new AssertionError(said.toString());
  }

  @Test
  void start_whileThePreviousServerStillRuns_stopsItFirst() throws Exception {
    EmbeddedRedisSettings impatient =
        new EmbeddedRedisSettings(
            directory, System.getenv().getOrDefault("PATH", ""), 30_000, 500, 5_000, 1 << 20);
    EmbeddedRedis abandoned = EmbeddedRedis.start(impatient);
    Server first = Server.of(directory);
    ProcessHandle supervisor = first.process().parent().orElseThrow();
    first.signal("STOP");
    supervisor.destroyForcibly();
    // Its gateway now thinks that it died, finds it stopped, and has to kill it to go on.
    first.awaitEnd();
    Eventually.until("another is up", () -> isUp(abandoned));
    Server second = Server.of(directory);
    assertThat(second).isNotEqualTo(first);
    abandoned.close();
    assertThat(second.isAlive()).isFalse();
  }

  private static boolean isUp(EmbeddedRedis redis) {
    try (RedisForTests ledger = RedisForTests.open(RedisForTests.settings(redis.uri()), 1)) {
      return ledger.connections().isAvailable();
    } catch (LedgerUnavailableException notYet) {
      return false;
    }
  }

  private static KeyRef purchase(EmbeddedRedis redis) {
    try (RedisForTests ledger = RedisForTests.open(RedisForTests.settings(redis.uri()), 1)) {
      return purchase(ledger);
    }
  }

  private static KeyRef purchase(RedisForTests ledger) {
    KeyRef key = ledger.keyWith(10 * USD);
    RequestId request = ledger.nextRequest();
    assertThat(ledger.hold(request, key, 2 * USD)).isInstanceOf(HoldOutcome.Held.class);
    assertThat(ledger.settle(request, key, USD, 2 * USD))
        .isEqualTo(new SettleOutcome.Settled(USD, 0, 9 * USD, false));
    return key;
  }
}
