package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyStatus;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Random acts on an account of its own, with a clock of its own, each compared with what the model
 * says. Acts are sent without waiting for those before; one connection keeps their order.
 */
final class ModelledClient {
  private static final List<Credit.Kind> KINDS = List.of(Credit.Kind.values());
  private static final List<String> MODELS = List.of("llama", "gpt-5", "gpt-4");
  private static final List<String> PERIODS =
      List.of(
          "lifetime",
          "rolling:1s",
          "rolling:1m",
          "rolling:7s",
          "rolling:5h",
          "rolling:7d",
          "first_use:90m",
          "first_use:1d",
          "calendar:day",
          "calendar:week",
          "calendar:month");
  private static final List<Budget.Unit> UNITS = List.of(Budget.Unit.values());
  private static final List<String> NAMES = List.of("a", "b", "c", "d");
  private static final int IN_FLIGHT_MAX = 256;
  private static final int ACTS_PER_LOOK = 16;

  private record Expected(String act, CompletionStage<?> actual, Object expected) {}

  private final RedisForTests redis;
  private final Random random;
  private final AccountId account;
  private final ModelLedger model = new ModelLedger();
  private final List<KeyRef> keys;
  private final List<RequestId> requests = new ArrayList<>();
  private final Queue<Expected> inFlight = new ArrayDeque<>();
  private long now = Instant.parse("2027-12-30T23:59:59Z").toEpochMilli();
  private int act;

  ModelledClient(RedisForTests redis, Random random) {
    this.redis = redis;
    this.random = random;
    redis.setClock(now);
    this.account = redis.account(0);
    loadScripts();
    this.keys = List.of(redis.key(account), redis.key(account), redis.key(account));
    keys.forEach(key -> model.keys.put(key, new ModelOwner()));
  }

  /**
   * A script that a server does not know is sent again, behind what was sent after it: the server
   * of the account must know them all.
   */
  private void loadScripts() {
    KeyRef key = redis.key(redis.accountBeside(account, 1));
    redis.spend(key, 1);
    redis.release(redis.nextRequest(), key);
    RequestId request = redis.nextRequest();
    redis.renew(request, key, 1);
    redis.settlePart(request, key, 1, 1, 1);
    redis.reap(request, key);
    redis.change(key);
    redis.change(key.account());
  }

  AccountId account() {
    return account;
  }

  int settlements() {
    return model.settlements;
  }

  void run(int acts) {
    for (act = 0; act < acts; act++) {
      passTime();
      act();
      if (act % ACTS_PER_LOOK == 0) {
        look();
      }
      while (inFlight.size() > IN_FLIGHT_MAX) {
        compareOldest();
      }
    }
    look();
    while (!inFlight.isEmpty()) {
      compareOldest();
    }
  }

  private void expect(String what, CompletionStage<?> actual, Object expected) {
    inFlight.add(new Expected(what + ", act " + act + " at " + now, actual, expected));
  }

  private void compareOldest() {
    Expected oldest = inFlight.remove();
    assertThat(RedisForTests.<Object>await(oldest.actual.thenApply(actual -> actual)))
        .as(oldest.act)
        .isEqualTo(oldest.expected);
  }

  /** Mostly little; sometimes to the edge of a bucket, a day, a week or a month, or far beyond. */
  private void passTime() {
    now +=
        switch (random.nextInt(64)) {
          case 0 -> edge(300_000) + random.nextInt(3);
          case 1 -> edge(1_000) + random.nextInt(3);
          case 2 -> random.nextInt(60_000);
          case 3 -> random.nextLong(21_600_000);
          case 4 -> random.nextInt(8) == 0 ? toEndOf(Period.CalendarUnit.DAY) : 0;
          case 5 -> random.nextInt(32) == 0 ? toEndOf(Period.CalendarUnit.WEEK) : 0;
          case 6 -> random.nextInt(64) == 0 ? toEndOf(Period.CalendarUnit.MONTH) : 0;
          case 7, 8, 9, 10, 11, 12, 13, 14, 15 -> random.nextInt(2_000);
          default -> random.nextInt(50);
        };
    redis.setClock(now);
  }

  private long edge(long width) {
    return width - 1 - now % width;
  }

  /** To the last millisecond of it, or to the first after. */
  private long toEndOf(Period.CalendarUnit unit) {
    return ModelBudget.end(unit, now) - now - random.nextInt(2);
  }

  private void act() {
    // A request belongs to one key for its life: by its number.
    if (requests.isEmpty() || random.nextInt(4) == 0) {
      requests.add(redis.nextRequest());
    }
    int number = requests.size() - 1 - random.nextInt(Math.min(requests.size(), 12));
    KeyRef key = keys.get(number % keys.size());
    RequestId request = requests.get(number);
    switch (random.nextInt(48)) {
      case 0 -> credit();
      case 1, 2, 3 -> release(request, key);
      case 4 -> changeAccountOrKey(key);
      case 5, 6 -> changeBudget(key);
      case 7, 8, 9 -> release(request, key);
      case 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23 -> settle(request, key);
      case 40, 41, 42 -> renew(request, key);
      case 43, 44 -> reap(request, key);
      case 45, 46, 47 -> settlePart(request, key);
      default -> hold(request, key);
    }
  }

  private void hold(RequestId request, KeyRef key) {
    long quote = random.nextInt(1_000_000);
    long tokens = random.nextInt(2_000);
    long lease = lease();
    String name = MODELS.get(random.nextInt(MODELS.size()));
    expect(
        "hold",
        redis.ledger().hold(new HoldRequest(request, key, quote, tokens, name, lease)),
        model.hold(request, key, quote, tokens, name, lease, now));
  }

  private void settle(RequestId request, KeyRef key) {
    long cost = random.nextInt(1_000_000);
    long tokens = 500L + random.nextInt(1_000);
    expect(
        "settle",
        redis.ledger().settle(RedisForTests.settlement(request, key, cost, 500_000, tokens)),
        model.settle(request, key, cost, tokens, 500_000, now));
  }

  /** Often so short that it runs out while the request may still be spoken of. */
  private long lease() {
    return random.nextBoolean() ? 60_000 : 1 + random.nextInt(2_000);
  }

  private void renew(RequestId request, KeyRef key) {
    long cost = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(1_000_000);
    long tokens = cost == 0 ? 0 : 500L + random.nextInt(1_000);
    long lease = lease();
    expect(
        "renew",
        redis.ledger().renew(RedisForTests.checkpoint(request, key, cost, tokens), lease),
        model.renew(request, cost, tokens, lease, now));
  }

  /** On another connection: all that was sent before must have been answered. */
  private void reap(RequestId request, KeyRef key) {
    while (!inFlight.isEmpty()) {
      compareOldest();
    }
    expect(
        "reap",
        CompletableFuture.completedFuture(redis.reap(request, key)),
        model.reap(request, key, now));
  }

  private void settlePart(RequestId request, KeyRef key) {
    int number = 1 + random.nextInt(3);
    long cost = random.nextInt(400_000);
    long tokens = 500L + random.nextInt(500);
    expect(
        "part",
        redis
            .ledger()
            .settlePart(RedisForTests.settlement(request, key, cost, 200_000, tokens), number),
        model.settlePart(request, key, number, cost, tokens, 200_000, now));
  }

  private void release(RequestId request, KeyRef key) {
    expect(
        "release", redis.ledger().release(request, key, "test"), model.release(request, key, now));
  }

  private void credit() {
    Credit.Kind kind = KINDS.get(random.nextInt(KINDS.size()));
    long amount = 1L + random.nextInt(24_000_000);
    if (kind == Credit.Kind.ADJUSTMENT && random.nextBoolean()) {
      amount = -amount / 8 - 1;
    }
    Credit credit = new Credit(redis.nextRequest().value(), account, kind, amount, "");
    model.credit(kind, amount);
    // This and changes are several commands, each sent when the one before has been answered.
    expect(
        "credit",
        CompletableFuture.completedFuture(RedisForTests.await(redis.ledger().credit(credit))),
        new CreditOutcome.Credited(credit.id() + ":credit", amount, model.balance, false));
  }

  private void changeAccountOrKey(KeyRef key) {
    if (random.nextBoolean()) {
      changeAccount();
    } else {
      changeKey(key);
    }
  }

  private void changeAccount() {
    model.isSuspended = random.nextInt(5) == 0;
    model.multiplierPpm = random.nextInt(3_000_000);
    model.creditLimit = random.nextInt(3_000_000);
    AccountStatus status = model.isSuspended ? AccountStatus.SUSPENDED : AccountStatus.ACTIVE;
    AccountPatch patch =
        new AccountPatch(null, null, status, model.multiplierPpm, model.creditLimit);
    assertThat(RedisForTests.await(redis.accounts().update(account, patch))).isPresent();
  }

  private void changeKey(KeyRef ref) {
    model.key(ref).isRevoked = random.nextInt(6) == 0;
    KeyStatus status = model.key(ref).isRevoked ? KeyStatus.REVOKED : KeyStatus.ACTIVE;
    KeyPatch patch = new KeyPatch(status);
    assertThat(RedisForTests.await(redis.accounts().updateKey(ref, patch))).isPresent();
  }

  private void changeBudget(KeyRef ref) {
    boolean isOfKey = random.nextInt(3) > 0;
    BudgetChange change =
        isOfKey
            ? budgetChange(Budget.Scope.KEY, model.key(ref))
            : budgetChange(Budget.Scope.ACCOUNT, model.account);
    if (isOfKey) {
      model.key(ref).change(change);
      KeyPatch patch = new KeyPatch(List.of(change));
      assertThat(RedisForTests.await(redis.accounts().updateKey(ref, patch))).isPresent();
    } else {
      model.account.change(change);
      AccountPatch patch = new AccountPatch(List.of(change));
      assertThat(RedisForTests.await(redis.accounts().update(account, patch))).isPresent();
    }
  }

  /** A new budget, or another limit of one there is, or none any more. */
  private BudgetChange budgetChange(Budget.Scope scope, ModelOwner owner) {
    String name =
        scope == Budget.Scope.ACCOUNT && random.nextInt(4) == 0
            ? "daily_spending_limit"
            : NAMES.get(random.nextInt(NAMES.size()));
    Budget before = owner.definitions.get(name);
    if (before != null && random.nextInt(3) == 0) {
      return BudgetChange.remove(name);
    }
    Budget.Unit unit = UNITS.get(random.nextInt(UNITS.size()));
    Period period = Period.parse(PERIODS.get(random.nextInt(PERIODS.size())));
    if (name.equals("daily_spending_limit")) {
      unit = Budget.Unit.USD;
      period = Period.parse("calendar:day");
    } else if (before != null && random.nextInt(3) > 0) {
      unit = before.unit();
      period = before.period();
    } else if (unit == Budget.Unit.CONCURRENT) {
      period = new Period.Lifetime();
    }
    long limit =
        switch (unit) {
          case USD -> random.nextInt(8_000_000);
          case TOKENS -> random.nextInt(12_000);
          case REQUESTS -> random.nextInt(12);
          case CONCURRENT -> random.nextInt(5);
        };
    List<String> models = random.nextInt(4) == 0 ? List.of("gpt-*") : List.of();
    return BudgetChange.put(new Budget(name, scope, unit, period, limit, models));
  }

  private void look() {
    long balance = model.balance;
    long held = model.held;
    expect(
        "account",
        redis
            .accounts()
            .find(account)
            .thenApply(Optional::orElseThrow)
            .thenApply(
                state ->
                    List.of(
                        state.balanceNanoUsd(),
                        state.heldNanoUsd(),
                        state.lifetimeTopupNanoUsd(),
                        state.lifetimeCreditNanoUsd(),
                        state.budgets())),
        List.of(
            balance,
            held,
            model.lifetimeTopup,
            model.lifetimeCredit,
            model.account.budgetStates(now)));
    KeyRef key = keys.get(random.nextInt(keys.size()));
    expect(
        "key",
        redis.accounts().findKey(key).thenApply(found -> found.orElseThrow().budgets()),
        model.key(key).budgetStates(now));
  }
}
