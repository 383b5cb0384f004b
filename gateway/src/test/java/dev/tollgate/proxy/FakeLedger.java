package dev.tollgate.proxy;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Credit;
import dev.tollgate.ledger.CreditOutcome;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.NewObject;
import dev.tollgate.ledger.SettleOutcome;
import dev.tollgate.ledger.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A ledger that can be away, and notes what it was asked: {@code settle req_1}. */
final class FakeLedger implements Ledger {
  final List<String> calls = new ArrayList<>();
  final List<HoldRequest> holds = new ArrayList<>();
  final List<Settlement> renewals = new ArrayList<>();
  boolean isAway;
  HoldOutcome holdOutcome = new HoldOutcome.Held(1_000, 1_000_000, 0);

  private <T> CompletionStage<T> answer(String call, T outcome) {
    calls.add(call);
    return isAway
        ? CompletableFuture.failedFuture(new LedgerUnavailableException("away"))
        : CompletableFuture.completedFuture(outcome);
  }

  @Override
  public CompletionStage<HoldOutcome> hold(HoldRequest request) {
    holds.add(request);
    return answer("hold " + request.request(), holdOutcome);
  }

  @Override
  public CompletionStage<Boolean> renew(Settlement soFar, long leaseMillis) {
    renewals.add(soFar);
    return answer("renew " + soFar.request(), true);
  }

  @Override
  public CompletionStage<SettleOutcome> settlePart(Settlement part, int number) {
    return answer(
        "part " + part.request() + " " + number,
        new SettleOutcome.Settled(part.costNanoUsd(), 0, 0, false));
  }

  @Override
  public CompletionStage<SettleOutcome> settle(Settlement settlement) {
    return answer(
        "settle " + settlement.request(),
        new SettleOutcome.Settled(settlement.costNanoUsd(), 0, 0, false));
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
    return answer("release " + request + " " + reason, new SettleOutcome.Settled(0, 0, 0, false));
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
    return release(request, key, reason);
  }

  @Override
  public void leave(RequestId request) {}

  @Override
  public CompletionStage<CreditOutcome> credit(Credit credit) {
    return answer("credit " + credit.id(), new CreditOutcome.UnknownAccount());
  }

  @Override
  public CompletionStage<dev.tollgate.ledger.PlanOutcome> changePlan(
      dev.tollgate.ledger.PlanChange change) {
    throw new UnsupportedOperationException();
  }
}
