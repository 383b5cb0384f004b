package dev.tollgate.kept;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.ObjectAct;
import dev.tollgate.dialect.ObjectAct.Verb;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.ledger.OwedObjects;
import dev.tollgate.ledger.OwedObjects.Missed;
import dev.tollgate.ledger.OwedObjects.Owed;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Provider;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that what is paid for later is paid for, though nobody asks for it: looks at batches,
 * training jobs and responses in the background until they are done. What there is to look at
 * stands in the ledger, and is given to one gateway at a time, so that it outlives all of them.
 * Runs in every gateway, in its first lane; confined to that event loop.
 */
public final class Watcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watcher.class);

  private final Keeper keeper;
  private final OwedObjects owed;
  private final Dialects dialects;
  private final WatchSettings settings;
  private final Absences absences;
  private final Deque<Owed> waiting = new ArrayDeque<>();
  private final Set<Look> underWay = new HashSet<>();
  private final LongAdder looks = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder vanished = new LongAdder();
  private int asking;
  private boolean isClaiming;
  private boolean isClosed;
  private @Nullable Future<?> rounds;

  private Watcher(Keeper keeper, OwedObjects owed, Dialects dialects) {
    this.keeper = keeper;
    this.owed = owed;
    this.dialects = dialects;
    this.settings = keeper.settings().watch();
    this.absences = new Absences(settings);
  }

  /**
   * @param keeper of the first lane
   */
  public static Watcher start(Keeper keeper, OwedObjects owed, Dialects dialects) {
    Watcher watcher = new Watcher(keeper, owed, dialects);
    watcher.rounds =
        keeper
            .lane()
            .eventLoop()
            .scheduleWithFixedDelay(
                watcher::round,
                watcher.settings.watchMillis(),
                watcher.settings.watchMillis(),
                TimeUnit.MILLISECONDS);
    return watcher;
  }

  /** How often this gateway has been answered by a provider. From any thread. */
  public long looks() {
    return looks.sum();
  }

  /** How often it has not. From any thread. */
  public long failed() {
    return failed.sum();
  }

  /** How many objects are not looked at any more, because their provider does not know them. */
  public long vanished() {
    return vanished.sum();
  }

  /** Does not look again; what is under way is left to the next gateway. */
  @Override
  public void close() {
    if (rounds != null) {
      rounds.cancel(false);
    }
    keeper
        .lane()
        .eventLoop()
        .execute(
            () -> {
              isClosed = true;
              waiting.clear();
              Set.copyOf(underWay).forEach(Look::cancel);
              underWay.clear();
            });
  }

  private void round() {
    if (isClaiming || isClosed) {
      return;
    }
    isClaiming = true;
    claim(0)
        .whenComplete(
            (all, away) -> {
              isClaiming = false;
              if (away != null) {
                LOG.debug("Redis is away: what is owed waits", away);
              }
            });
  }

  /** Shard by shard, as long as there is room. */
  private CompletionStage<Boolean> claim(int shard) {
    int room = settings.watchedMax() - waiting.size() - asking;
    if (shard == owed.shards() || room <= 0 || isClosed) {
      return CompletableFuture.completedFuture(true);
    }
    return owed.claim(shard, room, settings.watchMillis(), settings.watchMillisMax())
        .thenCompose(
            due -> {
              waiting.addAll(due);
              goOn();
              return claim(shard + 1);
            });
  }

  private void goOn() {
    while (asking < settings.watchCallsMax() && !waiting.isEmpty() && !isClosed) {
      Owed next = waiting.remove();
      asking++;
      keeper
          .objects()
          .find(next.account(), next.id())
          .thenCompose(found -> look(next, found))
          .whenComplete(
              (looked, failure) -> {
                if (failure != null) {
                  LOG.debug("{} is looked at again later", next.id(), failure);
                }
                asking--;
                goOn();
              });
    }
  }

  /** Completes when it is paid for, should that be due. */
  private CompletionStage<Boolean> look(Owed next, Optional<KeptObject> found) {
    CompletionStage<Boolean> nothing = CompletableFuture.completedFuture(false);
    if (isClosed || found.isEmpty() || !found.get().isOwed()) {
      return nothing;
    }
    KeptObject object = found.get();
    Provider provider = keeper.lane().catalog().providers().get(object.provider());
    Dialect dialect =
        provider == null ? null : dialects.named(provider.settings().dialect()).orElse(null);
    Endpoint polling = dialect == null ? null : polling(dialect, object.kind());
    if (provider == null
        || dialect == null
        || polling == null
        || absences.isAway(object.provider(), keeper.lane().clock().millis())) {
      return nothing;
    }
    One one = new One(object, provider, next.missed());
    Look look = Look.begin(keeper.lane().upstream(), object, provider, dialect, polling, one);
    underWay.add(look);
    return one.done.whenComplete((looked, failure) -> underWay.remove(look));
  }

  private static @Nullable Endpoint polling(Dialect dialect, ObjectKind kind) {
    ObjectAct act = new ObjectAct(kind, Verb.POLL);
    for (Endpoint endpoint : dialect.endpoints()) {
      if (act.equals(endpoint.objectAct())) {
        return endpoint;
      }
    }
    return null;
  }

  /** One object that is looked at. */
  private final class One implements Look.Watching {
    private final KeptObject object;
    private final Provider provider;
    private final int missed;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();

    private One(KeptObject object, Provider provider, int missed) {
      this.object = object;
      this.provider = provider;
      this.missed = missed;
    }

    @Override
    public void onSeen(Tally tally) {
      answered();
      if (missed > 0) {
        var unused = owed.found(object);
      }
      endWith(keeper.payments().seen(object, provider, tally));
    }

    @Override
    public void onMissing() {
      answered();
      endWith(owed.missed(object, settings.watchMissesMax()).thenApply(this::noted));
    }

    @Override
    public void onAway(String reason) {
      failed.increment();
      absences.away(object.provider(), reason, keeper.lane().clock().millis());
      done.complete(false);
    }

    private void answered() {
      looks.increment();
      absences.back(object.provider());
    }

    private void endWith(CompletionStage<Boolean> last) {
      last.whenComplete(
          (ended, failure) -> {
            if (failure == null) {
              done.complete(ended);
            } else {
              done.completeExceptionally(failure);
            }
          });
    }

    /** Should it turn up again, and somebody see it done, it is paid for after all. */
    private boolean noted(Missed outcome) {
      if (outcome == Missed.AGAIN) {
        return true;
      }
      vanished.increment();
      LOG.warn(
          "{} {} of {} is not known to {} any more: nothing is held for it from now on",
          object.kind().key(),
          object.id(),
          object.owner().account(),
          object.provider());
      if (outcome == Missed.VANISHED_HELD) {
        var unused =
            keeper.lane().ledger().releaseKept(object.request(), object.owner(), "vanished");
      }
      return true;
    }
  }
}
