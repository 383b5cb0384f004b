package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Shortage;
import dev.tollgate.ledger.ModelRequest.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
  final ModelOwner account = new ModelOwner();
  final Map<KeyRef, ModelOwner> keys = new HashMap<>();
  private final Map<RequestId, ModelRequest> requests = new HashMap<>();

  HoldOutcome hold(
      RequestId id, KeyRef ref, long quote, long tokens, String model, long lease, long at) {
    ModelRequest known = requests.get(id);
    if (known != null) {
      return known.isOpen()
          ? new HoldOutcome.Held(known.firstAmount, known.multiplierPpm, known.heldAt)
          : new HoldOutcome.Refused(new Refusal.LedgerUnavailable());
    }
    ModelOwner key = key(ref);
    if (key.isRevoked) {
      return new HoldOutcome.Refused(new Refusal.InvalidApiKey("The API key was revoked."));
    }
    if (isSuspended) {
      return new HoldOutcome.Refused(new Refusal.AccountSuspended());
    }
    long ask = Long.parseLong(ExactTest.expected(quote, multiplierPpm));
    ModelAmounts asked = new ModelAmounts(ask, tokens, 1, 1);
    Checks checks = new Checks(asked, at);
    key.of(model).forEach(budget -> checks.check(budget, key.state(budget)));
    account.of(model).forEach(budget -> checks.check(budget, account.state(budget)));
    Refusal refusal = checks.refusal;
    if (refusal == null && ask > 0 && balance - held + creditLimit < ask) {
      refusal = new Refusal.InsufficientCredits(ask, balance - held + creditLimit, null);
    }
    if (refusal != null) {
      return new HoldOutcome.Refused(refusal, checks.limits(false));
    }
    ModelRequest request = take(key, asked, model, at);
    request.deadline = at + lease;
    requests.put(id, request);
    return new HoldOutcome.Held(ask, multiplierPpm, at, checks.limits(true));
  }

  private ModelRequest take(ModelOwner key, ModelAmounts asked, String model, long at) {
    ModelRequest request = new ModelRequest();
    request.state = State.OPEN;
    request.heldAt = at;
    request.firstAmount = asked.usd();
    request.amount = asked.usd();
    request.tokens = asked.tokens();
    request.multiplierPpm = multiplierPpm;
    request.ofKey = take(key, asked, at, key.of(model));
    request.ofAccount = take(account, asked, at, account.of(model));
    held += asked.usd();
    return request;
  }

  private static List<ModelOwner.Identity> take(
      ModelOwner owner, ModelAmounts asked, long at, List<Budget> budgets) {
    for (Budget budget : budgets) {
      owner.state(budget).hold(asked.of(budget.unit()), at);
    }
    return budgets.stream().map(ModelOwner.Identity::of).toList();
  }

  /** How a budget of one minute stands before the request. */
  private record Minute(long limit, long asked, long left, @Nullable Long freesAt) {}

  /** The budgets, one by one: the gravest refusal, of equals the one that frees last. */
  private static final class Checks {
    final ModelAmounts amounts;
    final long at;
    @Nullable Refusal refusal;
    int rank = Integer.MAX_VALUE;
    long frees;
    @Nullable Minute ofRequests;
    @Nullable Minute ofTokens;

    Checks(ModelAmounts amounts, long at) {
      this.amounts = amounts;
      this.at = at;
    }

    void check(Budget budget, ModelBudget state) {
      long asked = amounts.of(budget.unit());
      long left = budget.limit() - state.used(at) - state.held;
      boolean fits = asked <= left;
      Long freesAt = fits ? null : refuse(budget, state, asked, left);
      boolean isOfMinute = budget.period().equals(new Period.Rolling(Duration.ofMinutes(1)));
      Minute minute = new Minute(budget.limit(), asked, left, freesAt);
      if (isOfMinute && budget.unit() == Budget.Unit.REQUESTS) {
        ofRequests = tighter(ofRequests, minute);
      } else if (isOfMinute && budget.unit() == Budget.Unit.TOKENS) {
        ofTokens = tighter(ofTokens, minute);
      }
    }

    private static Minute tighter(@Nullable Minute other, Minute minute) {
      return other != null && other.left <= minute.left ? other : minute;
    }

    private @Nullable Long refuse(Budget budget, ModelBudget state, long asked, long left) {
      int itsRank = rank(budget);
      if (itsRank > rank) {
        return null;
      }
      Long freesAt = state.freesAt(at, asked, budget.limit());
      long itsFrees = freesAt == null ? Long.MAX_VALUE : freesAt;
      if (itsRank < rank || itsFrees > frees) {
        rank = itsRank;
        frees = itsFrees;
        Long retry =
            freesAt == null ? null : Long.valueOf(Math.max(1, (freesAt - at + 999) / 1_000));
        refusal =
            refusal(
                budget,
                new Shortage(
                    budget.name(),
                    budget.scope(),
                    budget.unit(),
                    budget.period(),
                    budget.limit(),
                    Math.max(0, left),
                    asked,
                    freesAt,
                    retry,
                    null));
      }
      return freesAt;
    }

    private static boolean isDailyLimit(Budget budget) {
      return budget.scope() == Budget.Scope.ACCOUNT && budget.name().equals("daily_spending_limit");
    }

    private static int rank(Budget budget) {
      return switch (budget.unit()) {
        case CONCURRENT -> 1;
        case REQUESTS, TOKENS -> 2;
        case USD -> budget.period() instanceof Period.Lifetime ? 4 : isDailyLimit(budget) ? 5 : 3;
      };
    }

    private static Refusal refusal(Budget budget, Shortage shortage) {
      return switch (rank(budget)) {
        case 1 -> new Refusal.ConcurrencyExceeded(budget.name(), budget.limit());
        case 2 -> new Refusal.RateLimitExceeded(shortage);
        case 3 -> new Refusal.BudgetExceeded(shortage);
        case 4 -> new Refusal.QuotaExhausted(shortage);
        default -> new Refusal.DailyLimitReached(shortage);
      };
    }

    RateLimits limits(boolean isHeld) {
      return new RateLimits(limit(ofRequests, isHeld), limit(ofTokens, isHeld));
    }

    private RateLimits.@Nullable RateLimit limit(@Nullable Minute minute, boolean isHeld) {
      if (minute == null) {
        return null;
      }
      long left = Math.max(0, isHeld ? minute.left - minute.asked : minute.left);
      long reset = minute.freesAt != null ? minute.freesAt - at : left < minute.limit ? 60_000 : 0;
      return new RateLimits.RateLimit(minute.limit, left, reset);
    }
  }

  /** Prolongs a lease; whether there was one. Nothing delivered is no checkpoint. */
  boolean renew(RequestId id, long cost, long tokens, long lease, long at) {
    ModelRequest request = requests.get(id);
    if (request == null || !request.isOpen()) {
      return false;
    }
    request.deadline = at + lease;
    if (cost > 0 || tokens > 0) {
      request.checkpoint = new ModelRequest.Checkpoint(cost, tokens);
    }
    return true;
  }

  /** Ends a hold whose lease has run out, at its checkpoint; whether it was one. */
  boolean reap(RequestId id, KeyRef ref, long at) {
    ModelRequest request = requests.get(id);
    if (request == null || !request.isOpen() || request.deadline > at) {
      return false;
    }
    ModelRequest.Checkpoint last = request.checkpoint;
    if (last == null) {
      endHold(request, key(ref), ModelAmounts.NONE, at);
      var unused = request.end(State.REAPED, 0, 0, balance);
    } else {
      long cost = Math.min(last.cost(), request.amount);
      endHold(request, key(ref), request.used(cost, last.tokens()), at);
      request.isCounted = true;
      request.reapedTokens = last.tokens();
      balance -= cost;
      var unused = request.end(State.REAPED, cost, 0, balance);
    }
    return true;
  }

  /** Charges a part: out of the hold while it is open, or in full. */
  SettleOutcome settlePart(
      RequestId id, KeyRef ref, int number, long cost, long tokens, long leftThen, long at) {
    ModelRequest request = requests.computeIfAbsent(id, unknown -> new ModelRequest());
    SettleOutcome.Settled first = request.parts.get(number);
    if (first != null) {
      return ModelRequest.again(first);
    }
    ModelAmounts used = request.used(cost, tokens);
    long left = request.isOpen() ? request.amount : leftThen;
    if (request.isOpen()) {
      long taken = Math.min(cost, left);
      long takenTokens = Math.min(tokens, request.tokens);
      chargeTouched(
          request, key(ref), new ModelAmounts(taken, takenTokens, used.requests(), 0), used, at);
      request.amount -= taken;
      request.tokens -= takenTokens;
      held -= taken;
      request.checkpoint = null;
    } else {
      useUnheld(key(ref), used, at);
      useUnheld(account, used, at);
    }
    request.isCounted = true;
    settlements++;
    balance -= cost;
    SettleOutcome.Settled charged =
        new SettleOutcome.Settled(cost, Math.max(0, cost - left), balance, false);
    request.parts.put(number, charged);
    return charged;
  }

  SettleOutcome settle(RequestId id, KeyRef ref, long cost, long tokens, long heldThen, long at) {
    ModelRequest request = requests.computeIfAbsent(id, unknown -> new ModelRequest());
    switch (request.state) {
      case ENDED -> {
        return replay(request);
      }
      case REAPED -> {
        return settleLate(request, key(ref), cost, tokens, heldThen, at);
      }
      case OPEN -> endHold(request, key(ref), request.used(cost, tokens), at);
      case UNHELD -> {
        useUnheld(key(ref), request.used(cost, tokens), at);
        useUnheld(account, request.used(cost, tokens), at);
        request.amount = heldThen;
      }
    }
    request.isCounted = true;
    settlements++;
    balance -= cost;
    return request.end(State.ENDED, cost, Math.max(0, cost - request.amount), balance);
  }

  /** The total becomes the cost; budgets count only what is above what the reaper charged. */
  private SettleOutcome settleLate(
      ModelRequest request, ModelOwner key, long cost, long tokens, long heldThen, long at) {
    long more = cost - request.charged;
    ModelAmounts used = request.used(Math.max(0, more), Math.max(0, tokens - request.reapedTokens));
    chargeTouched(request, key, ModelAmounts.NONE, used, at);
    request.isCounted = true;
    settlements++;
    balance -= more;
    return request.end(State.ENDED, cost, Math.max(0, cost - heldThen), balance);
  }

  SettleOutcome release(RequestId id, KeyRef ref, long at) {
    ModelRequest request = requests.computeIfAbsent(id, unknown -> new ModelRequest());
    switch (request.state) {
      case ENDED -> {
        return replay(request);
      }
      case REAPED -> balance += request.charged;
      case OPEN -> endHold(request, key(ref), ModelAmounts.NONE, at);
      case UNHELD -> {}
    }
    return request.end(State.ENDED, 0, 0, balance);
  }

  /** In the budgets that apply now to the model that all settlements name. */
  private static void useUnheld(ModelOwner owner, ModelAmounts used, long at) {
    for (Budget budget : new ArrayList<>(owner.of("llama"))) {
      owner.state(budget).use(used.of(budget.unit()), at);
    }
  }

  private void endHold(ModelRequest request, ModelOwner key, ModelAmounts used, long at) {
    held -= request.amount;
    chargeTouched(request, key, request.held(), used, at);
  }

  private void chargeTouched(
      ModelRequest request, ModelOwner key, ModelAmounts back, ModelAmounts used, long at) {
    request.ofKey.forEach(id -> key.end(id, back.of(id.unit()), used.of(id.unit()), at));
    request.ofAccount.forEach(id -> account.end(id, back.of(id.unit()), used.of(id.unit()), at));
  }

  ModelOwner key(KeyRef ref) {
    ModelOwner key = keys.get(ref);
    if (key == null) {
      throw new IllegalArgumentException("unknown key " + ref);
    }
    return key;
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
