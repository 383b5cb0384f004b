package dev.tollgate.ledger;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger should do, in plain Java and without any of its code: one account, its keys and
 * its requests.
 */
final class ModelLedger {
  long balance;
  long held;
  long creditLimit;
  long multiplierPpm = 1_000_000;
  boolean isSuspended;
  long lifetimeTopup;
  long lifetimeCredit;
  int settlements;
  final Map<KeyRef, ModelKey> keys = new HashMap<>();
  private final Map<RequestId, ModelRequest> requests = new HashMap<>();

  static final class ModelKey {
    @Nullable Long quota;
    @Nullable Long concurrencyMax;
    boolean isRevoked;
    long quotaUsed;
    long quotaHeld;
    long concurrencyUsed;
  }

  /** A request that was held, settled or released. */
  private static final class ModelRequest {
    boolean isOpen;
    long amount;
    boolean hasTouchedQuota;
    boolean hasTouchedConcurrency;
    long multiplierPpm;
    long charged;
    long adjusted;
    long balanceAfter;
  }

  /** The time of a hold is not modelled: it is 0. */
  HoldOutcome hold(RequestId id, KeyRef keyRef, long quote) {
    ModelRequest known = requests.get(id);
    if (known != null) {
      return known.isOpen
          ? new HoldOutcome.Held(known.amount, known.multiplierPpm, 0)
          : new HoldOutcome.Refused(new Refusal.LedgerUnavailable());
    }
    ModelKey key = keys.get(keyRef);
    if (key == null) {
      throw new IllegalArgumentException("unknown key " + keyRef);
    }
    long ask = Long.parseLong(ExactTest.expected(quote, multiplierPpm));
    Refusal refusal = refusal(key, ask);
    if (refusal != null) {
      return new HoldOutcome.Refused(refusal);
    }
    ModelRequest request = new ModelRequest();
    request.isOpen = true;
    request.amount = ask;
    request.multiplierPpm = multiplierPpm;
    request.hasTouchedQuota = key.quota != null;
    request.hasTouchedConcurrency = key.concurrencyMax != null;
    held += ask;
    key.quotaHeld += request.hasTouchedQuota ? ask : 0;
    key.concurrencyUsed += request.hasTouchedConcurrency ? 1 : 0;
    requests.put(id, request);
    return new HoldOutcome.Held(ask, multiplierPpm, 0);
  }

  private @Nullable Refusal refusal(ModelKey key, long ask) {
    if (key.isRevoked) {
      return new Refusal.InvalidApiKey("The API key was revoked.");
    }
    if (isSuspended) {
      return new Refusal.AccountSuspended();
    }
    if (key.concurrencyMax != null && key.concurrencyUsed + 1 > key.concurrencyMax) {
      return new Refusal.ConcurrencyExceeded(key.concurrencyMax);
    }
    if (key.quota != null && key.quotaUsed + key.quotaHeld + ask > key.quota) {
      long left = Math.max(0, key.quota - key.quotaUsed - key.quotaHeld);
      return new Refusal.QuotaExhausted(key.quota, left, ask);
    }
    if (balance - held + creditLimit < ask) {
      return new Refusal.InsufficientCredits(ask, balance - held + creditLimit, null);
    }
    return null;
  }

  SettleOutcome settle(RequestId id, KeyRef keyRef, long cost, long heldThen) {
    ModelRequest request = requests.get(id);
    if (request != null && !request.isOpen) {
      return replay(request);
    }
    ModelKey key = keys.get(keyRef);
    if (key == null) {
      throw new IllegalArgumentException("unknown key " + keyRef);
    }
    if (request == null) {
      request = new ModelRequest();
      request.amount = heldThen;
      key.quotaUsed += key.quota != null ? cost : 0;
      requests.put(id, request);
    } else {
      key.quotaUsed += request.hasTouchedQuota ? cost : 0;
      giveBack(request, key);
    }
    settlements++;
    balance -= cost;
    request.isOpen = false;
    request.charged = cost;
    request.adjusted = Math.max(0, cost - request.amount);
    request.balanceAfter = balance;
    return new SettleOutcome.Settled(cost, request.adjusted, balance, false);
  }

  SettleOutcome release(RequestId id, KeyRef keyRef) {
    ModelRequest request = requests.get(id);
    if (request != null && !request.isOpen) {
      return replay(request);
    }
    ModelKey key = keys.get(keyRef);
    if (request == null) {
      request = new ModelRequest();
      requests.put(id, request);
    } else if (key != null) {
      giveBack(request, key);
    }
    request.isOpen = false;
    request.balanceAfter = balance;
    return new SettleOutcome.Settled(0, 0, balance, false);
  }

  private void giveBack(ModelRequest request, ModelKey key) {
    held -= request.amount;
    key.quotaHeld -= request.hasTouchedQuota ? request.amount : 0;
    key.concurrencyUsed -= request.hasTouchedConcurrency ? 1 : 0;
  }

  private static SettleOutcome replay(ModelRequest request) {
    return new SettleOutcome.Settled(request.charged, request.adjusted, request.balanceAfter, true);
  }

  void credit(Credit.Kind kind, long amount) {
    balance += amount;
    lifetimeTopup += kind == Credit.Kind.TOPUP ? amount : 0;
    lifetimeCredit += Math.max(0, amount);
  }
}
