package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.HeldRun.Charged;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Runs in Redis. Holds no state. The id of a run is that of the request which pays for it. */
final class RedisRuns implements HeldRuns {
  private final LaneConnection redis;
  private final Shards shards;

  RedisRuns(LaneConnection redis, Shards shards) {
    this.redis = redis;
    this.shards = shards;
  }

  @Override
  public CompletionStage<Optional<HeldRun>> find(AccountId account, String id, int part) {
    if (id.isEmpty() || id.length() > KeptObjects.ID_CHARACTERS_MAX) {
      return Stages.of(Optional.empty());
    }
    Shard shard = shards.of(account);
    return redis.run(
        Script.RUN,
        new String[] {shard.object(account, id), shard.hold(new RequestId(id))},
        new String[] {Integer.toString(part)},
        answer -> found(account, id, StoredHash.of(answer)));
  }

  private static Optional<HeldRun> found(AccountId account, String id, StoredHash fields) {
    if (fields.isMissing()) {
      return Optional.empty();
    }
    HeldRun.State state = state(fields);
    boolean isHeld = state == HeldRun.State.HELD;
    return Optional.of(
        new HeldRun(
            new KeyRef(account, new KeyId(fields.text("key"))),
            id,
            new RequestId(fields.text("request")),
            ObjectFields.facts(fields.text("facts")),
            fields.number("created_at"),
            state,
            isHeld ? fields.number("hold_amount") : 0,
            isHeld ? fields.number("hold_deadline") : 0,
            Math.toIntExact(fields.number("parts")),
            fields.number("parts_charged"),
            state == HeldRun.State.SETTLED ? end(fields) : null,
            part(fields.text("part"))));
  }

  private static HeldRun.State state(StoredHash fields) {
    return switch (fields.text("state")) {
      case "settled" -> HeldRun.State.SETTLED;
      case "released" -> HeldRun.State.RELEASED;
      default ->
          fields.text("hold_state").equals("open") ? HeldRun.State.HELD : HeldRun.State.EXPIRED;
    };
  }

  private static Charged end(StoredHash fields) {
    return new Charged(
        fields.number("charged"),
        fields.number("adjusted"),
        fields.number("balance"),
        fields.number("settled_tokens"));
  }

  /** Charged, adjusted, balance and tokens. */
  private static @Nullable Charged part(String text) {
    if (text.isEmpty()) {
      return null;
    }
    List<String> numbers = List.of(text.split(" ", -1));
    return new Charged(
        Long.parseLong(numbers.get(0)),
        Long.parseLong(numbers.get(1)),
        Long.parseLong(numbers.get(2)),
        Long.parseLong(numbers.get(3)));
  }
}
