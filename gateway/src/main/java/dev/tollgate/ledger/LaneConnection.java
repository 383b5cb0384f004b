package dev.tollgate.ledger;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.protocol.RedisCommand;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Redis connection of one event loop; of a cluster, one to each primary. May be called from any
 * thread; its futures complete on the loop, whatever happens, but for a loop that no longer runs.
 *
 * <p>It fails closed. While the server of a key is disconnected, while {@code commandsInFlightMax}
 * are waiting, or while that server's oldest command has waited longer than {@code
 * commandMillisMax}, new commands fail at once. A command that was in flight when the connection
 * broke, or that waited too long, fails too, and nobody knows whether it took effect. A server
 * answers in order, so one queue and one look at its head every now and then take the place of a
 * timer for each command. When the head has waited twice the time, the connection is replaced.
 * Every server is asked once a second whether it is well. One that fails does not touch the others.
 */
final class LaneConnection {
  private static final Logger log = LoggerFactory.getLogger(LaneConnection.class);

  private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final EventLoop loop;
  private final LaneClient client;
  private final int inFlightMax;
  private final long answerNanosMax;
  private final long watchNanos;
  private final Future<?> watch;

  // Confined to the loop.
  private int inFlight;
  private long lastWatchNanos = System.nanoTime();
  private boolean wasLate;

  private volatile boolean isClosed;

  private LaneConnection(LaneClient client, LedgerSettings settings, EventLoop loop) {
    this.loop = loop;
    this.client = client;
    this.inFlightMax = settings.commandsInFlightMax();
    this.answerNanosMax = TimeUnit.MILLISECONDS.toNanos(settings.commandMillisMax());
    long watchMillis = Math.clamp(settings.commandMillisMax() / 10, 5, 100);
    this.watchNanos = TimeUnit.MILLISECONDS.toNanos(watchMillis);
    this.watch =
        loop.scheduleWithFixedDelay(this::watch, watchMillis, watchMillis, TimeUnit.MILLISECONDS);
  }

  /**
   * Blocks: not for event loops.
   *
   * @throws LedgerUnavailableException when it cannot connect in time
   */
  static LaneConnection open(LedgerSettings settings, EventLoop loop) {
    return new LaneConnection(LaneClient.open(settings, loop), settings, loop);
  }

  /** Whether a command that is sent now has a chance, whatever its key. */
  boolean isAvailable() {
    return !isClosed
        && client.isComplete()
        && client.nodes().stream().allMatch(RedisNode::isAvailable);
  }

  /** The servers on which the ledger is; of a cluster, the primaries as far as they are known. */
  List<RedisNode> nodes() {
    return client.nodes();
  }

  /** Whether a server is known for every key. */
  boolean isComplete() {
    return client.isComplete();
  }

  /** The loop. */
  Executor executor() {
    return loop;
  }

  /** Runs a script; {@code answer} turns what it returned into a value, on the loop. */
  <T> CompletableFuture<T> run(
      Script script, String[] keys, String[] arguments, Function<List<String>, T> answer) {
    return started(
        new Pending<>(
            keys[0],
            null,
            redis -> redis.evalsha(script.sha1Hex(), ScriptOutputType.MULTI, keys, arguments),
            redis -> redis.eval(script.text(), ScriptOutputType.MULTI, keys, arguments),
            answer));
  }

  /**
   * Sends one command; {@code answer} turns what Redis said into a value, on the loop.
   *
   * @param key the command's
   */
  <V extends @Nullable Object, T> CompletableFuture<T> call(
      String key, Command<V> command, Function<V, T> answer) {
    return started(new Pending<>(key, null, command, null, answer));
  }

  /** The same for a command without a key, or whose key is not worth telling. */
  <V extends @Nullable Object, T> CompletableFuture<T> call(
      Command<V> command, Function<V, T> answer) {
    return started(new Pending<>(null, null, command, null, answer));
  }

  /** The same for a command to one server alone. */
  <V extends @Nullable Object, T> CompletableFuture<T> call(
      RedisNode node, Command<V> command, Function<V, T> answer) {
    return started(new Pending<>(null, node, command, null, answer));
  }

  private <T> CompletableFuture<T> started(Pending<?, T> pending) {
    if (loop.inEventLoop()) {
      pending.send();
    } else {
      try {
        loop.execute(pending::send);
      } catch (RejectedExecutionException loopIsGone) {
        pending.fail("the event loop has ended", loopIsGone);
      }
    }
    return pending.result;
  }

  /** It turned out to be no primary: asks where the primary is, by a new connection if need be. */
  void distrust(RedisNode node) {
    if (loop.inEventLoop()) {
      node.reconnect(System.nanoTime(), "is not a primary");
      client.lookAgain();
    } else {
      loop.execute(() -> distrust(node));
    }
  }

  /** Blocks: not for event loops. What is in flight fails. */
  void close() {
    isClosed = true;
    watch.cancel(false);
    client.close();
  }

  private void watch() {
    long now = System.nanoTime();
    boolean isLate = now - lastWatchNanos > 5 * watchNanos;
    lastWatchNanos = now;
    if (isLate && !wasLate) {
      // The loop itself stood still: answers may be there that it had no time to read.
      wasLate = true;
      return;
    }
    wasLate = false;
    try {
      client.keepUp(now);
      watchNodes(now);
    } catch (RuntimeException unexpected) {
      log.error("watching the Redis connection failed", unexpected);
    }
  }

  private void watchNodes(long now) {
    List<ExpectedAnswer> overdue = new ArrayList<>();
    for (RedisNode node : client.watched()) {
      overdue.addAll(node.takeOverdue(now, answerNanosMax));
      if (node.oldestNanos(now) >= 2 * answerNanosMax) {
        node.reconnect(now, "has not answered for " + 2 * answerNanosMax / 1_000_000 + " ms");
        client.lookAgain();
      }
    }
    for (RedisNode node : client.nodes()) {
      if (node.takeProbe(now, PROBE_NANOS)) {
        probe(node);
      }
    }
    // Only now: who waits for them may send again, which changes the queues.
    overdue.forEach(ExpectedAnswer::giveUp);
  }

  private void probe(RedisNode node) {
    call(node, client::probe, Function.identity())
        .thenAccept(said -> node.outOfService(!client.isWell(said)))
        .isDone();
  }

  /** How to send a command. */
  @FunctionalInterface
  interface Command<V extends @Nullable Object> {
    RedisFuture<V> send(RedisClusterAsyncCommands<String, String> redis);
  }

  /** A command on its way: confined to the loop, but for its result. */
  private final class Pending<V extends @Nullable Object, T> extends ExpectedAnswer
      implements BiConsumer<V, @Nullable Throwable> {
    private final CompletableFuture<T> result;
    private final @Nullable String key;
    private final @Nullable RedisNode only;
    private final Command<V> command;
    private final @Nullable Command<V> withoutScript;
    private final Function<V, T> answer;
    private RedisNode node = client.keyless();

    /**
     * @param only the server that it is for, if it is for that one alone
     */
    Pending(
        @Nullable String key,
        @Nullable RedisNode only,
        Command<V> command,
        @Nullable Command<V> withoutScript,
        Function<V, T> answer) {
      this(new CompletableFuture<>(), key, only, command, withoutScript, answer);
    }

    private Pending(
        CompletableFuture<T> result,
        @Nullable String key,
        @Nullable RedisNode only,
        Command<V> command,
        @Nullable Command<V> withoutScript,
        Function<V, T> answer) {
      this.result = result;
      this.key = key;
      this.only = only;
      this.command = command;
      this.withoutScript = withoutScript;
      this.answer = answer;
    }

    void send() {
      RedisNode target = only != null ? only : key == null ? client.keyless() : client.node(key);
      String refusal = refusal(target);
      if (target == null || refusal != null) {
        failUnsent(refusal == null ? "" : refusal);
        return;
      }
      RedisFuture<V> sent;
      try {
        sent = command.send(commandsFor(target));
      } catch (RuntimeException unusable) {
        fail("Redis could not be asked: " + unusable.getMessage(), unusable);
        return;
      }
      node = only == null && key == null ? nodeOf(sent) : target;
      sent(System.nanoTime());
      inFlight++;
      node.expect(this);
      sent.whenComplete(this);
    }

    private @Nullable String refusal(@Nullable RedisNode target) {
      if (isClosed) {
        return "the connection is closed";
      } else if (target == null) {
        return "no Redis server has the slot of the key";
      } else if (target.refusal() != null) {
        return target.refusal();
      }
      return inFlight >= inFlightMax
          ? "more than " + inFlightMax + " commands are waiting for Redis"
          : null;
    }

    private RedisClusterAsyncCommands<String, String> commandsFor(RedisNode target) {
      RedisClusterAsyncCommands<String, String> ofOne = only == null ? null : target.commands();
      return ofOne == null ? client.commands() : ofOne;
    }

    @Override
    public void accept(V value, @Nullable Throwable error) {
      if (loop.inEventLoop()) {
        answered(value, error);
      } else {
        loop.execute(() -> answered(value, error));
      }
    }

    private void answered(V value, @Nullable Throwable error) {
      answered();
      inFlight--;
      node.dropAnswered();
      if (error == null) {
        complete(value);
      } else if (error instanceof RedisNoScriptException && withoutScript != null && !isGivenUp()) {
        new Pending<>(result, key, only, withoutScript, null, answer).send();
      } else {
        refused(error);
      }
    }

    private void refused(Throwable error) {
      String message = "Redis did not carry out a command: " + error.getMessage();
      switch (RedisFault.of(error)) {
        case NOT_PRIMARY -> {
          distrust(node);
          failUnsent(message);
        }
        case NOT_SERVING -> {
          client.lookAgain();
          failUnsent(message);
        }
        case UNKNOWN -> fail(message, error);
      }
    }

    private void complete(V value) {
      T decoded;
      try {
        decoded = answer.apply(value);
      } catch (RuntimeException unexpected) {
        log.error("Redis answered what the ledger does not understand", unexpected);
        fail("Redis answered what the ledger does not understand", unexpected);
        return;
      }
      result.complete(decoded);
    }

    @Override
    void giveUp() {
      fail("Redis did not answer within " + answerNanosMax / 1_000_000 + " ms", null);
    }

    private void failUnsent(String message) {
      result.completeExceptionally(LedgerUnavailableException.unsent(message));
    }

    private void fail(String message, @Nullable Throwable cause) {
      result.completeExceptionally(
          cause == null
              ? new LedgerUnavailableException(message)
              : new LedgerUnavailableException(message, cause));
    }
  }

  /** Where a command went whose key had not been told. */
  private RedisNode nodeOf(RedisFuture<?> sent) {
    ByteBuffer key =
        sent instanceof RedisCommand<?, ?, ?> command && command.getArgs() != null
            ? command.getArgs().getFirstEncodedKey()
            : null;
    RedisNode node =
        key == null ? null : client.node(StandardCharsets.UTF_8.decode(key.duplicate()).toString());
    return node == null ? client.keyless() : node;
  }
}
