package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed while Redis is away owes nothing to the books when it is back. */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(120)
class JournalKillTest {
  private static final int BEFORE = 30;
  private static final int WHILE_AWAY = 60;

  @TempDir private Path data;

  @Test
  void whatAKilledGatewayHadRecorded_isChargedOnceByTheNext() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1)) {
      KeyRef key = redis.key(redis.account(USD));
      long recorded = recordedByAKilledOne(server, key);
      server.restart();
      try (Journal journal = open(redis)) {
        assertThat(journal.awaitStarted()).isTrue();
        Eventually.until("all is told", () -> !journal.state().isReplaying());
        assertThat(journal.state().depth()).isZero();

        List<Map<String, String>> settled =
            redis.events(key.account()).stream()
                .filter(event -> "debit_inference".equals(event.get("kind")))
                .toList();
        assertThat(settled.stream().map(event -> event.get("id"))).doesNotHaveDuplicates();
        for (long number = 1; number <= recorded; number++) {
          String id = JournalHost.request(number) + ":settle";
          assertThat(settled).anyMatch(event -> id.equals(event.get("id")));
        }
        long charged = settled.stream().mapToLong(event -> Long.parseLong(event.get("cost"))).sum();
        long first = recorded * (recorded + 1) / 2;
        // The one after the last that was announced may be there or not.
        assertThat(charged).isIn(first, first + recorded + 1);
        assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(USD - charged);
      }
    }
  }

  private Journal open(RedisForTests redis) {
    return Journal.open(
        JournalForTests.SETTINGS,
        data,
        redis.connections(),
        JournalForTests.TOMBSTONE_MILLIS,
        InstantSource.system());
  }

  /** Returns how many it had recorded. */
  private long recordedByAKilledOne(RedisServerForTests server, KeyRef key) throws Exception {
    Process gateway =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                JournalHost.class.getName(),
                data.toString(),
                server.uri(),
                key.account().value(),
                key.key().value())
            .redirectErrorStream(true)
            .start();
    try {
      BufferedReader output = gateway.inputReader(StandardCharsets.UTF_8);
      awaitRecorded(output, BEFORE);
      server.kill();
      awaitRecorded(output, BEFORE + WHILE_AWAY);
      gateway.toHandle().destroyForcibly(); // it leaves what was said to be read
      gateway.waitFor();
      long last = BEFORE + WHILE_AWAY;
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        last = line.startsWith("recorded ") ? Long.parseLong(line.substring(9)) : last;
      }
      return last;
    } finally {
      gateway.destroyForcibly();
    }
  }

  private static void awaitRecorded(BufferedReader output, long number) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line).append('\n');
      if (line.equals("recorded " + number)) {
        return;
      }
    }
    throw new AssertionError(said.toString());
  }
}
