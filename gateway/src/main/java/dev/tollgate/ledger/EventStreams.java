package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import io.lettuce.core.Consumer;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAutoClaimArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The streams of events, for those who archive them: one consumer group of all gateways over each
 * shard. What a gateway has read is its own until it acknowledges it, or until another claims it.
 * The group is made when it is not there, also after Redis has been emptied; it then begins at the
 * first event that is left.
 *
 * <p>Any thread may call it; its stages complete on the event loop of its connection, and fail with
 * {@link LedgerUnavailableException}.
 */
public final class EventStreams {
  static final String GROUP = "archive";

  private final LaneConnection redis;
  private final Shards shards;
  private final EventFields.Maker fields = new EventFields.Maker();

  EventStreams(LaneConnection redis, Shards shards) {
    this.redis = redis;
    this.shards = shards;
  }

  /** Their number; they are counted from 0. */
  public int shards() {
    return shards.all().size();
  }

  public int shardOf(AccountId account) {
    return shards.numberOf(account);
  }

  /**
   * The next events that no gateway has read, in their order; does not wait for any.
   *
   * @param consumer the name of this gateway
   */
  public CompletionStage<List<LedgerEvent>> readNew(int shard, String consumer, int eventsMax) {
    return read(shard, consumer, StreamOffset.lastConsumed(shard(shard).events()), eventsMax);
  }

  /** What this gateway has read, or claimed, but not acknowledged, behind a place. */
  public CompletionStage<List<LedgerEvent>> readOwn(
      int shard, String consumer, StreamPlace after, int eventsMax) {
    return read(
        shard, consumer, StreamOffset.from(shard(shard).events(), after.toString()), eventsMax);
  }

  @SuppressWarnings("unchecked") // an array of one, which is only read
  private CompletionStage<List<LedgerEvent>> read(
      int shard, String consumer, StreamOffset<String> from, int eventsMax) {
    return joined(
        shard,
        () ->
            redis.call(
                shard(shard).events(),
                commands ->
                    commands.xreadgroup(
                        Consumer.from(GROUP, consumer), XReadArgs.Builder.count(eventsMax), from),
                this::events));
  }

  private List<LedgerEvent> events(List<StreamMessage<String, String>> messages) {
    return messages.stream().map(this::event).toList();
  }

  private LedgerEvent event(StreamMessage<String, String> message) {
    Map<String, String> body = message.getBody();
    return new LedgerEvent(
        StreamPlace.of(message.getId()), body == null ? Map.of() : fields.make(body));
  }

  /**
   * Makes its own what some gateway has read, but not acknowledged for that long: that one is gone,
   * or hangs.
   *
   * @param eventsMax how many at a time; the rest stays
   * @return how many those are; they may have been its own before
   */
  public CompletionStage<Integer> claim(
      int shard, String consumer, long idleMillis, int eventsMax) {
    XAutoClaimArgs<String> claim =
        new XAutoClaimArgs<String>()
            .consumer(Consumer.from(GROUP, consumer))
            .minIdleTime(idleMillis)
            .startId(StreamPlace.START.toString())
            .count(eventsMax)
            .justid();
    return joined(
        shard,
        () ->
            redis.call(
                shard(shard).events(),
                commands -> commands.xautoclaim(shard(shard).events(), claim),
                claimed -> claimed.getMessages().size()));
  }

  /**
   * They are archived, and are not read again.
   *
   * @return how many of them had not been acknowledged before
   */
  public CompletionStage<Long> acknowledge(int shard, List<StreamPlace> places) {
    if (places.isEmpty()) {
      return Stages.of(0L);
    }
    String[] arguments =
        Stream.concat(Stream.of(GROUP), places.stream().map(StreamPlace::toString))
            .toArray(String[]::new);
    return redis.run(
        Script.ARCHIVE_ACKNOWLEDGE,
        keys(shard),
        arguments,
        answer -> Long.valueOf(answer.getFirst()));
  }

  /** How far it is. Changes nothing. */
  public CompletionStage<StreamState> state(int shard) {
    return state(shard, -1, 0, 0);
  }

  /**
   * Removes archived events, but nothing that is not, and says how far it is then.
   *
   * @param keptMillis events that are younger stay
   * @param keptEventsMax unless more than that are archived
   * @param lengthMax or the stream has this many
   */
  public CompletionStage<StreamState> trim(
      int shard, long keptMillis, long keptEventsMax, long lengthMax) {
    return state(shard, Math.max(0, keptMillis), keptEventsMax, lengthMax);
  }

  private CompletionStage<StreamState> state(
      int shard, long keptMillis, long keptEventsMax, long lengthMax) {
    String[] arguments = {
      GROUP, Long.toString(keptMillis), Long.toString(keptEventsMax), Long.toString(lengthMax)
    };
    Supplier<CompletionStage<List<String>>> look =
        () -> redis.run(Script.ARCHIVE_STATE, keys(shard), arguments, answer -> answer);
    return look.get()
        .thenCompose(
            answer ->
                answer.isEmpty() ? join(shard).thenCompose(made -> look.get()) : Stages.of(answer))
        .thenApply(StreamState::of);
  }

  /** Once more when there was no group. */
  private <T> CompletionStage<T> joined(int shard, Supplier<CompletionStage<T>> act) {
    return Stages.unwrapped(
        act.get()
            .exceptionallyCompose(
                failure ->
                    isWithoutGroup(failure)
                        ? join(shard).thenCompose(made -> act.get())
                        : CompletableFuture.failedFuture(failure)));
  }

  private static boolean isWithoutGroup(Throwable failure) {
    return failure.getCause() instanceof RedisCommandExecutionException refused
        && refused.getMessage() != null
        && refused.getMessage().startsWith("NOGROUP");
  }

  private CompletionStage<Boolean> join(int shard) {
    return redis.run(
        Script.ARCHIVE_JOIN,
        keys(shard),
        new String[] {GROUP},
        answer -> answer.getFirst().equals("1"));
  }

  private String[] keys(int shard) {
    return new String[] {shard(shard).events(), shard(shard).archive()};
  }

  private Shard shard(int number) {
    return shards.all().get(number);
  }
}
