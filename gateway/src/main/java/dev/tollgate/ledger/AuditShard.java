package dev.tollgate.ledger;

import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The audit of one shard: its holds, its accounts, then its events, for each account up to where
 * they went when it was looked at. In memory there is something of each account and of each hold of
 * the shard, never of its events but a hash. Confined to one event loop.
 */
final class AuditShard {
  private final LaneConnection redis;
  private final Shard shard;
  private final AuditSettings settings;
  private final AuditFindings findings;
  private final AuditHolds holds;
  private final AuditChains chains;
  private final AuditAccounts accounts;
  private String end = StreamPlace.START.toString();

  AuditShard(
      LaneConnection redis,
      Shard shard,
      AuditSettings settings,
      AuditFindings findings,
      AuditComparison comparison,
      long clockOffsetMillis,
      long leakedMillis) {
    this.redis = redis;
    this.shard = shard;
    this.settings = settings;
    this.findings = findings;
    this.holds = new AuditHolds(redis, shard, settings, findings, clockOffsetMillis, leakedMillis);
    this.chains = new AuditChains(settings);
    this.accounts = new AuditAccounts(redis, shard, settings, findings, holds, chains, comparison);
  }

  /** Fails as the ledger does. */
  CompletionStage<Boolean> run() {
    return holds
        .sweep()
        .thenCompose(swept -> accounts.lookAtAll())
        .thenCompose(looked -> findEnd())
        .thenCompose(found -> readEvents(this::read))
        .thenCompose(read -> findings.isOver() ? Stages.of(false) : confirm());
  }

  private CompletionStage<Boolean> confirm() {
    chains.close();
    return confirmChains()
        .thenCompose(confirmed -> confirmRepeated())
        .thenCompose(confirmed -> accounts.lookForStrangers());
  }

  /** The newest event there is: all that the accounts have seen lies before it. */
  private CompletionStage<Boolean> findEnd() {
    return redis.call(
        commands -> commands.xrevrange(shard.events(), Range.unbounded(), Limit.from(1)),
        newest -> {
          end = newest.isEmpty() ? end : newest.getFirst().getId();
          return true;
        });
  }

  /** Up to that, in pages. */
  private CompletionStage<Boolean> readEvents(Consumer<StreamMessage<String, String>> reader) {
    int count = settings.eventsPerPage();
    Range.Boundary<String> last = Range.Boundary.including(end);
    Rest rest = new Rest(Range.Boundary.unbounded());
    return Stages.repeat(
        () -> {
          if (findings.isOver()) {
            return Stages.of(false);
          }
          Range<String> range = Range.from(rest.from, last);
          return redis.call(
              commands -> commands.xrange(shard.events(), range, Limit.from(count)),
              page -> {
                page.forEach(reader);
                rest.after(page);
                return page.size() == count;
              });
        });
  }

  private void read(StreamMessage<String, String> event) {
    findings.countEvents(1);
    chains.read(event.getId(), event.getBody());
  }

  private static final class Rest {
    private Range.Boundary<String> from;

    Rest(Range.Boundary<String> from) {
      this.from = from;
    }

    void after(List<StreamMessage<String, String>> page) {
      if (!page.isEmpty()) {
        from = Range.Boundary.excluding(page.getLast().getId());
      }
    }
  }

  private CompletionStage<Boolean> confirmChains() {
    if (!chains.hasSuspicions()) {
      return Stages.of(true);
    }
    return redis.call(
        commands -> commands.xrange(shard.events(), Range.unbounded(), Limit.from(1)),
        first -> {
          if (!first.isEmpty()) {
            StreamPlace head = StreamPlace.of(first.getFirst().getId());
            chains.confirmed(head).forEach(findings::add);
          }
          return true;
        });
  }

  /** Reads the events once more, to tell a repeated one from another with the same hash. */
  private CompletionStage<Boolean> confirmRepeated() {
    if (chains.repeated().isEmpty()) {
      return Stages.of(true);
    }
    Map<String, AuditDifference> counts = new TreeMap<>();
    return readEvents(
            event -> AuditChains.countRepeated(counts, chains.repeated(), event.getBody()))
        .thenApply(
            read -> {
              counts.values().stream()
                  .filter(count -> count.actual() != null && count.actual() > 1)
                  .forEach(findings::add);
              return true;
            });
  }
}
