package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the archive asks of the streams, on a stream that only this test has. */
@Tag(RedisForTests.ON_THE_SHARED)
@Timeout(60)
class EventStreamsTest {
  private static final long HOUR_MILLIS = 3_600_000;
  private static final int KEPT = 120;

  /** Of a stream, at most: it is trimmed by whole nodes. */
  private static final int NODE_EVENTS = 100;

  private RedisForTests redis;
  private EventStreams streams;
  private KeyRef key;
  private int shard;
  private String stream;

  @BeforeEach
  void open() {
    redis = RedisForTests.open();
    streams = redis.connections().events(0);
    key = redis.keyWith(10 * USD);
    shard = streams.shardOf(key.account());
    stream = new Shards(64).of(key.account()).events();
    // Whatever there is of it, by other tests too, is done with. One of them removes events behind
    // the back of the group, whose counts are wrong from then on.
    await(redis.raw().call(stream, c -> c.xgroupDestroy(stream, EventStreams.GROUP), done -> done));
    acknowledgeAll();
    assertThat(state().waiting()).isZero();
  }

  @AfterEach
  void close() {
    acknowledgeAll();
    redis.close();
  }

  private void acknowledgeAll() {
    List<LedgerEvent> read = readNew("end");
    while (!read.isEmpty()) {
      await(streams.acknowledge(shard, places(read)));
      read = readNew("end");
    }
    while (await(streams.claim(shard, "end", 0, 1_000)) > 0) {
      await(streams.acknowledge(shard, places(readOwn("end"))));
    }
  }

  private void spend(int times) {
    for (int i = 0; i < times; i++) {
      redis.spend(key, 1_000);
    }
  }

  private List<LedgerEvent> readNew(String consumer) {
    return await(streams.readNew(shard, consumer, 1_000));
  }

  private List<LedgerEvent> readOwn(String consumer) {
    return await(streams.readOwn(shard, consumer, StreamPlace.START, 1_000));
  }

  private StreamState state() {
    return await(streams.state(shard));
  }

  private static List<StreamPlace> places(List<LedgerEvent> events) {
    return events.stream().map(LedgerEvent::place).toList();
  }

  private static List<String> ids(List<LedgerEvent> events) {
    return events.stream().map(event -> event.fields().getOrDefault("id", "")).toList();
  }

  private List<String> lastIds(int count) {
    List<Map<String, String>> events = redis.events(key.account());
    return events.subList(events.size() - count, events.size()).stream()
        .map(event -> event.getOrDefault("id", ""))
        .toList();
  }

  @Test
  void newEvents_areReadOnce_byWhomeverComesFirst() {
    spend(5);

    List<LedgerEvent> first = await(streams.readNew(shard, "one", 3));
    List<LedgerEvent> second = readNew("two");

    List<String> read = new ArrayList<>(ids(first));
    read.addAll(ids(second));
    assertThat(first).hasSize(3);
    assertThat(read).isEqualTo(lastIds(5));
    assertThat(first).isSortedAccordingTo((a, b) -> a.place().compareTo(b.place()));
    assertThat(first.getFirst().fields()).containsEntry("account", key.account().value());
    assertThat(readNew("one")).isEmpty();
    assertThat(ids(readOwn("one"))).isEqualTo(ids(first));
    assertThat(ids(await(streams.readOwn(shard, "one", first.get(1).place(), 9))))
        .isEqualTo(ids(first.subList(2, 3)));
  }

  @Test
  void acknowledgement_ofMoreThanAScriptTakesAtOnce_isWhole() {
    spend(2);
    List<StreamPlace> places = new ArrayList<>(places(readNew("one")));
    for (int i = 0; i < 10_000; i++) {
      // These are nowhere, and count for nothing.
      places.add(1, new StreamPlace(1, i));
    }

    assertThat(await(streams.acknowledge(shard, places))).isEqualTo(2);

    assertThat(readOwn("one")).isEmpty();
    assertThat(state().waiting()).isZero();
  }

  @Test
  void acknowledgedEvents_areNotReadAgain_andCountOnce() {
    spend(3);
    List<LedgerEvent> read = readNew("one");
    assertThat(state().waiting()).isEqualTo(3);

    assertThat(await(streams.acknowledge(shard, places(read)))).isEqualTo(3);
    assertThat(await(streams.acknowledge(shard, places(read)))).isZero();
    assertThat(await(streams.acknowledge(shard, List.of()))).isZero();

    assertThat(readOwn("one")).isEmpty();
    assertThat(state().waiting()).isZero();
    assertThat(state().firstWaiting()).isNull();
    assertThat(state().waitingMillis()).isZero();
  }

  @Test
  void unacknowledgedEvents_areClaimedOnlyAfterTheirTime() {
    spend(3);
    List<LedgerEvent> read = readNew("dead");

    assertThat(await(streams.claim(shard, "heir", HOUR_MILLIS, 10))).isZero();
    assertThat(await(streams.claim(shard, "heir", 0, 10))).isEqualTo(3);

    assertThat(ids(readOwn("heir"))).isEqualTo(ids(read));
    assertThat(readOwn("dead")).isEmpty();
  }

  @Test
  void state_tellsWhatWaits() {
    spend(4);
    List<LedgerEvent> read = await(streams.readNew(shard, "one", 2));
    await(streams.acknowledge(shard, places(read.subList(1, 2))));

    StreamState state = state();

    assertThat(state.pending()).isEqualTo(1);
    assertThat(state.waiting()).isEqualTo(3);
    assertThat(state.delivered()).isEqualTo(read.get(1).place());
    assertThat(state.firstPending()).isEqualTo(read.get(0).place());
    assertThat(state.firstWaiting()).isEqualTo(read.get(0).place());
    assertThat(state.isArchived(read.get(0).place())).isFalse();
    assertThat(state.isArchived(read.get(1).place())).as("behind one that is not").isFalse();
    assertThat(state.isArchived(state.last())).isFalse();

    await(streams.acknowledge(shard, places(read)));

    assertThat(state().isArchived(read.get(1).place())).isTrue();
    assertThat(state().isArchived(state.last())).isFalse();
    assertThat(state().firstWaiting()).isNotNull().isNotEqualTo(read.get(1).place());
    assertThat(state().waiting()).isEqualTo(2);
  }

  @Test
  void trimming_stopsBeforeWhatIsNotAcknowledged_andBeforeWhatIsNotRead() {
    spend(250);
    List<LedgerEvent> archived = readNew("one");
    List<LedgerEvent> before = archived.subList(0, 210);
    List<LedgerEvent> rest = archived.subList(210, 250);
    await(streams.acknowledge(shard, places(before)));
    await(streams.acknowledge(shard, places(rest.subList(1, 40))));

    StreamState kept = await(streams.trim(shard, HOUR_MILLIS, 1_000_000, 1_000_000));
    StreamState trimmed = await(streams.trim(shard, 0, 0, 1_000_000));

    assertThat(kept.removed()).as("they are young").isZero();
    assertThat(trimmed.removed()).isPositive();
    assertThat(trimmed.waiting()).isEqualTo(1);
    assertThat(ids(readOwn("one"))).isEqualTo(ids(rest.subList(0, 1)));
    assertThat(lastIds(40)).as("they lie behind one that waits").isEqualTo(ids(rest));

    await(streams.acknowledge(shard, places(rest)));
    spend(150);
    List<String> unread = lastIds(150);
    await(streams.trim(shard, 0, 0, 1_000_000));
    assertThat(lastIds(150)).isEqualTo(unread);
    assertThat(ids(readNew("one"))).isEqualTo(unread);
  }

  @Test
  void trimming_ofMoreThanAreKept_takesYoungOnes() {
    spend(250);
    await(streams.acknowledge(shard, places(readNew("one"))));

    assertThat(await(streams.trim(shard, HOUR_MILLIS, 1_000_000, 1_000_000)).removed()).isZero();
    assertThat(await(streams.trim(shard, HOUR_MILLIS, 100, 1_000_000)).removed()).isPositive();
    assertThat(state().waiting()).isZero();
  }

  @Test
  void trimming_ofMoreThanAreKept_takesTheOldest_andNoneThatIsNotArchived() {
    spend(450);
    List<LedgerEvent> archived = readNew("one");
    await(streams.acknowledge(shard, places(archived)));
    spend(60);

    StreamState trimmed = await(streams.trim(shard, HOUR_MILLIS, KEPT, 1_000_000));

    assertThat(trimmed.removed()).isPositive();
    assertThat(trimmed.waiting()).as("not read by anybody").isEqualTo(60);
    assertThat(trimmed.length() - 60)
        .as("as many as are kept, and what is left of a node")
        .isBetween((long) KEPT, (long) KEPT + NODE_EVENTS);
    List<String> left = lastIds((int) trimmed.length());
    assertThat(left.subList(0, left.size() - 60))
        .as("the newest")
        .isEqualTo(ids(archived).subList(archived.size() - left.size() + 60, archived.size()));
    assertThat(await(streams.trim(shard, HOUR_MILLIS, KEPT, 1_000_000)).removed())
        .as("once more")
        .isZero();
    assertThat(ids(readNew("one"))).isEqualTo(left.subList(left.size() - 60, left.size()));
  }

  @Test
  void trimming_ofMoreThanAreKept_takesNone_whileOneOfThemIsNotAcknowledged() {
    spend(450);
    List<LedgerEvent> read = readNew("one");
    LedgerEvent pending = read.get(20);
    List<LedgerEvent> rest = new ArrayList<>(read);
    rest.remove(pending);
    await(streams.acknowledge(shard, places(rest)));
    List<String> all = lastIds(450);

    StreamState kept = await(streams.trim(shard, HOUR_MILLIS, KEPT, 1_000_000));

    assertThat(kept.removed()).isZero();
    assertThat(kept.firstPending()).isEqualTo(pending.place());
    assertThat(lastIds(450)).isEqualTo(all);
    assertThat(ids(readOwn("one"))).isEqualTo(ids(List.of(pending)));

    await(streams.acknowledge(shard, List.of(pending.place())));

    StreamState trimmed = await(streams.trim(shard, HOUR_MILLIS, KEPT, 1_000_000));
    assertThat(trimmed.removed()).isPositive();
    assertThat(trimmed.length()).isBetween((long) KEPT, (long) KEPT + NODE_EVENTS);
  }

  @Test
  void trimming_ofALongStream_takesYoungOnes() {
    spend(250);
    await(streams.acknowledge(shard, places(readNew("one"))));

    assertThat(await(streams.trim(shard, HOUR_MILLIS, 1_000_000, 200)).removed()).isPositive();
  }

  @Test
  void eventThatSomebodyRemoved_isToldAsEmpty_andCanBeAcknowledged() {
    spend(3);
    List<LedgerEvent> read = readNew("one");
    String removed = read.get(1).place().toString();
    long count = await(redis.raw().call(stream, c -> c.xdel(stream, removed), all -> all));
    assertThat(count).isEqualTo(1);

    List<LedgerEvent> again = readOwn("one");
    // Redis 7 forgets it when it is claimed, Redis 6.2 does not.
    assertThat(await(streams.claim(shard, "one", 0, 10))).isBetween(2, 3);

    assertThat(again).hasSize(3);
    assertThat(again.get(1).fields()).isEmpty();
    assertThat(await(streams.acknowledge(shard, places(again)))).isBetween(2L, 3L);
    assertThat(readOwn("one")).isEmpty();
  }

  @Test
  void groupThatIsGone_isMadeAgain_fromTheFirstEventOn() {
    spend(2);
    await(streams.acknowledge(shard, places(readNew("one"))));
    boolean isGone =
        await(redis.raw().call(stream, c -> c.xgroupDestroy(stream, EventStreams.GROUP), is -> is));
    assertThat(isGone).isTrue();

    StreamState state = state();
    assertThat(state.waiting()).isEqualTo(state.length());
    List<LedgerEvent> read = readNew("one");

    assertThat(ids(read)).containsAll(lastIds(2));
    assertThat(await(streams.acknowledge(shard, places(read)))).isEqualTo(read.size());
    assertThat(state().waiting()).isEqualTo(state().length() - read.size());
  }

  @Test
  void positions_areInTheOrderOfPlaces() {
    assertThat(new StreamPlace(5, 0).position()).isEqualTo(5L << 20);
    assertThat(new StreamPlace(5, 7).position()).isEqualTo((5L << 20) + 7);
    assertThat(new StreamPlace(5, (1 << 20) + 1).position())
        .as("a clock that stood still")
        .isGreaterThan(new StreamPlace(5, 1 << 20).position());
  }
}
