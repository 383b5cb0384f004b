package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.EventStreams;
import dev.tollgate.ledger.StreamPlace;
import dev.tollgate.ledger.StreamState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for the archive. It asks Redis how far the group is, and so it does not matter
 * which gateway archives what they wait for: at once, whenever this gateway has acknowledged
 * something, and every few milliseconds. Confined to a thread, but for what says otherwise.
 */
final class CatchUps implements CatchUp {
  private static final long LOOK_MILLIS = 10;

  private final DrainSettings settings;
  private final EventStreams streams;
  private final ScheduledExecutorService thread;
  private final IntConsumer hurry;
  private final Map<Integer, Waiting> waiting = new HashMap<>();
  private boolean isClosed;

  private record Waiter(StreamPlace place, CompletableFuture<Boolean> caughtUp) {}

  /** Those who wait for one shard. */
  private static final class Waiting {
    private final List<Waiter> waiters = new ArrayList<>();
    private boolean isLooking;
    private boolean isToLookAgain;
  }

  /**
   * @param hurry told of a shard that somebody waits for
   */
  CatchUps(
      DrainSettings settings,
      EventStreams streams,
      ScheduledExecutorService thread,
      IntConsumer hurry) {
    this.settings = settings;
    this.streams = streams;
    this.thread = thread;
    this.hurry = hurry;
  }

  @Override
  public CompletionStage<Boolean> upToNow(AccountId account) {
    int shard = streams.shardOf(account);
    CompletableFuture<Boolean> caughtUp = new CompletableFuture<>();
    try {
      Future<?> bound =
          thread.schedule(
              () -> caughtUp.complete(false), settings.catchUpMillisMax(), TimeUnit.MILLISECONDS);
      caughtUp.whenComplete((isReached, never) -> bound.cancel(false)).isDone();
      streams
          .state(shard)
          .whenCompleteAsync((state, away) -> begin(shard, state, away, caughtUp), thread)
          .exceptionally(
              stopped -> {
                caughtUp.complete(false);
                return null;
              });
    } catch (RejectedExecutionException stopped) {
      caughtUp.complete(false);
    }
    return caughtUp;
  }

  private void begin(
      int shard,
      @Nullable StreamState state,
      @Nullable Throwable away,
      CompletableFuture<Boolean> caughtUp) {
    if (state == null || away != null || isClosed) {
      caughtUp.complete(false);
    } else if (state.isArchived(state.last())) {
      caughtUp.complete(true);
    } else {
      Waiting here = waiting.computeIfAbsent(shard, number -> new Waiting());
      here.waiters.add(new Waiter(state.last(), caughtUp));
      hurry.accept(shard);
      if (here.waiters.size() == 1) {
        lookLater(shard, here);
      }
    }
  }

  private void lookLater(int shard, Waiting here) {
    var unused = thread.schedule(() -> lookAgain(shard, here), LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** As long as these wait; for those who come later there are looks of their own. */
  private void lookAgain(int shard, Waiting here) {
    if (waiting.get(shard) == here) {
      look(shard, here);
      lookLater(shard, here);
    }
  }

  /** This gateway has just acknowledged something of the shard. From any thread. */
  void acknowledged(int shard) {
    try {
      thread.execute(
          () -> {
            Waiting here = waiting.get(shard);
            if (here != null) {
              look(shard, here);
            }
          });
    } catch (RejectedExecutionException stopped) {
      // Nobody waits any more.
    }
  }

  private void look(int shard, Waiting here) {
    if (here.isLooking) {
      here.isToLookAgain = true;
      return;
    }
    here.isLooking = true;
    here.isToLookAgain = false;
    streams
        .state(shard)
        .whenCompleteAsync(
            (state, away) -> {
              here.isLooking = false;
              seen(shard, here, away == null ? state : null);
            },
            thread);
  }

  private void seen(int shard, Waiting here, @Nullable StreamState state) {
    if (state != null) {
      here.waiters.stream()
          .filter(waiter -> state.isArchived(waiter.place))
          .forEach(waiter -> waiter.caughtUp.complete(true));
    }
    here.waiters.removeIf(waiter -> waiter.caughtUp.isDone());
    if (here.waiters.isEmpty()) {
      waiting.remove(shard, here);
    } else if (here.isToLookAgain) {
      hurry.accept(shard);
      look(shard, here);
    }
  }

  /** Those who still wait do not any more. On the thread, and last of all that is done there. */
  void close() {
    isClosed = true;
    waiting.values().forEach(here -> here.waiters.forEach(one -> one.caughtUp.complete(false)));
    waiting.clear();
  }
}
