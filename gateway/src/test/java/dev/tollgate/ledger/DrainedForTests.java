package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import io.lettuce.core.Consumer;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;

/** How far a shard is archived, as it lies in Redis. */
public final class DrainedForTests {
  private DrainedForTests() {}

  /**
   * Whether a gateway has been given events of the account's shard that it has not acknowledged.
   */
  public static boolean isPending(RedisForTests redis, AccountId account, String consumer) {
    String stream = new Shards(64).of(account).events();
    return !RedisForTests.await(
            redis
                .raw()
                .call(
                    c ->
                        c.xpending(
                            stream,
                            Consumer.from(EventStreams.GROUP, consumer),
                            Range.unbounded(),
                            Limit.from(1)),
                    all -> all))
        .isEmpty();
  }

  /** How many archived events of the account's shard have left their stream. */
  public static long removed(RedisForTests redis, AccountId account) {
    String counts = new Shards(64).of(account).archive();
    String removed = RedisForTests.await(redis.raw().call(c -> c.hget(counts, "removed"), n -> n));
    return removed == null ? 0 : Long.parseLong(removed);
  }
}
