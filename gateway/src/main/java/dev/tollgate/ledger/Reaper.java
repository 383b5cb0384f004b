package dev.tollgate.ledger;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends holds that nobody renews any more: their gateway is gone. Runs in every gateway; any number
 * may look at the same time, since a script decides over each hold.
 *
 * <p>After Redis was away, or is another one, leases may have run out of gateways that live. They
 * get the time of one lease to renew them before anything is ended; so it is at the start, too.
 *
 * <p>Confined to the event loop that the ledger's background work completes on.
 */
public final class Reaper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Reaper.class);

  private final ReaperSettings settings;
  private final RedisHolds holds;
  private final LedgerConnections ledger;
  private final LongSupplier leaseMillis;
  private final LongSupplier nanoTime;
  private final LongAdder reaped = new LongAdder();
  private final LongAdder charged = new LongAdder();
  private final AtomicBoolean isLooking = new AtomicBoolean();
  private @Nullable Future<?> looks;

  /** Of the Redis that has been there without a break; null when it was not there a moment ago. */
  private @Nullable String incarnation;

  private long endsFromNanos;

  Reaper(
      ReaperSettings settings,
      LedgerConnections ledger,
      LongSupplier leaseMillis,
      LongSupplier nanoTime) {
    this.settings = settings;
    this.holds = ledger.holds();
    this.ledger = ledger;
    this.leaseMillis = leaseMillis;
    this.nanoTime = nanoTime;
  }

  /**
   * @param loop the first of those that the ledger was opened with
   * @param leaseMillis of the holds of all gateways, as of now
   */
  public static Reaper start(
      ReaperSettings settings, LedgerConnections ledger, EventLoop loop, LongSupplier leaseMillis) {
    Reaper reaper = new Reaper(settings, ledger, leaseMillis, System::nanoTime);
    reaper.looks =
        loop.scheduleWithFixedDelay(
            reaper::lookAgain, settings.reapMillis(), settings.reapMillis(), TimeUnit.MILLISECONDS);
    return reaper;
  }

  /** How many holds this gateway has ended. From any thread. */
  public long reaped() {
    return reaped.sum();
  }

  /** How many of them had a checkpoint that was charged, which is an estimate. From any thread. */
  public long charged() {
    return charged.sum();
  }

  /** Does not look again. What is under way ends by itself. */
  @Override
  public void close() {
    if (looks != null) {
      looks.cancel(false);
    }
  }

  private void lookAgain() {
    if (isLooking.compareAndSet(false, true)) {
      look()
          .whenComplete(
              (ended, away) -> {
                isLooking.set(false);
                if (away != null) {
                  log.debug("Redis is away: abandoned holds wait", away);
                }
              });
    }
  }

  /**
   * One look at every shard, one after the other.
   *
   * @return how many holds it has ended, once it has seen to all that it may
   */
  CompletionStage<Integer> look() {
    return ledger
        .incarnation()
        .thenCompose(now -> isEnding(now) ? reapAll() : Stages.of(0))
        .whenComplete(
            (ended, away) -> {
              if (away != null) {
                incarnation = null;
              } else if (ended > 0) {
                log.info("ended {} holds that nobody had renewed", ended);
              }
            });
  }

  /** Whether Redis has been the same for as long as a lease. */
  private boolean isEnding(String now) {
    if (!now.equals(incarnation)) {
      incarnation = now;
      endsFromNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(leaseMillis.getAsLong());
    }
    return nanoTime.getAsLong() - endsFromNanos >= 0;
  }

  private CompletionStage<Integer> reapAll() {
    CompletionStage<Integer> all = Stages.of(0);
    for (Shard shard : holds.shards()) {
      all = all.thenCompose(before -> reap(shard).thenApply(ended -> before + ended));
    }
    return all;
  }

  private CompletionStage<Integer> reap(Shard shard) {
    return holds
        .due(shard, settings.reapsMax())
        .thenCompose(
            due ->
                Stages.all(
                    due.stream()
                        .map(
                            request ->
                                holds
                                    .reap(shard, request)
                                    .handle(
                                        (paid, failure) -> count(request.value(), paid, failure)))
                        .toList()))
        .thenApply(Reaper::sum);
  }

  /** One that a script cannot deal with does not stand in the way of the others. */
  private int count(String request, @Nullable OptionalLong paid, @Nullable Throwable failure) {
    if (failure != null) {
      if (!LedgerUnavailableException.isFaultOfScript(failure)) {
        throw new CompletionException(failure);
      }
      log.error("the hold of {} is abandoned and cannot be ended", request, failure);
      return 0;
    }
    if (paid == null || paid.isEmpty()) {
      return 0;
    }
    reaped.increment();
    if (paid.getAsLong() > 0) {
      charged.increment();
    }
    return 1;
  }

  private static int sum(List<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }
}
