package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Money;
import java.util.List;
import java.util.Map;

/**
 * What Redis has of an account, as it lies there, and what must hold of it once nothing is under
 * way.
 *
 * @param opens how many holds it counts as open
 * @param events of it, oldest first
 */
public record BooksForTests(
    long balanceNanoUsd, long heldNanoUsd, long opens, List<Map<String, String>> events) {

  public static BooksForTests of(RedisForTests redis, AccountId account) {
    String record = new Shards(64).of(account).account(account);
    Map<String, String> fields =
        RedisForTests.await(redis.raw().call(c -> c.hgetall(record), all -> all));
    return new BooksForTests(
        number(fields, "balance"),
        number(fields, "held"),
        number(fields, "opens"),
        redis.events(account));
  }

  private static long number(Map<String, String> fields, String field) {
    return Long.parseLong(fields.getOrDefault(field, "-1"));
  }

  /** How many holds lie open on the whole server, whoever's they are. */
  public static long openHolds(RedisForTests redis) {
    long open = 0;
    for (int shard = 0; shard < 64; shard++) {
      String holds = "tg:{s%02d}:holds".formatted(shard);
      open += RedisForTests.await(redis.raw().call(c -> c.zcard(holds), count -> count));
    }
    return open;
  }

  /** Nothing is open, no event came twice, and the events come to the balance. */
  public void assertConsistent() {
    assertThat(heldNanoUsd).as("held").isZero();
    assertThat(opens).as("open holds").isZero();
    assertThat(events.stream().map(event -> event.get("id"))).doesNotHaveDuplicates();
    assertThat(sumNanoUsd()).as("sum of all events").isEqualTo(balanceNanoUsd);
  }

  /** All the money that the events tell of, added up. */
  public long sumNanoUsd() {
    return events.stream()
        .filter(event -> event.containsKey("amount"))
        .mapToLong(event -> Long.parseLong(event.get("amount")))
        .reduce(0, Math::addExact);
  }

  /** Every USD budget of the key has used what was spent, and no budget holds anything. */
  public static void assertBudgets(RedisForTests redis, KeyRef key, long spentNanoUsd) {
    for (BudgetState state : redis.state(key).budgets()) {
      assertThat(state.held()).as("held of %s", state.budget().name()).isZero();
      if (state.budget().unit() == Budget.Unit.USD) {
        assertThat(state.used()).as("used of %s", state.budget().name()).isEqualTo(spentNanoUsd);
      }
    }
  }

  @Override
  public String toString() {
    return "balance $%s, held $%s, %d open, %d events that come to $%s"
        .formatted(
            Money.usd(balanceNanoUsd),
            Money.usd(heldNanoUsd),
            opens,
            events.size(),
            Money.usd(sumNanoUsd()));
  }
}
