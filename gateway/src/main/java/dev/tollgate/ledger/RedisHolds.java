package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import io.lettuce.core.KeyValue;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/**
 * Open holds, seen from outside: which of them nobody has renewed in time, and their end. Any
 * thread may call it; stages complete on the event loop of its connection, and fail as the ledger's
 * do.
 */
final class RedisHolds {
  /** For what cannot be found any more. No account and no key has these names. */
  private static final KeyRef NOBODY = new KeyRef(new AccountId(""), new KeyId(""));

  private final LaneConnection redis;
  private final Shards shards;
  private final String tombstoneMillis;
  private final LongSupplier clockOffsetMillis;

  RedisHolds(
      LaneConnection redis, Shards shards, long tombstoneMillis, LongSupplier clockOffsetMillis) {
    this.redis = redis;
    this.shards = shards;
    this.tombstoneMillis = Long.toString(tombstoneMillis);
    this.clockOffsetMillis = clockOffsetMillis;
  }

  List<Shard> shards() {
    return shards.all();
  }

  /** Requests of a shard whose lease has run out, the oldest first. */
  CompletionStage<List<RequestId>> due(Shard shard, int countMax) {
    return redis.run(
        Script.DUE,
        new String[] {shard.holds()},
        new String[] {clockOffset(), Integer.toString(countMax)},
        requests -> requests.stream().map(RequestId::new).toList());
  }

  /**
   * Ends a hold, if it is open and its lease has run out: charges its last checkpoint, or nothing.
   *
   * @return what was charged for it, in nano-USD; empty when it was not this call that ended it
   */
  CompletionStage<OptionalLong> reap(Shard shard, RequestId request) {
    String hold = shard.hold(request);
    CompletableFuture<KeyRef> owner =
        redis.call(commands -> commands.hmget(hold, "account", "key"), RedisHolds::owner);
    return Stages.unwrapped(owner.thenCompose(key -> reap(shard, request, key)));
  }

  private CompletionStage<OptionalLong> reap(Shard shard, RequestId request, KeyRef key) {
    String[] keys = shard.charged(key, request);
    String[] arguments = {
      clockOffset(), key.account().value(), key.key().value(), request.value(), tombstoneMillis
    };
    return redis.run(Script.REAP, keys, arguments, RedisHolds::charged);
  }

  private static OptionalLong charged(List<String> answer) {
    return answer.getFirst().equals("reaped")
        ? OptionalLong.of(Long.parseLong(answer.get(1)))
        : OptionalLong.empty();
  }

  private static KeyRef owner(List<KeyValue<String, String>> found) {
    return found.stream().allMatch(KeyValue::hasValue)
        ? new KeyRef(new AccountId(found.get(0).getValue()), new KeyId(found.get(1).getValue()))
        : NOBODY;
  }

  private String clockOffset() {
    return Long.toString(clockOffsetMillis.getAsLong());
  }
}
