package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Budget.Scope;
import dev.tollgate.domain.Budget.Unit;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.RequestId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletionStage;

/**
 * Prints how long the scripts take on a single Redis, by the number of budgets on the key and the
 * account together: {@code mvn test-compile exec:java -Dexec.classpathScope=test
 * -Dexec.mainClass=dev.tollgate.ledger.LedgerBenchmark}. No test: it asserts nothing about time.
 *
 * <p>Windows are filled first, over a little more than the longest, so that there is something to
 * leave. Script time is what Redis counts for EVALSHA; time per core is that of the whole server.
 */
public final class LedgerBenchmark {
  private static final List<String> PERIODS =
      List.of("rolling:5h", "rolling:1d", "rolling:7d", "first_use:5h", "calendar:day", "lifetime");
  private static final int ROUND = 10_000;
  private static final int IN_FLIGHT_MAX = 128;

  private final RedisForTests redis;

  private LedgerBenchmark(RedisForTests redis) {
    this.redis = redis;
  }

  public static void main(String[] arguments) {
    try (RedisForTests redis = RedisForTests.open()) {
      LedgerBenchmark benchmark = new LedgerBenchmark(redis);
      System.out.println(benchmark.info("server").lines().skip(1).findFirst().orElse(""));
      benchmark.measure(0, 5);
      for (int round = 0; round < 1; round++) {
        for (int budgets : new int[] {0, 4, 16}) {
          benchmark.measure(budgets, 3_600_000);
          benchmark.measure(budgets, 5);
        }
      }
    }
  }

  private void measure(int budgets, long stepMillis) {
    redis.setClock(1_900_000_000_000L);
    AccountId account = redis.account(1L << 52);
    KeyRef key = redis.key(account, budgets(Scope.KEY, (budgets + 1) / 2));
    redis.put(account, budgets(Scope.ACCOUNT, budgets / 2));
    spend(key, 300, 2_200_000);
    RedisForTests.await(redis.raw().call(c -> c.configResetstat(), done -> done));
    double before = serverSeconds();
    spend(key, ROUND, stepMillis);
    double seconds = serverSeconds() - before;
    System.out.printf(
        Locale.ROOT,
        "%2d budgets, %7d ms apart: script %5.1f us on average over hold and settle;"
            + " %6.0f purchases per second and core%n",
        budgets,
        stepMillis,
        figure("commandstats", "cmdstat_evalsha:", "usec_per_call="),
        ROUND / seconds);
  }

  private static Budget[] budgets(Scope scope, int count) {
    List<Budget> budgets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean isRate = i % 4 == 3;
      Unit unit = isRate ? (i % 8 == 3 ? Unit.REQUESTS : Unit.TOKENS) : Unit.USD;
      String period = isRate ? "rolling:1m" : PERIODS.get(i % PERIODS.size());
      budgets.add(Budget.of("b" + i, scope, unit, Period.parse(period), 1L << 52));
    }
    return budgets.toArray(Budget[]::new);
  }

  /** Holds and settles, many at a time. */
  private void spend(KeyRef key, int count, long stepMillis) {
    Queue<CompletionStage<?>> inFlight = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      redis.setClock(redis.clock() + stepMillis);
      RequestId request = redis.nextRequest();
      inFlight.add(redis.ledger().hold(new HoldRequest(request, key, 1_000, 900, "llama", 60_000)));
      inFlight.add(redis.ledger().settle(RedisForTests.settlement(request, key, 700, 1_000, 800)));
      while (inFlight.size() > IN_FLIGHT_MAX) {
        RedisForTests.await(inFlight.remove());
      }
    }
    inFlight.forEach(RedisForTests::await);
  }

  /** Time on the processor, so that a busy machine does not blur the figures too much. */
  private double serverSeconds() {
    return figure("cpu", "used_cpu_user_main_thread:", "")
        + figure("cpu", "used_cpu_sys_main_thread:", "");
  }

  private String info(String section) {
    return RedisForTests.await(redis.raw().call(c -> c.info(section), text -> text));
  }

  private double figure(String section, String line, String before) {
    String info = info(section);
    int from = info.indexOf(before, info.indexOf(line) + line.length()) + before.length();
    int to = from;
    while (to < info.length() && "0123456789.".indexOf(info.charAt(to)) >= 0) {
      to++;
    }
    return Double.parseDouble(info.substring(from, to));
  }
}
