package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.Eventually;
import dev.tollgate.ledger.RedisForTests;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A drain whose store takes several shards at a time. */
@Tag(RedisForTests.ON_THE_SHARED)
@Timeout(120)
class DrainThreadsTest {
  private static final int THREADS = 2;

  @TempDir private Path directory;
  private RedisForTests redis;
  private EventFile file;

  @BeforeEach
  void open() {
    redis = RedisForTests.open();
    file = EventFile.open(directory.resolve("events.db"));
  }

  @AfterEach
  void close() {
    file.close();
    redis.close();
  }

  /** Says of each shard whether it is being stored, and in which order it was. */
  private final class WatchedStore implements EventStore {
    private final Set<Integer> busy = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Long> last = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> batches = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final CountDownLatch together;

    /**
     * @param together how many are waited for before the first store returns
     */
    WatchedStore(int together) {
      this.together = new CountDownLatch(together);
    }

    @Override
    public int writersMax() {
      return THREADS;
    }

    @Override
    public int store(int shard, List<ArchiveEvent> events) {
      if (!busy.add(shard)) {
        faults.add("shard " + shard + " is being stored");
      }
      long before = last.getOrDefault(shard, 0L);
      for (ArchiveEvent event : events) {
        if (event.position() <= before) {
          faults.add("shard " + shard + " goes back to " + event.position());
        }
        before = event.position();
      }
      try {
        awaitOthers();
        int stored = file.store(shard, events);
        last.put(shard, before);
        batches.merge(shard, 1, Integer::sum);
        return stored;
      } finally {
        busy.remove(shard);
      }
    }

    private void awaitOthers() {
      together.countDown();
      try {
        if (!together.await(30, TimeUnit.SECONDS)) {
          faults.add("nobody stores at the same time");
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** An account for each thread. */
  private List<KeyRef> keys() {
    List<KeyRef> keys = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      KeyRef key = redis.keyWith(10 * USD);
      while (shardOf(key) % THREADS != thread) {
        key = redis.keyWith(10 * USD);
      }
      keys.add(key);
    }
    return keys;
  }

  private int shardOf(KeyRef key) {
    return redis.connections().events(0).shardOf(key.account());
  }

  private void spend(KeyRef key, int times) {
    for (int i = 0; i < times; i++) {
      redis.spend(key, USD / 1_000);
    }
  }

  private void awaitArchived(KeyRef key) {
    Set<String> ids =
        redis.events(key.account()).stream()
            .map(event -> event.getOrDefault("id", ""))
            .collect(Collectors.toSet());
    Eventually.until("all is archived", () -> file.ids(key.account().value()).equals(ids));
    assertThat(file.sum(key.account().value()))
        .isEqualTo(redis.state(key.account()).balanceNanoUsd());
  }

  @Test
  void shardsOfDifferentThreads_areStoredAtTheSameTime() {
    List<KeyRef> keys = keys();
    keys.forEach(key -> spend(key, 5));
    WatchedStore store = new WatchedStore(THREADS);
    try (DrainForTests one = DrainForTests.of(DrainForTests.SETTINGS, store, "threads").start()) {
      keys.forEach(this::awaitArchived);
      assertThat(one.drain().failures()).isZero();
    }
    assertThat(store.faults).isEmpty();
  }

  @Test
  void batchesOfAShard_areStoredInTheirOrder_oneAfterTheOther_alsoWhileSomebodyWaits() {
    List<KeyRef> keys = keys();
    keys.forEach(key -> spend(key, 400));
    WatchedStore store = new WatchedStore(0);
    try (DrainForTests one = DrainForTests.of(DrainForTests.SETTINGS, store, "threads").start()) {
      for (int round = 0; round < 20; round++) {
        for (KeyRef key : keys) {
          var unused = one.drain().upToNow(key.account());
          spend(key, 5);
        }
      }
      for (KeyRef key : keys) {
        assertThat(await(one.drain().upToNow(key.account()))).isTrue();
        awaitArchived(key);
      }
      assertThat(one.drain().failures()).isZero();
    }
    assertThat(store.faults).isEmpty();
    keys.forEach(key -> assertThat(store.batches.get(shardOf(key))).isGreaterThan(4));
  }

  @Test
  void storeThatFailsForOneShard_asIfItWereAway_isToldFromThatByTheOtherThread() {
    List<KeyRef> keys = keys();
    KeyRef refusedKey = keys.getFirst();
    spend(refusedKey, 1);
    file.refuseAsIfAway(event -> event.field("account").equals(refusedKey.account().value()));
    WatchedStore store = new WatchedStore(0);
    try (DrainForTests one = DrainForTests.of(DrainForTests.SETTINGS, store, "threads").start()) {
      Eventually.until(
          "it is seen",
          () -> {
            spend(keys.getLast(), 1);
            return one.drain().state().refused() > 0;
          });
      awaitArchived(keys.getLast());
      assertThat(file.ids(refusedKey.account().value())).isEmpty();
    }
    file.refuse(null);
    try (DrainForTests again = DrainForTests.of(DrainForTests.SETTINGS, store, "threads").start()) {
      awaitArchived(refusedKey);
      assertThat(again.drain().state().refused()).isZero();
    }
  }
}
