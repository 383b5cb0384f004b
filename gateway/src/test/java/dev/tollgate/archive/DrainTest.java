package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.DrainProbe.Step;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.EventStreams;
import dev.tollgate.ledger.Eventually;
import dev.tollgate.ledger.LedgerEvent;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.StreamPlace;
import dev.tollgate.ledger.StreamState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every event comes to the archive, and comes to it once, whatever fails or dies on the way. */
@Tag(RedisForTests.ON_THE_SHARED)
@Timeout(120)
class DrainTest {
  private static final DrainSettings SETTINGS = DrainForTests.SETTINGS;
  private static final DrainSettings WITHOUT_KEEPING =
      DrainForTests.settings(20, 600_000, 20_000, 1_000_000, 0);

  @TempDir private Path directory;
  private RedisForTests redis;
  private EventFile file;

  @BeforeEach
  void open() {
    redis = RedisForTests.open();
    file = openFile();
    forgetWhatOthersLeft();
  }

  /** Drains that other tests have killed had read it, under names that do not come back. */
  private void forgetWhatOthersLeft() {
    EventStreams streams = redis.connections().events(0);
    for (int shard = 0; shard < streams.shards(); shard++) {
      while (await(streams.claim(shard, "nobody", 0, 1_000)) > 0) {
        List<LedgerEvent> left = await(streams.readOwn(shard, "nobody", StreamPlace.START, 1_000));
        await(streams.acknowledge(shard, left.stream().map(LedgerEvent::place).toList()));
      }
    }
  }

  @AfterEach
  void close() {
    file.close();
    redis.close();
  }

  private EventFile openFile() {
    return EventFile.open(directory.resolve("events.db"));
  }

  private DrainForTests drain(DrainSettings settings, String name) {
    return DrainForTests.of(settings, file, name);
  }

  private void spend(KeyRef key, int times) {
    for (int i = 0; i < times; i++) {
      redis.spend(key, USD / 1_000);
    }
  }

  /** The ids of the account's events, as they are in its stream. */
  private Set<String> written(KeyRef key) {
    return redis.events(key.account()).stream()
        .map(event -> event.getOrDefault("id", ""))
        .collect(Collectors.toSet());
  }

  private void awaitArchived(KeyRef key, Set<String> ids) {
    Eventually.until("all is archived", () -> file.ids(key.account().value()).equals(ids));
    assertThat(file.sum(key.account().value()))
        .isEqualTo(redis.state(key.account()).balanceNanoUsd());
  }

  private StreamState state(AccountId account) {
    EventStreams streams = redis.connections().events(0);
    return await(streams.state(streams.shardOf(account)));
  }

  private void awaitAcknowledged(KeyRef key) {
    Eventually.until(
        "all is acknowledged",
        () -> {
          StreamState state = state(key.account());
          return state.pending() == 0 && state.isArchived(state.last());
        });
  }

  @Test
  void twoDrains_overOneRedisAndOneStore_storeEveryEventOnce() {
    List<KeyRef> keys = IntStream.range(0, 12).mapToObj(i -> redis.keyWith(10 * USD)).toList();
    try (EventFile otherFile = openFile();
        DrainForTests one = drain(SETTINGS, "one").start();
        DrainForTests two = DrainForTests.of(SETTINGS, otherFile, "two").start()) {
      for (int round = 0; round < 15; round++) {
        keys.forEach(key -> spend(key, 5));
      }
      for (KeyRef key : keys) {
        awaitArchived(key, written(key));
        awaitAcknowledged(key);
      }
      assertThat(one.drain().stored() + two.drain().stored())
          .as("nobody failed: nothing has been read twice")
          .isEqualTo(file.added() + otherFile.added());
    }
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void drainThatDies_atAnyStep_isTakenOverByAnother(Step step) throws Exception {
    KeyRef key = redis.keyWith(10 * USD);
    spend(key, 150);
    Set<String> written = written(key);
    DrainSettings settings = DrainForTests.settings(20, 100, 20_000, 1_000_000, 0);
    int shard = redis.connections().events(0).shardOf(key.account());
    try (DrainForTests one = DrainForTests.dying(settings, file, "one", step, shard).start()) {
      one.awaitKilled();
    }

    spend(key, 50);
    written.addAll(written(key));
    try (DrainForTests two = drain(settings, "two").start()) {
      awaitArchived(key, written);
      awaitAcknowledged(key);
      assertThat(two.drain().failures()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void drainThatDies_atAnyStep_goesOnAtItsNextStart(Step step) throws Exception {
    KeyRef key = redis.keyWith(10 * USD);
    spend(key, 150);
    Set<String> written = written(key);
    DrainSettings settings = WITHOUT_KEEPING;
    int shard = redis.connections().events(0).shardOf(key.account());
    try (DrainForTests one = DrainForTests.dying(settings, file, "one", step, shard).start()) {
      one.awaitKilled();
    }

    try (DrainForTests again = drain(settings, "one").start()) {
      awaitArchived(key, written);
      awaitAcknowledged(key);
      assertThat(again.drain().failures()).isZero();
    }
  }

  @Test
  void storeThatIsAwayForAWhile_missesNothing() {
    KeyRef key = redis.keyWith(10 * USD);
    file.setAway(true);
    try (DrainForTests one = drain(SETTINGS, "one").start()) {
      spend(key, 150);
      Eventually.until("it is seen", () -> one.drain().state().isStoreAway());
      Eventually.until("what waits is counted", () -> one.drain().state().waiting() >= 153);
      Eventually.until("it grows old", () -> one.drain().state().lagMillis() > 0);
      assertThat(file.added()).isZero();
      assertThat(one.drain().failures()).isPositive();

      file.setAway(false);

      awaitArchived(key, written(key));
      Eventually.until("nothing waits", () -> one.drain().state().waiting() == 0);
      assertThat(one.drain().state().lagMillis()).isZero();
      assertThat(one.drain().state().isStoreAway()).isFalse();
    }
  }

  @Test
  void eventThatTheStoreRefuses_staysInItsStream_andHoldsUpNoOther() {
    KeyRef key = redis.keyWith(10 * USD);
    spend(key, 150);
    Set<String> written = written(key);
    String refused = refusedOf(key);
    file.refuse(event -> event.id().equals(refused));
    try (DrainForTests one =
        drain(DrainForTests.settings(20, 100, 20_000, 1_000_000, 0), "one").start()) {
      Set<String> others = new HashSet<>(written);
      others.remove(refused);
      Eventually.until("the rest", () -> file.ids(key.account().value()).equals(others));
      Eventually.until("it is seen", () -> one.drain().state().refused() == 1);
      assertThat(written(key)).as("nothing behind it is trimmed").contains(refused);
      spend(key, 10);

      file.refuse(null);

      written.addAll(written(key));
      awaitArchived(key, written);
      awaitAcknowledged(key);
      Eventually.until("none is left", () -> one.drain().state().refused() == 0);
    }
  }

  @Test
  void eventThatTheStoreFailsFor_asIfItWereAway_isToldFromThatByTheOthers() {
    KeyRef key = redis.keyWith(10 * USD);
    spend(key, 20);
    Set<String> others = written(key);
    String refused = refusedOf(key);
    others.remove(refused);
    file.refuseAsIfAway(event -> event.id().equals(refused));
    try (DrainForTests one = drain(SETTINGS, "one").start()) {
      Eventually.until("the rest", () -> file.ids(key.account().value()).equals(others));
      Eventually.until("it is seen", () -> one.drain().state().refused() == 1);
      assertThat(state(key.account()).pending()).isPositive();
      file.refuse(null);
    }
    try (DrainForTests again = drain(SETTINGS, "one").start()) {
      awaitArchived(key, written(key));
      assertThat(again.drain().state().refused()).isZero();
    }
  }

  /** One in the midst of its settlements. */
  private String refusedOf(KeyRef key) {
    List<Map<String, String>> events = redis.events(key.account());
    return events.get(events.size() / 2).getOrDefault("id", "");
  }

  @Test
  void trimming_removesWhatIsStored_andNothingElse() {
    KeyRef key = redis.keyWith(10 * USD);
    file.setAway(true);
    try (DrainForTests one = drain(WITHOUT_KEEPING, "one").start()) {
      spend(key, 300);
      Eventually.until("it has looked", () -> one.drain().state().waiting() >= 303);
      Set<String> written = written(key);
      assertThat(written).hasSize(303);

      file.setAway(false);

      awaitArchived(key, written);
      Eventually.until("most is trimmed", () -> state(key.account()).length() < 110);
      spend(key, 5);
      written.addAll(written(key));
      awaitArchived(key, written);
    }
  }

  @Test
  void archivedEvents_stayForWhoAsksForARequest() {
    KeyRef key = redis.keyWith(10 * USD);
    spend(key, 150);
    Set<String> written = written(key);
    try (DrainForTests one = drain(SETTINGS, "one").start()) {
      awaitArchived(key, written);
      awaitAcknowledged(key);
      Eventually.until("it has looked again", () -> one.drain().state().waiting() == 0);
    }
    assertThat(written(key)).isEqualTo(written);
  }

  @Test
  void catchingUp_seesWhatHasJustHappened() {
    KeyRef key = redis.keyWith(10 * USD);
    DrainSettings lazy = DrainForTests.settings(600_000, 600_000, 20_000, 1_000_000, 3_600_000);
    try (DrainForTests one = drain(lazy, "one").start()) {
      for (int i = 0; i < 20; i++) {
        spend(key, 1);
        assertThat(await(one.drain().upToNow(key.account()))).isTrue();
        assertThat(file.ids(key.account().value())).isEqualTo(written(key));
      }
    }
  }

  @Test
  void catchingUp_whereAnotherGatewayArchives_waitsForThatOne() {
    KeyRef key = redis.keyWith(10 * USD);
    try (DrainForTests asked = drain(SETTINGS, "asked");
        DrainForTests other = drain(SETTINGS, "other").start()) {
      for (int i = 0; i < 20; i++) {
        spend(key, 1);
        assertThat(await(asked.drain().upToNow(key.account()))).isTrue();
        assertThat(file.ids(key.account().value())).isEqualTo(written(key));
      }
      assertThat(asked.drain().stored()).isZero();
      assertThat(other.drain().stored()).isPositive();
    }
  }

  @Test
  void catchingUp_whileTheStoreIsAway_endsAtItsBound() {
    KeyRef key = redis.keyWith(10 * USD);
    file.setAway(true);
    DrainSettings settings = DrainForTests.settings(20, 600_000, 50, 1_000_000, 3_600_000);
    try (DrainForTests one = drain(settings, "one").start()) {
      spend(key, 1);
      assertThat(await(one.drain().upToNow(key.account()))).isFalse();
    }
  }

  @Test
  void catchingUp_whenTheDrainIsClosed_endsAtOnce() {
    KeyRef key = redis.keyWith(10 * USD);
    file.setAway(true);
    List<CompletionStage<Boolean>> waiting = new ArrayList<>();
    DrainForTests one =
        drain(DrainForTests.settings(20, 600_000, 600_000, 1_000_000, 3_600_000), "one").start();
    try (one) {
      for (int i = 0; i < 5; i++) {
        waiting.add(one.drain().upToNow(key.account()));
      }
    }
    waiting.forEach(stage -> assertThat(await(stage)).isFalse());
    assertThat(await(one.drain().upToNow(key.account()))).isFalse();
  }
}
