package dev.tollgate.ledger;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of a request that was held, charged or ended. */
final class ModelRequest {
  enum State {
    /** Its hold is not known, but parts of it have been charged. */
    UNHELD,
    OPEN,
    REAPED,
    ENDED
  }

  /** What its gateway last said that it has cost. */
  record Checkpoint(long cost, long tokens) {}

  State state = State.UNHELD;
  long heldAt;
  long deadline;
  long firstAmount;
  long multiplierPpm;
  List<ModelOwner.Identity> ofKey = List.of();
  List<ModelOwner.Identity> ofAccount = List.of();
  @Nullable Checkpoint checkpoint;

  /** What is left of the hold. */
  long amount;

  long tokens;

  /** Whether budgets of requests have counted it. */
  boolean isCounted;

  long reapedTokens;
  long charged;
  long adjusted;
  long balanceAfter;
  final Map<Integer, SettleOutcome.Settled> parts = new HashMap<>();

  boolean isOpen() {
    return state == State.OPEN;
  }

  ModelAmounts held() {
    return new ModelAmounts(amount, tokens, isCounted ? 0 : 1, 1);
  }

  ModelAmounts used(long cost, long itsTokens) {
    return new ModelAmounts(cost, itsTokens, isCounted ? 0 : 1, 0);
  }

  SettleOutcome.Settled end(State end, long itsCharge, long itsAdjustment, long balance) {
    state = end;
    charged = itsCharge;
    adjusted = itsAdjustment;
    balanceAfter = balance;
    return new SettleOutcome.Settled(charged, adjusted, balance, false);
  }

  static SettleOutcome.Settled again(SettleOutcome.Settled first) {
    return new SettleOutcome.Settled(
        first.chargedNanoUsd(), first.adjustedNanoUsd(), first.balanceNanoUsd(), true);
  }
}
