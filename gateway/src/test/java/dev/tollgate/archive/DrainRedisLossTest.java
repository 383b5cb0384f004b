package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.Eventually;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis is emptied, set back to an earlier state, or away: the drain goes on with what is there.
 */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(120)
class DrainRedisLossTest {
  @TempDir private Path directory;
  private RedisServerForTests server;
  private RedisForTests redis;
  private EventFile file;
  private DrainForTests drain;

  @BeforeEach
  void open() throws Exception {
    server = RedisServerForTests.start();
    redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
    file = EventFile.open(directory.resolve("events.db"));
    drain =
        DrainForTests.of(
                RedisForTests.open(RedisForTests.settings(server.uri()), 1),
                DrainForTests.SETTINGS,
                file,
                "one")
            .start();
  }

  @AfterEach
  void close() {
    drain.close();
    file.close();
    redis.close();
    server.close();
  }

  private void spend(KeyRef key, int times) {
    for (int i = 0; i < times; i++) {
      redis.spend(key, USD / 1_000);
    }
  }

  private Set<String> written(KeyRef key) {
    return redis.events(key.account()).stream()
        .map(event -> event.getOrDefault("id", ""))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private void awaitArchived(KeyRef key, Set<String> ids) {
    Eventually.until("all is archived", () -> file.ids(key.account().value()).equals(ids));
  }

  @Test
  void emptiedRedis_getsItsGroupsAgain_andWhatComesThenIsArchived() {
    KeyRef before = redis.keyWith(USD);
    spend(before, 20);
    Set<String> writtenBefore = written(before);
    awaitArchived(before, writtenBefore);

    redis.flushAll();

    KeyRef after = redis.keyWith(USD);
    spend(after, 20);
    awaitArchived(after, written(after));
    assertThat(await(drain.drain().upToNow(after.account()))).isTrue();
    assertThat(file.ids(before.account().value())).isEqualTo(writtenBefore);
    Eventually.until("nothing waits", () -> drain.drain().state().waiting() == 0);
  }

  @Test
  void restartedRedis_isDrainedOnAndOn() throws Exception {
    KeyRef key = redis.keyWith(USD);
    spend(key, 20);
    awaitArchived(key, written(key));

    server.stop();
    server.restart();
    awaitReached(key);

    spend(key, 20);
    awaitArchived(key, written(key));
    assertThat(file.sum(key.account().value()))
        .isEqualTo(redis.state(key.account()).balanceNanoUsd());
  }

  @Test
  void redisOfAnEarlierState_isArchivedFromThere_andNothingTwice() throws Exception {
    KeyRef key = redis.keyWith(USD);
    spend(key, 10);
    Set<String> early = written(key);
    server.stop();
    server.copyData();
    server.restart();
    awaitReached(key);
    spend(key, 10);
    Set<String> lost = written(key);
    awaitArchived(key, lost);

    server.kill();
    server.restoreData();
    server.restart();
    awaitReached(key);

    assertThat(written(key)).isEqualTo(early);
    spend(key, 10);
    Set<String> all = written(key);
    all.addAll(lost);
    awaitArchived(key, all);
    assertThat(await(drain.drain().upToNow(key.account()))).isTrue();
    assertThat(file.added()).as("each once").isEqualTo(all.size());
  }

  /** On every connection; one may not know yet that it is broken. */
  private void awaitReached(KeyRef key) {
    Eventually.until(
        "it is reached again",
        () -> {
          try {
            var unused = written(key);
            return redis.connections().isAvailable();
          } catch (LedgerUnavailableException away) {
            return false;
          }
        });
  }
}
