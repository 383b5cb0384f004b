package dev.tollgate.ledger;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Shortage;
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

  /** A request that was held, settled or released. */
  private static final class ModelRequest {
    boolean isOpen;
    long heldAt;
    long amount;
    long tokens;
    List<ModelOwner.Identity> ofKey = List.of();
    List<ModelOwner.Identity> ofAccount = List.of();
    long multiplierPpm;
    long charged;
    long adjusted;
    long balanceAfter;
  }

  HoldOutcome hold(RequestId id, KeyRef ref, long quote, long tokens, String model, long at) {
    ModelRequest known = requests.get(id);
    if (known != null) {
      return known.isOpen
          ? new HoldOutcome.Held(known.amount, known.multiplierPpm, known.heldAt)
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
    Checks checks = new Checks(ask, tokens, at);
    key.of(model).forEach(budget -> checks.check(budget, key.state(budget)));
    account.of(model).forEach(budget -> checks.check(budget, account.state(budget)));
    Refusal refusal = checks.refusal;
    if (refusal == null && balance - held + creditLimit < ask) {
      refusal = new Refusal.InsufficientCredits(ask, balance - held + creditLimit, null);
    }
    if (refusal != null) {
      return new HoldOutcome.Refused(refusal, checks.limits(false));
    }
    requests.put(id, take(key, ask, tokens, model, at));
    return new HoldOutcome.Held(ask, multiplierPpm, at, checks.limits(true));
  }

  private ModelRequest take(ModelOwner key, long ask, long tokens, String model, long at) {
    ModelRequest request = new ModelRequest();
    request.isOpen = true;
    request.heldAt = at;
    request.amount = ask;
    request.tokens = tokens;
    request.multiplierPpm = multiplierPpm;
    request.ofKey = take(key, ask, tokens, at, key.of(model));
    request.ofAccount = take(account, ask, tokens, at, account.of(model));
    held += ask;
    return request;
  }

  private static List<ModelOwner.Identity> take(
      ModelOwner owner, long ask, long tokens, long at, List<Budget> budgets) {
    for (Budget budget : budgets) {
      owner.state(budget).hold(share(budget.unit(), ask, tokens), at);
    }
    return budgets.stream().map(ModelOwner.Identity::of).toList();
  }

  private static long share(Budget.Unit unit, long usd, long tokens) {
    return switch (unit) {
      case USD -> usd;
      case TOKENS -> tokens;
      case REQUESTS, CONCURRENT -> 1;
    };
  }

  /** How a budget of one minute stands before the request. */
  private record Minute(long limit, long asked, long left, @Nullable Long freesAt) {}

  /** The budgets, one by one: the gravest refusal, of equals the one that frees last. */
  private static final class Checks {
    final long ask;
    final long tokens;
    final long at;
    @Nullable Refusal refusal;
    int rank = Integer.MAX_VALUE;
    long frees;
    @Nullable Minute ofRequests;
    @Nullable Minute ofTokens;

    Checks(long ask, long tokens, long at) {
      this.ask = ask;
      this.tokens = tokens;
      this.at = at;
    }

    void check(Budget budget, ModelBudget state) {
      long asked = share(budget.unit(), ask, tokens);
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

  SettleOutcome settle(
      RequestId id, KeyRef ref, long cost, long tokens, long heldThen, String model, long at) {
    ModelRequest request = requests.get(id);
    if (request != null && !request.isOpen) {
      return replay(request);
    }
    ModelOwner key = key(ref);
    if (request == null) {
      request = new ModelRequest();
      request.amount = heldThen;
      requests.put(id, request);
      useUnheld(key, model, cost, tokens, at);
      useUnheld(account, model, cost, tokens, at);
    } else {
      end(request, key, cost, tokens, true, at);
    }
    settlements++;
    balance -= cost;
    request.isOpen = false;
    request.charged = cost;
    request.adjusted = Math.max(0, cost - request.amount);
    request.balanceAfter = balance;
    return new SettleOutcome.Settled(cost, request.adjusted, balance, false);
  }

  private static void useUnheld(ModelOwner owner, String model, long cost, long tokens, long at) {
    for (Budget budget : new ArrayList<>(owner.of(model))) {
      long used = budget.unit() == Budget.Unit.CONCURRENT ? 0 : share(budget.unit(), cost, tokens);
      owner.state(budget).use(used, at);
    }
  }

  SettleOutcome release(RequestId id, KeyRef ref, long at) {
    ModelRequest request = requests.get(id);
    if (request != null && !request.isOpen) {
      return replay(request);
    }
    if (request == null) {
      request = new ModelRequest();
      requests.put(id, request);
    } else {
      end(request, key(ref), 0, 0, false, at);
    }
    request.isOpen = false;
    request.balanceAfter = balance;
    return new SettleOutcome.Settled(0, 0, balance, false);
  }

  private void end(
      ModelRequest request, ModelOwner key, long cost, long tokens, boolean isUsed, long at) {
    held -= request.amount;
    end(request, key, request.ofKey, cost, tokens, isUsed, at);
    end(request, account, request.ofAccount, cost, tokens, isUsed, at);
  }

  private static void end(
      ModelRequest request,
      ModelOwner owner,
      List<ModelOwner.Identity> touched,
      long cost,
      long tokens,
      boolean isUsed,
      long at) {
    for (ModelOwner.Identity id : touched) {
      long used =
          isUsed && id.unit() != Budget.Unit.CONCURRENT ? share(id.unit(), cost, tokens) : 0;
      owner.end(id, share(id.unit(), request.amount, request.tokens), used, at);
    }
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
