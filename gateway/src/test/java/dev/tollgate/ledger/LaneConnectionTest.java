package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.KeyRef;
import io.netty.channel.EventLoop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happens to calls when Redis is away, silent or forgetful. */
@Timeout(120)
class LaneConnectionTest {
  @TempDir private Path directory;

  private EmbeddedRedis redis;

  @BeforeEach
  void start() {
    redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory));
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  private RedisForTests open(int commandMillisMax, int commandsInFlightMax) {
    return RedisForTests.open(
        new LedgerSettings(
            RedisAddress.of(redis.uri()),
            "",
            64,
            5_000,
            commandMillisMax,
            commandsInFlightMax,
            100,
            86_400_000,
            Set.of()),
        2);
  }

  @Test
  void call_whileRedisIsStopped_failsAndWorksAgainWhenItIsBack() {
    try (RedisForTests ledger = open(30_000, 1_000)) {
      KeyRef key = ledger.keyWith(USD);
      assertThat(ledger.connections().isAvailable()).isTrue();
      redis.close();
      Eventually.until("it is noticed", () -> !ledger.connections().isAvailable());

      assertThatThrownBy(() -> await(hold(ledger, 0, key)))
          .isInstanceOf(LedgerUnavailableException.class);
      assertThatThrownBy(() -> await(hold(ledger, 1, key)))
          .isInstanceOf(LedgerUnavailableException.class);
      assertThatThrownBy(() -> await(ledger.accounts().keysOf(key.account())))
          .isInstanceOf(LedgerUnavailableException.class);

      redis = EmbeddedRedis.start(EmbeddedRedisSettings.of(directory));
      Eventually.until("it is back", () -> ledger.connections().isAvailable());
      assertThat(await(hold(ledger, 0, key))).isInstanceOf(HoldOutcome.Held.class);
    }
  }

  @Test
  void call_inFlightWhenRedisDies_failsAndIsNotRepeated() throws Exception {
    try (RedisForTests ledger = open(60_000, 1_000)) {
      KeyRef key = ledger.keyWith(USD);
      Server server = Server.of(directory);
      server.signal("STOP");
      CompletionStage<HoldOutcome> hold = hold(ledger, 0, key);
      server.signal("KILL");

      assertThatThrownBy(() -> await(hold)).isInstanceOf(LedgerUnavailableException.class);

      // What was in flight fails a moment before the connection counts as lost.
      Eventually.until("it is back", () -> answers(ledger, key));
      assertThat(ledger.state(key.account()).heldNanoUsd()).isZero();
    }
  }

  private static boolean answers(RedisForTests ledger, KeyRef key) {
    try {
      return ledger.state(key.account()).balanceNanoUsd() == USD;
    } catch (LedgerUnavailableException notYet) {
      return false;
    }
  }

  @Test
  void call_thatTakesLongerThanAConnectionMay_isWaitedFor() throws Exception {
    LedgerSettings settings =
        new LedgerSettings(
            RedisAddress.of(redis.uri()), "", 64, 1_000, 60_000, 1_000, 100, 86_400_000, Set.of());
    try (RedisForTests ledger = RedisForTests.open(settings, 2)) {
      KeyRef key = ledger.keyWith(USD);
      Server server = Server.of(directory);
      server.signal("STOP");
      CompletableFuture<HoldOutcome> hold = hold(ledger, 0, key).toCompletableFuture();

      assertThatThrownBy(() -> hold.get(1_500, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      server.signal("CONT");
      assertThat(await(hold)).isInstanceOf(HoldOutcome.Held.class);
    }
  }

  @Test
  void call_withoutAnAnswer_failsInTimeAndLaterOnesAtOnce() throws Exception {
    try (RedisForTests ledger = open(200, 1_000)) {
      KeyRef key = ledger.keyWith(USD);
      Server server = Server.of(directory);
      server.signal("STOP");

      assertThatThrownBy(() -> await(hold(ledger, 0, key)))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasMessageContaining("within 200 ms");
      assertThat(ledger.connections().isAvailable()).isFalse();
      assertThatThrownBy(() -> await(hold(ledger, 0, key)))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasMessageNotContaining("within");

      server.signal("CONT");
      Eventually.until("it is back", () -> ledger.connections().isAvailable());
      assertThat(await(hold(ledger, 0, key))).isInstanceOf(HoldOutcome.Held.class);
    }
  }

  @Test
  void connection_withoutAnAnswerForTwiceTheTime_isReplaced() throws Exception {
    try (RedisForTests ledger = open(200, 1_000)) {
      long before = await(clientId(ledger));
      Server server = Server.of(directory);
      server.signal("STOP");
      Eventually.until(
          "it is broken off", () -> failure(clientId(ledger)).contains("not connected"));

      server.signal("CONT");
      Eventually.until("it is back", () -> failure(clientId(ledger)).equals("none"));
      long after = await(clientId(ledger));
      assertThat(after).isNotEqualTo(before);
    }
  }

  private static CompletionStage<Long> clientId(RedisForTests ledger) {
    return ledger.raw().call(commands -> commands.clientId(), id -> id);
  }

  private static String failure(CompletionStage<?> stage) {
    return await(stage.handle((outcome, error) -> error == null ? "none" : error.toString()));
  }

  @Test
  void silence_ofAnIdleConnection_isNoticed() throws Exception {
    try (RedisForTests ledger = open(200, 1_000)) {
      Server server = Server.of(directory);
      server.signal("STOP");
      Eventually.until("it is noticed", () -> !ledger.connections().isAvailable());
      server.signal("CONT");
      Eventually.until("it is back", () -> ledger.connections().isAvailable());
    }
  }

  @Test
  void call_beyondTheBound_failsAtOnceAndTheOthersAreAnswered() throws Exception {
    try (RedisForTests ledger = open(60_000, 10)) {
      KeyRef key = ledger.keyWith(USD);
      Server server = Server.of(directory);
      server.signal("STOP");
      List<CompletionStage<HoldOutcome>> holds = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        holds.add(hold(ledger, 0, key));
      }
      assertThatThrownBy(() -> await(hold(ledger, 0, key)))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasMessageContaining("more than 10 commands");
      server.signal("CONT");

      for (CompletionStage<HoldOutcome> hold : holds) {
        assertThat(await(hold)).isInstanceOf(HoldOutcome.Held.class);
      }
    }
  }

  @Test
  void call_afterScriptsWereForgotten_works() {
    try (RedisForTests ledger = open(30_000, 1_000)) {
      KeyRef key = ledger.keyWith(USD);
      for (int i = 0; i < 2; i++) {
        await(ledger.raw().call(commands -> commands.scriptFlush(), flushed -> flushed));
        assertThat(await(hold(ledger, 0, key))).isInstanceOf(HoldOutcome.Held.class);
        assertThat(await(hold(ledger, 0, key))).isInstanceOf(HoldOutcome.Held.class);
      }
    }
  }

  @Test
  void stages_completeOnTheirEventLoop_whateverHappens() throws Exception {
    try (RedisForTests ledger = open(200, 1_000)) {
      KeyRef key = ledger.keyWith(USD);
      for (int lane = 0; lane < 2; lane++) {
        assertThat(completesOnLoop(ledger, lane, key)).as("an answer").isTrue();
      }
      await(ledger.raw().call(commands -> commands.scriptFlush(), flushed -> flushed));
      assertThat(completesOnLoop(ledger, 1, key)).as("an unknown script").isTrue();
      Server server = Server.of(directory);
      server.signal("STOP");
      assertThat(completesOnLoop(ledger, 1, key)).as("no answer in time").isTrue();
      assertThat(completesOnLoop(ledger, 1, key)).as("refused while silent").isTrue();
      server.signal("CONT");
      redis.close();
      Eventually.until("it is noticed", () -> !ledger.connections().isAvailable());
      assertThat(completesOnLoop(ledger, 0, key)).as("refused while away").isTrue();
    }
  }

  /** Calls from the loop, so that the callback is there before any answer can be. */
  private static boolean completesOnLoop(RedisForTests ledger, int lane, KeyRef key) {
    EventLoop loop = ledger.loops().get(lane);
    CompletableFuture<Boolean> isOnLoop = new CompletableFuture<>();
    loop.execute(
        () ->
            hold(ledger, lane, key)
                .whenComplete((outcome, error) -> isOnLoop.complete(loop.inEventLoop())));
    return await(isOnLoop);
  }

  @Test
  void open_withAnotherNumberOfShards_isRefused() {
    try (RedisForTests ledger = open(30_000, 1_000)) {
      LedgerSettings other =
          new LedgerSettings(
              RedisAddress.of(redis.uri()), "", 32, 5_000, 2_000, 100, 100, 86_400_000, Set.of());
      assertThatThrownBy(() -> LedgerConnections.open(other, ledger.loops()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("has shards 64, not 32");
    }
  }

  @Test
  void open_whereNobodyListens_failsClearlyAndWithoutTheSecret() {
    try (TestLoops loops = new TestLoops(1)) {
      LedgerSettings settings = LedgerSettings.of("redis://:s3cret@127.0.0.1:1/0");
      assertThatThrownBy(() -> LedgerConnections.open(settings, loops.all()))
          .isInstanceOf(LedgerUnavailableException.class)
          .hasMessageContaining("127.0.0.1:1")
          .hasMessageNotContaining("s3cret");
    }
  }

  @Test
  void open_ofWhatIsNoUri_failsClearlyAndWithoutTheSecret() {
    try (TestLoops loops = new TestLoops(1)) {
      for (String wrong : List.of("redis://:s3 cret@host", "http://:s3cret@host", "s3cret")) {
        LedgerSettings settings = LedgerSettings.of(wrong);
        assertThatThrownBy(() -> LedgerConnections.open(settings, loops.all()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("not the URI of a Redis")
            .satisfies(
                failure -> assertThat(failure).hasStackTraceContaining("parsed").hasNoCause());
      }
    }
  }

  @Test
  void call_afterClose_fails() {
    RedisForTests ledger = open(30_000, 1_000);
    KeyRef key = ledger.keyWith(USD);
    LedgerConnections connections = ledger.connections();
    ledger.close();
    HoldRequest request = new HoldRequest(ledger.nextRequest(), key, 1, 1, "llama", 1_000);
    assertThatThrownBy(() -> await(connections.ledger(0).hold(request)))
        .isInstanceOf(LedgerUnavailableException.class);
  }

  private static CompletionStage<HoldOutcome> hold(RedisForTests ledger, int lane, KeyRef key) {
    HoldRequest request = new HoldRequest(ledger.nextRequest(), key, 1, 1, "llama", 60_000);
    return ledger.connections().ledger(lane).hold(request);
  }
}
