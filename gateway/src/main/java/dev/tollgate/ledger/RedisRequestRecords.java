package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.RequestId;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Reads holds, tombstones and their events, in one script. Holds no state; any thread may call it,
 * and its stages complete on the event loop of its connection.
 */
final class RedisRequestRecords implements RequestRecords {
  private final LaneConnection redis;
  private final Shards shards;

  RedisRequestRecords(LaneConnection redis, Shards shards) {
    this.redis = redis;
    this.shards = shards;
  }

  @Override
  public CompletionStage<Optional<RequestRecord>> find(AccountId account, RequestId request) {
    Shard shard = shards.of(account);
    return redis.run(
        Script.REQUEST,
        new String[] {shard.hold(request), shard.events()},
        RequestFields.wanted(account),
        answer -> RequestFields.find(request, answer));
  }
}
