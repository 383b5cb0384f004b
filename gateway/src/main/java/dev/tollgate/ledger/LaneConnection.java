package dev.tollgate.ledger;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Redis connection of one event loop. May be called from any thread; its futures complete on
 * the loop, whatever happens, but for a loop that no longer runs.
 *
 * <p>It fails closed. While disconnected, while {@code commandsInFlightMax} are waiting, or while
 * the oldest command has waited longer than {@code commandMillisMax}, new commands fail at once. A
 * command that was in flight when the connection broke, or that waited too long, fails too, and
 * nobody knows whether it took effect. Redis answers in order, so one queue and one look at its
 * head every now and then take the place of a timer for each command. When the head has waited
 * twice the time, the connection is replaced. A connection without work is pinged.
 */
final class LaneConnection {
  private static final Logger log = LoggerFactory.getLogger(LaneConnection.class);

  private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final EventLoop loop;
  private final LaneClient client;
  private final RedisClusterAsyncCommands<String, String> commands;
  private final int inFlightMax;
  private final long answerNanosMax;
  private final long watchNanos;
  private final Future<?> watch;

  // Confined to the loop.
  private final ArrayDeque<Pending<?, ?>> inFlight = new ArrayDeque<>();
  private long lastSentNanos = System.nanoTime();
  private long lastWatchNanos = System.nanoTime();
  private boolean wasLate;

  private volatile boolean isStalled;
  private volatile boolean isClosed;

  private LaneConnection(LaneClient client, LedgerSettings settings, EventLoop loop) {
    this.loop = loop;
    this.client = client;
    this.commands = client.connection().async();
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

  /** Whether a command that is sent now has a chance. */
  boolean isAvailable() {
    return !isClosed && !isStalled && client.connection().isOpen();
  }

  /** Runs a script; {@code answer} turns what it returned into a value, on the loop. */
  <T> CompletableFuture<T> run(
      Script script, String[] keys, String[] arguments, Function<List<String>, T> answer) {
    return call(
        redis -> redis.evalsha(script.sha1Hex(), ScriptOutputType.MULTI, keys, arguments),
        redis -> redis.eval(script.text(), ScriptOutputType.MULTI, keys, arguments),
        answer);
  }

  /** Sends one command; {@code answer} turns what Redis said into a value, on the loop. */
  <V extends @Nullable Object, T> CompletableFuture<T> call(
      Command<V> command, Function<V, T> answer) {
    return call(command, null, answer);
  }

  private <V extends @Nullable Object, T> CompletableFuture<T> call(
      Command<V> command, @Nullable Command<V> withoutScript, Function<V, T> answer) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Pending<V, T> pending = new Pending<>(result, command, withoutScript, answer);
    if (loop.inEventLoop()) {
      pending.send();
    } else {
      try {
        loop.execute(pending::send);
      } catch (RejectedExecutionException loopIsGone) {
        pending.fail("the event loop has ended", loopIsGone);
      }
    }
    return result;
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
    giveUpOverdue(now);
    Pending<?, ?> oldest = inFlight.peek();
    if (oldest == null) {
      ping(now);
    } else if (now - oldest.sentNanos >= 2 * answerNanosMax) {
      log.warn("Redis has not answered for {} ms: reconnecting", 2 * answerNanosMax / 1_000_000);
      client.reconnect();
    }
  }

  private void giveUpOverdue(long now) {
    List<Pending<?, ?>> overdue = new ArrayList<>();
    for (Pending<?, ?> pending : inFlight) {
      if (now - pending.sentNanos < answerNanosMax) {
        break;
      }
      if (!pending.isGivenUp) {
        pending.isGivenUp = true;
        overdue.add(pending);
      }
    }
    dropAnswered();
    // Only now: who waits for them may send again, which changes the queue.
    overdue.forEach(Pending::giveUp);
  }

  private void ping(long now) {
    if (now - lastSentNanos >= PING_NANOS && isAvailable()) {
      call(RedisClusterAsyncCommands::ping, Function.identity()).isDone();
    }
  }

  private void dropAnswered() {
    while (!inFlight.isEmpty() && inFlight.peek().isAnswered) {
      inFlight.poll();
    }
    Pending<?, ?> oldest = inFlight.peek();
    isStalled = oldest != null && oldest.isGivenUp;
  }

  /** How to send a command. */
  @FunctionalInterface
  interface Command<V extends @Nullable Object> {
    RedisFuture<V> send(RedisClusterAsyncCommands<String, String> redis);
  }

  /** A command on its way: confined to the loop, but for its result. */
  private final class Pending<V extends @Nullable Object, T>
      implements BiConsumer<V, @Nullable Throwable> {
    private final CompletableFuture<T> result;
    private final Command<V> command;
    private final @Nullable Command<V> withoutScript;
    private final Function<V, T> answer;
    private long sentNanos;
    private boolean isAnswered;
    private boolean isGivenUp;

    Pending(
        CompletableFuture<T> result,
        Command<V> command,
        @Nullable Command<V> withoutScript,
        Function<V, T> answer) {
      this.result = result;
      this.command = command;
      this.withoutScript = withoutScript;
      this.answer = answer;
    }

    void send() {
      if (isClosed) {
        failUnsent("the connection is closed");
      } else if (!client.connection().isOpen()) {
        failUnsent("Redis is not connected");
      } else if (isStalled) {
        failUnsent("Redis does not answer");
      } else if (inFlight.size() >= inFlightMax) {
        failUnsent("more than " + inFlightMax + " commands are waiting for Redis");
      } else {
        sentNanos = System.nanoTime();
        lastSentNanos = sentNanos;
        inFlight.add(this);
        command.send(commands).whenComplete(this);
      }
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
      isAnswered = true;
      dropAnswered();
      if (error == null) {
        complete(value);
      } else if (error instanceof RedisNoScriptException && withoutScript != null && !isGivenUp) {
        new Pending<>(result, withoutScript, null, answer).send();
      } else {
        fail("Redis did not carry out a command: " + error.getMessage(), error);
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

    private void giveUp() {
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
}
