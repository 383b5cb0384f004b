package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Budget.Scope;
import dev.tollgate.domain.Budget.Unit;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Of budgets that all refuse, the gravest is told, however they are ordered. */
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
