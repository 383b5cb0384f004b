package dev.tollgate.ledger;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves what Redis alone can prove, while traffic goes on: balances against their events, what is
 * held against the open holds, budgets against their buckets; then that the archive says the same
 * of every account and key. Changes nothing. It reads shard by shard, in pages and small scripts
 * one after the other, so that no client waits long behind it. Any thread may call it; it runs on
 * the event loop of its connection. One audit at a time.
 */
public final class Audit {
  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  /** Beyond its lease, for whoever ends abandoned holds to come round. */
  private static final long LEAK_GRACE_MILLIS = 60_000;

  /**
   * How far it is.
   *
   * @param isRunning whether one is under way
   */
  public record Progress(boolean isRunning, int shardsDone, int shards) {}

  private final LaneConnection redis;
  private final Shards allShards;
  private final List<Shard> shards;
  private final AuditedArchive archive;
  private final AuditSettings settings;
  private final LongSupplier clockOffsetMillis;
  private final Supplier<CompletionStage<String>> incarnation;
  private final LongSupplier nanoTime;
  private final AtomicBoolean isRunning = new AtomicBoolean();
  private final AtomicInteger shardsDone = new AtomicInteger();

  /**
   * @param archive what the ledger is compared with
   * @param incarnation names the data that Redis has, see {@link LedgerConnections#incarnation}
   */
  Audit(
      LaneConnection redis,
      Shards shards,
      AuditedArchive archive,
      AuditSettings settings,
      LongSupplier clockOffsetMillis,
      Supplier<CompletionStage<String>> incarnation,
      LongSupplier nanoTime) {
    this.redis = redis;
    this.allShards = shards;
    this.shards = shards.all();
    this.archive = archive;
    this.settings = settings;
    this.clockOffsetMillis = clockOffsetMillis;
    this.incarnation = incarnation;
    this.nanoTime = nanoTime;
  }

  /** From any thread, at no cost. */
  public Progress progress() {
    return new Progress(isRunning.get(), shardsDone.get(), shards.size());
  }

  /**
   * Audits everything, unless another audit has not ended. Fails as the ledger does.
   *
   * @param leaseMillis of holds: one whose lease ended that long ago and more is taken for leaked
   */
  public CompletionStage<AuditOutcome> run(long leaseMillis) {
    if (!isRunning.compareAndSet(false, true)) {
      return Stages.of(new AuditOutcome.UnderWay());
    }
    shardsDone.set(0);
    AuditFindings findings = new AuditFindings(settings, nanoTime);
    AuditComparison comparison = new AuditComparison(redis, allShards, settings, findings, archive);
    long leakedMillis = leaseMillis + LEAK_GRACE_MILLIS;
    return Stages.unwrapped(
        incarnation
            .get()
            .thenCompose(
                before ->
                    Stages.repeat(() -> nextShard(findings, comparison, leakedMillis))
                        .thenCompose(all -> comparison.lookForLost())
                        .thenCompose(all -> incarnation.get())
                        .thenApply(after -> outcome(findings, before.equals(after))))
            .whenComplete((outcome, failure) -> isRunning.set(false)));
  }

  private CompletionStage<Boolean> nextShard(
      AuditFindings findings, AuditComparison comparison, long leakedMillis) {
    Shard shard = shards.get(shardsDone.get());
    return new AuditShard(
            redis,
            shard,
            settings,
            findings,
            comparison,
            clockOffsetMillis.getAsLong(),
            leakedMillis)
        .run()
        .thenApply(done -> shardsDone.incrementAndGet() < shards.size() && !findings.isOver());
  }

  private AuditOutcome outcome(AuditFindings findings, boolean isSameRedis) {
    if (!isSameRedis) {
      return new AuditOutcome.RedisChanged();
    } else if (findings.isOutOfTime()) {
      return new AuditOutcome.OutOfTime(settings.auditMillisMax());
    }
    AuditReport report = findings.report();
    if (report.isClean()) {
      log.info("audit: {}", findings);
    } else {
      log.error("audit: {}", findings);
    }
    return new AuditOutcome.Done(report);
  }
}
