package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.DrainProbe.Step;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import java.io.File;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A gateway that is killed while it archives leaves no event out and none twice. */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(120)
class DrainKillTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Step.class)
  void killedAtAnyStep_isFinishedByAnother(Step step) throws Exception {
    Path events = directory.resolve("events.db");
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
        EventFile file = EventFile.open(events)) {
      KeyRef key = redis.keyWith(10 * USD);
      for (int i = 0; i < 250; i++) {
        redis.spend(key, USD / 1_000);
      }
      Set<String> written =
          redis.events(key.account()).stream()
              .map(event -> event.getOrDefault("id", ""))
              .collect(Collectors.toCollection(HashSet::new));
      int shard = redis.connections().events(0).shardOf(key.account());

      assertThat(runUntil(step, shard, server.uri(), events)).isEqualTo(DrainHost.KILLED);

      Set<String> before = file.ids(key.account().value());
      if (step == Step.READ) {
        assertThat(before).isEmpty();
      } else {
        assertThat(before).isNotEmpty();
      }
      DrainSettings settings = DrainForTests.settings(20, 100, 20_000, 1_000_000, 0);
      RedisForTests another = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
      try (DrainForTests two = DrainForTests.of(another, settings, file, "two").start()) {
        assertThat(await(two.drain().upToNow(key.account()))).isTrue();
        assertThat(file.ids(key.account().value())).isEqualTo(written);
        assertThat(file.sum(key.account().value()))
            .isEqualTo(redis.state(key.account()).balanceNanoUsd());
        assertThat(file.added() + before.size()).as("none twice").isEqualTo(written.size());
      }
    }
  }

  private int runUntil(Step step, int shard, String redis, Path events) throws Exception {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                DrainHost.class.getName(),
                redis,
                events.toString(),
                step.name(),
                Integer.toString(shard))
            .redirectErrorStream(true)
            .redirectOutput(new File(directory.toFile(), "log"))
            .start();
    return process.waitFor();
  }
}
