package dev.tollgate.ledger;

import dev.tollgate.domain.Blocking;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every primary of a Redis before anything is booked on it, and when it is another one.
 */
final class LedgerStart {
  private static final Logger log = LoggerFactory.getLogger(LedgerStart.class);

  private static final String META = "tg:meta";

  /** Of the keys and their fields; a change that older gateways would misread makes it another. */
  private static final String FORMAT = "1";

  private final LaneConnection redis;
  private final LedgerSettings settings;

  LedgerStart(LaneConnection redis, LedgerSettings settings) {
    this.redis = redis;
    this.settings = settings;
  }

  /**
   * Blocks: not for event loops.
   *
   * @throws LedgerUnavailableException when one of the servers is a replica, or does not answer
   * @throws IllegalStateException when this ledger must not be used
   */
  @Blocking
  void check() {
    List<ServerCheck> checks = await(checks().toCompletableFuture());
    warn(checks);
    List<String> faults = faults(checks);
    if (!faults.isEmpty()) {
      throw new IllegalStateException(String.join("; ", faults));
    }
    checkFixed("format", FORMAT, "It was written by another version of the gateway.");
    checkFixed(
        "shards",
        Integer.toString(settings.shards()),
        "The number of shards is fixed at the first start.");
  }

  /**
   * The ledger's events go to one archive. Blocks: not for event loops.
   *
   * @param id of that archive
   * @param name of its database, for the message
   * @throws IllegalStateException when they go to another one
   */
  @Blocking
  void checkArchive(String id, String name) {
    checkFixed(
        "archive",
        id,
        "Its events go to another archive than %s, and all gateways of a Redis must share one. To "
                .formatted(name)
            + "begin another on purpose, stop them all and remove the field archive of "
            + META
            + ".");
  }

  /** There may be other servers by now: logs what is wrong with them. From any thread. */
  void checkAgain() {
    var unused =
        checks()
            .thenAccept(
                checks -> {
                  warn(checks);
                  faults(checks)
                      .forEach(fault -> log.error("Redis is not as it must be: {}", fault));
                });
  }

  private CompletionStage<List<ServerCheck>> checks() {
    return Stages.all(redis.nodes().stream().map(this::check).toList());
  }

  private CompletionStage<ServerCheck> check(RedisNode node) {
    CompletionStage<String> appendFsync =
        redis
            .call(
                node,
                commands -> commands.configGet("appendfsync"),
                found -> found.getOrDefault("appendfsync", ""))
            .exceptionally(notAllowed -> "");
    return redis
        .call(node, commands -> commands.info(), Function.identity())
        .thenCombine(
            appendFsync,
            (info, fsync) -> {
              if (isReplica(info)) {
                throw new LedgerUnavailableException("%s is a replica".formatted(node));
              }
              return ServerCheck.of(node.name(), info, fsync, settings.allow());
            });
  }

  private static void warn(List<ServerCheck> checks) {
    for (ServerCheck check : checks) {
      check.warnings().forEach(warning -> log.warn("Redis {}", warning));
    }
  }

  private static List<String> faults(List<ServerCheck> checks) {
    return checks.stream().flatMap(check -> check.faults().stream()).toList();
  }

  /** By what INFO says. */
  static boolean isReplica(String info) {
    return ServerCheck.field(info, "role").filter("slave"::equals).isPresent();
  }

  private void checkFixed(String field, String wanted, String hint) {
    await(redis.call(META, commands -> commands.hsetnx(META, field, wanted), Function.identity()));
    List<String> found =
        await(
            redis.call(
                META,
                commands -> commands.hmget(META, field),
                values -> List.of(values.getFirst().getValueOrElse(""))));
    if (!found.getFirst().equals(wanted)) {
      throw new IllegalStateException(
          "the ledger on this Redis has %s %s, not %s. %s"
              .formatted(field, found.getFirst(), wanted, hint));
    }
  }

  @Blocking
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
