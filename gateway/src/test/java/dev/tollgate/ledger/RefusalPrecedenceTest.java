package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Budget.Scope;
import dev.tollgate.domain.Budget.Unit;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Of budgets that all refuse, the gravest is told, however they are ordered. */
@Tag(RedisForTests.ON_THE_SHARED)
class RefusalPrecedenceTest {
  /** From the gravest on; none allows anything. */
  private static final List<Budget> BY_PRECEDENCE =
      List.of(
          none("slots", Scope.KEY, Unit.CONCURRENT, "lifetime"),
          none("rpm", Scope.ACCOUNT, Unit.REQUESTS, "rolling:1m"),
          none("7d", Scope.KEY, Unit.USD, "rolling:7d"),
          none("quota", Scope.KEY, Unit.USD, "lifetime"),
          none("daily_spending_limit", Scope.ACCOUNT, Unit.USD, "calendar:day"));

  private static final List<String> CODES =
      List.of(
          "429 concurrency_exceeded",
          "429 rate_limit_exceeded",
          "429 budget_exceeded",
          "402 quota_exhausted",
          "402 daily_limit_reached",
          "402 insufficient_credits");

  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
    redis.setClock(Instant.parse("2027-06-16T12:00:00Z").toEpochMilli());
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  private static Budget none(String name, Scope scope, Unit unit, String period) {
    return Budget.of(name, scope, unit, Period.parse(period), 0);
  }

  private static String code(Refusal refusal) {
    return refusal.status() + " " + refusal.code();
  }

  @Test
  void refusals_inAnyOrderOfBudgets_areToldByTheirPrecedence() {
    Random random = new Random(7);
    for (int round = 0; round < 12; round++) {
      KeyRef key = redis.key(redis.account(0));
      List<Budget> shuffled = new ArrayList<>(BY_PRECEDENCE);
      Collections.shuffle(shuffled, random);
      for (Budget budget : shuffled) {
        change(key, budget, BudgetChange.put(budget));
      }
      for (int gravest = 0; gravest < CODES.size(); gravest++) {
        assertThat(code(redis.refusal(key, USD))).as("%s", shuffled).isEqualTo(CODES.get(gravest));
        if (gravest < BY_PRECEDENCE.size()) {
          Budget lifted = BY_PRECEDENCE.get(gravest);
          change(key, lifted, BudgetChange.remove(lifted.name()));
        }
      }
    }
  }

  // ---- two faults at a time

  /**
   * @param give lets it apply to a key
   */
  record Ground(String name, String code, Consumer<KeyRef> give) {
    static Ground of(Budget budget, String code) {
      return new Ground(budget.name(), code, key -> change(key, budget, BudgetChange.put(budget)));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Every ground on which a hold is refused, the gravest first: alone it gives its code. */
  private static final List<Ground> GROUNDS =
      List.of(
          new Ground("revoked", "401 invalid_api_key", key -> become(key, KeyStatus.REVOKED)),
          new Ground("disabled", "401 invalid_api_key", key -> become(key, KeyStatus.DISABLED)),
          new Ground("expired", "401 invalid_api_key", key -> patch(key, null, null, 1L)),
          new Ground("suspended", "403 account_suspended", RefusalPrecedenceTest::suspend),
          new Ground(
              "model", "403 model_not_allowed", key -> patch(key, null, List.of("gpt-*"), null)),
          Ground.of(
              none("slots", Scope.KEY, Unit.CONCURRENT, "lifetime"), "429 concurrency_exceeded"),
          Ground.of(
              none("pool", Scope.ACCOUNT, Unit.CONCURRENT, "lifetime"), "429 concurrency_exceeded"),
          Ground.of(
              none("rpm", Scope.ACCOUNT, Unit.REQUESTS, "rolling:1m"), "429 rate_limit_exceeded"),
          Ground.of(
              none("tpm", Scope.KEY, Unit.TOKENS, "calendar:month"), "429 rate_limit_exceeded"),
          Ground.of(none("5h", Scope.KEY, Unit.USD, "rolling:5h"), "429 budget_exceeded"),
          Ground.of(none("1d", Scope.KEY, Unit.USD, "first_use:1d"), "429 budget_exceeded"),
          Ground.of(none("day", Scope.KEY, Unit.USD, "calendar:day"), "429 budget_exceeded"),
          Ground.of(none("30d", Scope.ACCOUNT, Unit.USD, "rolling:30d"), "429 budget_exceeded"),
          Ground.of(none("quota", Scope.KEY, Unit.USD, "lifetime"), "402 quota_exhausted"),
          Ground.of(
              none("daily_spending_limit", Scope.ACCOUNT, Unit.USD, "calendar:day"),
              "402 daily_limit_reached"),
          new Ground("balance", "402 insufficient_credits", key -> {}));

  private static void become(KeyRef key, KeyStatus status) {
    patch(key, status, null, null);
  }

  private static void suspend(KeyRef key) {
    RedisForTests.await(
        redis
            .accounts()
            .update(
                key.account(), new AccountPatch(null, null, AccountStatus.SUSPENDED, null, null)));
  }

  private static void patch(
      KeyRef key,
      @Nullable KeyStatus status,
      @Nullable List<String> models,
      @Nullable Long expiresAtMillis) {
    RedisForTests.await(
        redis
            .accounts()
            .updateKey(key, new KeyPatch(null, status, List.of(), models, null, expiresAtMillis)));
  }

  static Stream<Arguments> pairsOfGrounds() {
    List<Arguments> pairs = new ArrayList<>();
    for (int graver = 0; graver < GROUNDS.size(); graver++) {
      for (Ground lesser : GROUNDS.subList(graver, GROUNDS.size())) {
        pairs.add(Arguments.arguments(GROUNDS.get(graver), lesser));
      }
    }
    return pairs.stream();
  }

  /** A ground with itself gives its own code; of two states of a key the later one counts. */
  @ParameterizedTest
  @MethodSource("pairsOfGrounds")
  void refusal_onTwoGrounds_tellsTheGraver(Ground graver, Ground lesser) {
    for (List<Ground> order : List.of(List.of(graver, lesser), List.of(lesser, graver))) {
      boolean isPoor = lesser.equals(GROUNDS.getLast());
      KeyRef key = redis.key(redis.account(isPoor ? 0 : 100 * USD));
      order.forEach(ground -> ground.give().accept(key));

      assertThat(code(redis.refusal(key, USD))).as("%s", order).isEqualTo(graver.code());
    }
  }

  private static void change(KeyRef key, Budget budget, BudgetChange change) {
    if (budget.scope() == Scope.KEY) {
      redis.change(key, change);
    } else {
      redis.change(key.account(), change);
    }
  }

  @Test
  void refusals_ofTheSameRank_nameTheOneThatFreesLast() {
    List<String> periods = List.of("calendar:day", "rolling:5h", "calendar:week", "rolling:7d");
    for (int first = 0; first < periods.size(); first++) {
      List<String> rotated = new ArrayList<>(periods);
      Collections.rotate(rotated, first);
      KeyRef key = redis.key(redis.account(100 * USD));
      for (String period : rotated) {
        String name = period.replace(':', '-');
        redis.change(key, BudgetChange.put(RedisForTests.budget(name, Unit.USD, period, 5 * USD)));
      }
      redis.spend(key, 5 * USD);

      assertThat(redis.refusal(key, 1))
          .isInstanceOfSatisfying(
              Refusal.BudgetExceeded.class,
              refusal -> assertThat(refusal.shortage().budget()).isEqualTo("rolling-7d"));
    }
  }
}
