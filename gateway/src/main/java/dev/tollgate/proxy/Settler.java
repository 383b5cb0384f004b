package dev.tollgate.proxy;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.SettleOutcome;
import dev.tollgate.ledger.Settlement;
import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lane's way to the books. Holds are tried once, for somebody waits; settlements and releases are
 * repeated until the ledger has taken them, which is safe because it takes each of them once.
 * Confined to its event loop.
 */
final class Settler {
  private static final Logger LOG = LoggerFactory.getLogger(Settler.class);
  private static final int BACKOFF_DOUBLINGS_MAX = 5;

  private final EventLoop eventLoop;
  private final Ledger ledger;
  private final AtomicInteger unsettled = new AtomicInteger();
  private final AtomicInteger posted = new AtomicInteger();

  Settler(EventLoop eventLoop, Ledger ledger) {
    this.eventLoop = eventLoop;
    this.ledger = ledger;
  }

  /** Refuses without asking the ledger, and so leaves nothing behind, while too much waits. */
  CompletionStage<HoldOutcome> hold(HoldRequest request, ProxySettings settings) {
    if (unsettled.get() >= settings.unsettledMax()) {
      return CompletableFuture.completedFuture(
          new HoldOutcome.Refused(new Refusal.LedgerUnavailable()));
    }
    return ledger.hold(request);
  }

  void settle(Settlement settlement, ProxySettings settings) {
    posted.incrementAndGet();
    post(() -> ledger.settle(settlement), settlement.request(), settings, 0);
  }

  void release(RequestId request, KeyRef key, String reason, ProxySettings settings) {
    posted.incrementAndGet();
    post(() -> ledger.release(request, key, reason), request, settings, 0);
  }

  /** What waits for a ledger that is away. Readable from any thread. */
  int unsettled() {
    return unsettled.get();
  }

  /** What the ledger has been told and has not taken yet. Readable from any thread. */
  int posted() {
    return posted.get();
  }

  private void post(
      Supplier<CompletionStage<SettleOutcome>> act,
      RequestId request,
      ProxySettings settings,
      int failures) {
    act.get()
        .whenComplete(
            (outcome, failure) -> {
              if (failure != null) {
                again(act, request, settings, failures, failure);
              } else {
                taken(outcome, request, failures);
              }
            });
  }

  private void taken(SettleOutcome outcome, RequestId request, int failures) {
    posted.decrementAndGet();
    if (failures > 0) {
      unsettled.decrementAndGet();
    }
    if (outcome instanceof SettleOutcome.UnknownAccount) {
      LOG.error("{} could not be settled: its account is gone", request);
    }
  }

  private void again(
      Supplier<CompletionStage<SettleOutcome>> act,
      RequestId request,
      ProxySettings settings,
      int failures,
      Throwable failure) {
    if (failures == 0) {
      unsettled.incrementAndGet();
      LOG.warn("{} waits to be settled: {}", request, String.valueOf(failure.getMessage()));
    }
    long waitMillis = settings.settleRetryMillis() << Math.min(failures, BACKOFF_DOUBLINGS_MAX);
    var unused =
        eventLoop.schedule(
            () -> post(act, request, settings, failures + 1), waitMillis, TimeUnit.MILLISECONDS);
  }
}
