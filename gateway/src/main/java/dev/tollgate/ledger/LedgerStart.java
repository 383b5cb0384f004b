package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at a Redis before anything is booked on it. Blocks: not for event loops. */
@Blocking
final class LedgerStart {
  private static final Logger log = LoggerFactory.getLogger(LedgerStart.class);

  private static final String META = "tg:meta";

  /** Of the keys and their fields; a change that older gateways would misread makes it another. */
  private static final String FORMAT = "1";

  private final LaneConnection redis;
  private final String shards;

  LedgerStart(LaneConnection redis, LedgerSettings settings) {
    this.redis = redis;
    this.shards = Integer.toString(settings.shards());
  }

  /**
   * @throws IllegalStateException when this ledger must not be used
   */
  void check() {
    checkServer(await(redis.call(commands -> commands.info(), Function.identity())));
    checkFixed("format", FORMAT, "It was written by another version of the gateway.");
    checkFixed("shards", shards, "The number of shards is fixed at the first start.");
  }

  private static void checkServer(String info) {
    Optional<RedisVersion> version = field(info, "redis_version").flatMap(RedisVersion::find);
    if (version.isPresent() && !version.get().isAtLeast(RedisVersion.OLDEST_SUPPORTED)) {
      throw new IllegalStateException(
          "Redis %s is too old: the ledger needs %s or later"
              .formatted(version.get(), RedisVersion.OLDEST_SUPPORTED));
    }
    field(info, "maxmemory_policy")
        .filter(policy -> !policy.equals("noeviction"))
        .ifPresent(
            policy ->
                log.warn(
                    "Redis may evict the ledger: its maxmemory-policy is {}, not noeviction",
                    policy));
  }

  private void checkFixed(String field, String wanted, String hint) {
    await(redis.call(commands -> commands.hsetnx(META, field, wanted), Function.identity()));
    List<String> found =
        await(
            redis.call(
                commands -> commands.hmget(META, field),
                values -> List.of(values.getFirst().getValueOrElse(""))));
    if (!found.getFirst().equals(wanted)) {
      throw new IllegalStateException(
          "the ledger on this Redis has %s %s, not %s. %s"
              .formatted(field, found.getFirst(), wanted, hint));
    }
  }

  /** What Redis says of itself under that name. */
  static Optional<String> field(String info, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + ":(\\S+)").matcher(info);
    return line.find() ? Optional.of(line.group(1)) : Optional.empty();
  }

  private static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof LedgerUnavailableException unavailable) {
        throw unavailable;
      }
      throw failure;
    }
  }
}
