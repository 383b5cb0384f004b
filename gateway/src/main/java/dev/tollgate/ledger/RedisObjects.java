package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.ObjectKind;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Kept objects in Redis. Holds no state; any thread may call it, and its stages complete on the
 * event loop of its connection.
 */
final class RedisObjects implements KeptObjects {
  private final LaneConnection redis;
  private final Shards shards;

  RedisObjects(LaneConnection redis, Shards shards) {
    this.redis = redis;
    this.shards = shards;
  }

  @Override
  public CompletionStage<Optional<KeptObject>> find(AccountId account, String id) {
    if (id.isEmpty() || id.length() > ID_CHARACTERS_MAX) {
      return Stages.of(Optional.empty());
    }
    String key = shards.of(account).object(account, id);
    return redis.call(
        key,
        commands -> commands.hgetall(key),
        fields -> ObjectFields.find(account, id, new StoredHash(fields)));
  }

  @Override
  public CompletionStage<List<KeptObject>> find(AccountId account, List<String> ids) {
    return Stages.unwrapped(
        Stages.all(ids.stream().map(id -> find(account, id)).toList())
            .thenApply(found -> found.stream().flatMap(Optional::stream).toList()));
  }

  @Override
  public CompletionStage<Long> count(AccountId account, ObjectKind kind) {
    String line = shards.of(account).objects(account, kind);
    return redis.call(line, commands -> commands.zcard(line), count -> count);
  }

  @Override
  public CompletionStage<Optional<Page>> list(
      AccountId account, ObjectKind kind, PageRequest request) {
    Shard shard = shards.of(account);
    String line = shard.objects(account, kind);
    String purposed = request.purpose().isEmpty() ? line : line + ":" + request.purpose();
    String after = request.after();
    return redis.run(
        Script.OBJECTS,
        after == null
            ? new String[] {purposed}
            : new String[] {purposed, shard.object(account, after)},
        new String[] {
          Integer.toString(request.countMax()), request.isNewestFirst() ? "1" : "0",
        },
        RedisObjects::page);
  }

  private static Optional<Page> page(List<String> answer) {
    return answer.getFirst().equals("page")
        ? Optional.of(new Page(answer.subList(2, answer.size()), answer.get(1).equals("1")))
        : Optional.empty();
  }
}
