package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** What is owed, in Redis. Holds no state. */
final class RedisOwed implements OwedObjects {
  private static final int FIELDS = 3;

  private final LaneConnection redis;
  private final Shards shards;
  private final LongSupplier clockOffsetMillis;

  RedisOwed(LaneConnection redis, Shards shards, LongSupplier clockOffsetMillis) {
    this.redis = redis;
    this.shards = shards;
    this.clockOffsetMillis = clockOffsetMillis;
  }

  @Override
  public int shards() {
    return shards.all().size();
  }

  @Override
  public CompletionStage<List<Owed>> claim(
      int shard, int countMax, long waitMillisMin, long waitMillisMax) {
    String[] arguments = {
      Long.toString(clockOffsetMillis.getAsLong()),
      Integer.toString(countMax),
      Long.toString(waitMillisMin),
      Long.toString(waitMillisMax)
    };
    return redis.run(
        Script.WATCH, new String[] {shards.all().get(shard).owed()}, arguments, RedisOwed::owed);
  }

  private static List<Owed> owed(List<String> answer) {
    List<Owed> owed = new ArrayList<>(answer.size() / FIELDS);
    for (int i = 0; i + FIELDS <= answer.size(); i += FIELDS) {
      owed.add(
          new Owed(
              new AccountId(answer.get(i)),
              answer.get(i + 1),
              Integer.parseInt(answer.get(i + 2))));
    }
    return owed;
  }

  @Override
  public CompletionStage<Missed> missed(KeptObject object, int missesMax) {
    return note(object, "1", missesMax);
  }

  @Override
  public CompletionStage<Missed> found(KeptObject object) {
    return note(object, "0", 0);
  }

  private CompletionStage<Missed> note(KeptObject object, String isMissed, int missesMax) {
    AccountId account = object.owner().account();
    Shard shard = shards.of(account);
    String[] keys = {
      shard.object(account, object.id()), shard.owed(), shard.hold(object.request())
    };
    String[] arguments = {
      Shard.owedMember(account, object.id()), isMissed, Integer.toString(missesMax)
    };
    return redis.run(Script.MISSED, keys, arguments, RedisOwed::missed);
  }

  private static Missed missed(List<String> answer) {
    if (!answer.getFirst().equals("vanished")) {
      return Missed.AGAIN;
    }
    return answer.get(1).equals("open") ? Missed.VANISHED_HELD : Missed.VANISHED;
  }
}
