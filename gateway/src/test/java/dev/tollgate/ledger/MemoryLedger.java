package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** A ledger that notes what it is told, can be away, and can forget. Any thread may use it. */
final class MemoryLedger implements Ledger {
  final Set<String> taken = ConcurrentHashMap.newKeySet();
  final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final List<String> told = new ArrayList<>();
  volatile boolean isAway;
  volatile boolean isUnsent;
  private volatile String incarnation = "first";

  CompletionStage<String> incarnation() {
    return isAway ? away() : Stages.of(incarnation);
  }

  /** As a restart of a server that has lost what it had. */
  void forget() {
    taken.clear();
    incarnation = UUID.randomUUID().toString();
  }

  /** All calls that it has answered, in order. */
  List<String> told() {
    synchronized (told) {
      return List.copyOf(told);
    }
  }

  @Override
  public CompletionStage<HoldOutcome> hold(HoldRequest request) {
    return isAway ? away() : Stages.of(new HoldOutcome.Held(request.quoteNanoUsd(), 1_000_000, 0));
  }

  @Override
  public CompletionStage<Boolean> renew(Settlement soFar, long leaseMillis) {
    return answer("renew " + soFar.request(), true);
  }

  @Override
  public CompletionStage<SettleOutcome> settlePart(Settlement part, int number) {
    return answer(
        "part " + part.request() + " " + number, new SettleOutcome.Settled(0, 0, 0, false));
  }

  @Override
  public CompletionStage<SettleOutcome> settle(Settlement settlement) {
    return answer("settle " + settlement.request(), new SettleOutcome.Settled(0, 0, 0, false));
  }

  @Override
  public CompletionStage<Boolean> keep(NewObject object) {
    return answer("keep " + object.id(), true);
  }

  @Override
  public CompletionStage<Boolean> forget(AccountId account, ObjectKind kind, String id) {
    return answer("forget " + id, true);
  }

  @Override
  public CompletionStage<SettleOutcome> release(RequestId request, KeyRef key, String reason) {
    return answer("release " + request, new SettleOutcome.Settled(0, 0, 0, false));
  }

  @Override
  public CompletionStage<SettleOutcome> settleKept(Settlement settlement) {
    return settle(settlement);
  }

  @Override
  public CompletionStage<SettleOutcome> releaseKept(RequestId request, KeyRef key, String reason) {
    return release(request, key, reason);
  }

  @Override
  public CompletionStage<SettleOutcome> releaseForGood(
      RequestId request, KeyRef key, String reason, String object) {
    return answer("release " + request + " " + object, new SettleOutcome.Settled(0, 0, 0, false));
  }

  @Override
  public void leave(RequestId request) {}

  @Override
  public CompletionStage<CreditOutcome> credit(Credit credit) {
    String call = "credit " + credit.id();
    return refused.contains(call)
        ? answer(call, new CreditOutcome.Conflict())
        : answer(call, new CreditOutcome.Credited(credit.id(), 0, 0, false));
  }

  private <T> CompletionStage<T> answer(String call, T outcome) {
    if (isAway) {
      return away();
    }
    taken.add(call);
    synchronized (told) {
      told.add(call);
    }
    return Stages.of(outcome);
  }

  private <T> CompletionStage<T> away() {
    return CompletableFuture.failedFuture(
        isUnsent
            ? LedgerUnavailableException.unsent("away")
            : new LedgerUnavailableException("away"));
  }

  @Override
  public CompletionStage<PlanOutcome> changePlan(PlanChange change) {
    throw new UnsupportedOperationException();
  }
}
