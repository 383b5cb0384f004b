package dev.tollgate.archive;

import dev.tollgate.archive.BatchWriter.Written;
import dev.tollgate.ledger.EventStreams;
import dev.tollgate.ledger.LedgerEvent;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.StreamPlace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that copies: shard by shard it reads, stores, and acknowledges what has been stored.
 * While one batch is stored, the next shards are read. As long as some shard has a whole batch it
 * goes round without a rest, else once in a while, so that batches gather. A shard that is far
 * behind has some batches stored in a row. One that somebody waits for comes first.
 *
 * <p>It has shards of its own, and the batches of each are stored in the order in which they were
 * read. When the database fails it rests, longer each time, and goes on with the next shard: what
 * cannot be stored for what is in it does not hold up the others.
 */
final class DrainLoop implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(DrainLoop.class);

  private static final long COMMAND_MILLIS_MAX = 60_000;
  private static final int BATCHES_IN_A_ROW = 4;
  private static final ShardProgress NOBODY = new ShardProgress(-1);

  private final DrainSettings settings;
  private final DrainReader reader;
  private final EventStreams streams;
  private final BatchWriter writer;
  private final DrainProbe probe;
  private final IntConsumer acknowledged;
  private final List<ShardProgress> shards;
  private final DrainHealth health;
  private final BlockingQueue<ShardProgress> hurried = new LinkedBlockingQueue<>();

  /** What Redis has been asked for, at most one batch of each shard. */
  private final Deque<Read> ahead = new ArrayDeque<>();

  private int next;
  private int storeFailures;
  private long failedNanos = System.nanoTime();
  private volatile boolean isStopped;

  /**
   * A batch that Redis has been asked for.
   *
   * @param turn which in a row it is
   */
  private record Read(ShardProgress shard, int turn, CompletionStage<DrainReader.Batch> batch) {}

  /**
   * @param shards its own
   * @param acknowledged told of each shard of which something has just been acknowledged
   */
  DrainLoop(
      DrainSettings settings,
      EventStreams streams,
      BatchWriter writer,
      String consumer,
      DrainProbe probe,
      List<ShardProgress> shards,
      DrainHealth health,
      IntConsumer acknowledged) {
    this.settings = settings;
    this.reader = new DrainReader(settings, streams, consumer);
    this.streams = streams;
    this.writer = writer;
    this.probe = probe;
    this.shards = shards;
    this.health = health;
    this.acknowledged = acknowledged;
  }

  /** Somebody waits for what is in this shard, which is one of its own. From any thread. */
  void hurry(ShardProgress shard) {
    if (shard.hurry()) {
      hurried.add(shard);
    }
  }

  /** It ends after what has been read. From any thread. */
  void stop() {
    isStopped = true;
    hurried.add(NOBODY);
  }

  @Override
  public void run() {
    while (!isStopped) {
      long begunNanos = System.nanoTime();
      try {
        if (!pass()) {
          rest(begunNanos + TimeUnit.MILLISECONDS.toNanos(settings.pollMillis()));
        }
      } catch (ArchiveException away) {
        storeFailed(away);
      } catch (InterruptedException stopped) {
        return;
      } catch (Throwable unexpected) {
        unexpected(unexpected);
      }
    }
  }

  private void storeFailed(ArchiveException away) {
    health.failed();
    storeFailures = health.storedNanos() - failedNanos > 0 ? 1 : storeFailures + 1;
    failedNanos = System.nanoTime();
    if (health.storeLog.isDue()) {
      String message = "the archive takes nothing now; events wait in their streams: {}";
      if (away instanceof ArchiveAwayException) {
        log.warn(message, away.getMessage());
      } else {
        log.warn(message, away.getMessage(), away);
      }
    }
    pause(settings.retryMillis(storeFailures));
  }

  private void unexpected(Throwable failure) {
    shards.forEach(ShardProgress::startOver);
    if (!isStopped) {
      log.error("the drain failed, and begins anew", failure);
      pause(settings.storeRetryMillisMax());
    }
  }

  /** Serves nobody meanwhile. */
  private void pause(long millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    try {
      while (!isStopped && System.nanoTime() - until < 0) {
        TimeUnit.MILLISECONDS.sleep(Math.min(millis, 20));
      }
    } catch (InterruptedException stopped) {
      isStopped = true;
    }
  }

  /** Serves those whom somebody waits for. */
  private void rest(long untilNanos) throws InterruptedException {
    while (!isStopped) {
      ShardProgress one = hurried.poll(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (one == null) {
        return;
      }
      serve(one);
    }
  }

  /**
   * All shards once, beginning behind the one where the last pass ended.
   *
   * @return whether there is more to do at once
   */
  private boolean pass() throws InterruptedException {
    boolean isBehind = false;
    try {
      for (int i = 0; i < shards.size() && !isStopped; i++) {
        ahead.add(begin(shards.get(next), 1));
        next = (next + 1) % shards.size();
        while (ahead.size() >= settings.readsAheadMax()) {
          isBehind |= finish(ahead.remove());
          serveHurried();
        }
      }
      // Even when it has been stopped: what has been read would otherwise wait to be claimed.
      while (!ahead.isEmpty()) {
        isBehind |= finish(ahead.remove());
      }
      return isBehind;
    } finally {
      // What these have read, or are about to, is read again.
      ahead.forEach(read -> read.shard.startOver());
      ahead.clear();
    }
  }

  private void serveHurried() throws InterruptedException {
    ShardProgress one = hurried.poll();
    if (one != null) {
      serve(one);
    }
  }

  private void serve(ShardProgress shard) throws InterruptedException {
    if (shard == NOBODY) {
      return;
    }
    shard.hurried();
    for (Read read : List.copyOf(ahead)) {
      // What has been read of it before comes before what is read now.
      if (read.shard == shard && ahead.remove(read)) {
        finish(new Read(shard, BATCHES_IN_A_ROW, read.batch));
      }
    }
    boolean isBehind = finish(begin(shard, BATCHES_IN_A_ROW));
    if (isBehind) {
      hurry(shard);
    }
  }

  private Read begin(ShardProgress shard, int turn) {
    return new Read(
        shard,
        turn,
        shard.isRecovering()
            ? reader.readOwn(shard.number(), shard.recoveredTo())
            : reader.readNew(shard.number()));
  }

  /** Returns whether there is more to do at once. */
  private boolean finish(Read read) throws InterruptedException {
    ShardProgress shard = read.shard;
    DrainReader.Batch batch = gathered(read);
    boolean isNext = batch.isMore() && read.turn < BATCHES_IN_A_ROW && !isStopped;
    if (isNext && !shard.isToRecover()) {
      // Read while this one is stored. What is read again would be this one.
      ahead.add(begin(shard, read.turn + 1));
    }
    if (batch.events().isEmpty()) {
      return batch.isMore();
    }
    probe.at(DrainProbe.Step.READ, shard.number());
    List<StreamPlace> settled = store(shard, batch.events());
    probe.at(DrainProbe.Step.STORED, shard.number());
    acknowledge(shard, settled);
    return batch.isMore();
  }

  private DrainReader.Batch gathered(Read read) throws InterruptedException {
    DrainReader.Batch batch;
    try {
      batch = await(read.batch);
    } catch (LedgerUnavailableException away) {
      redisFailed(read.shard, away);
      return DrainReader.Batch.NOTHING;
    }
    if (batch.recoveredTo() != null) {
      read.shard.recoveredTo(batch.recoveredTo());
    }
    if (batch.isRecovered()) {
      read.shard.recovered();
    }
    if (batch.away() != null) {
      redisFailed(read.shard, batch.away());
    }
    return batch;
  }

  private void redisFailed(ShardProgress shard, LedgerUnavailableException away) {
    shard.startOver();
    if (health.redisLog.isDue()) {
      log.warn("Redis is away: its events are archived later", away);
    }
  }

  /** Returns the places of those that are in the archive, and of those that are nowhere. */
  private List<StreamPlace> store(ShardProgress shard, List<LedgerEvent> events) {
    List<ArchiveEvent> batch = new ArrayList<>();
    for (LedgerEvent event : events) {
      if (event.fields().isEmpty()) {
        log.error("event {} of shard {} was removed unread", event.place(), shard.number());
      } else {
        batch.add(new ArchiveEvent(shard.number(), event.place().position(), event.fields()));
      }
    }
    Set<Long> refused = batch.isEmpty() ? Set.of() : refused(shard, write(shard, batch));
    return events.stream()
        .map(LedgerEvent::place)
        .filter(place -> !refused.contains(place.position()))
        .toList();
  }

  private Written write(ShardProgress shard, List<ArchiveEvent> batch) {
    Written written;
    try {
      written = writer.write(shard.number(), batch, shard.suspicion(health.storedNanos()));
    } catch (ArchiveException away) {
      shard.failed(System.nanoTime());
      throw away;
    }
    if (!written.stored().isEmpty()) {
      health.stored();
    }
    shard.succeeded();
    return written;
  }

  /** They are not acknowledged: nothing that is not archived is ever thrown away. */
  private Set<Long> refused(ShardProgress shard, Written written) {
    List<ArchiveEvent> refused = written.refused();
    shard.refused(refused.size());
    if (!refused.isEmpty() && health.refusedLog.isDue()) {
      log.error(
          "the archive refuses {} events of shard {}, which stay in its stream: the last is {}",
          refused.size(),
          shard.number(),
          refused.getLast().id(),
          written.why());
    }
    return refused.stream().map(ArchiveEvent::position).collect(Collectors.toSet());
  }

  private void acknowledge(ShardProgress shard, List<StreamPlace> places)
      throws InterruptedException {
    try {
      long unused = await(streams.acknowledge(shard.number(), places));
    } catch (LedgerUnavailableException away) {
      redisFailed(shard, away);
      return;
    }
    probe.at(DrainProbe.Step.ACKNOWLEDGED, shard.number());
    acknowledged.accept(shard.number());
  }

  private static <T> T await(CompletionStage<T> stage) throws InterruptedException {
    try {
      return stage.toCompletableFuture().get(COMMAND_MILLIS_MAX, TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      @Nullable Throwable cause = failure.getCause();
      throw cause instanceof LedgerUnavailableException away
          ? away
          : new LedgerUnavailableException("Redis answered what is not understood", failure);
    } catch (TimeoutException silent) {
      throw new LedgerUnavailableException("Redis was not heard of", silent);
    }
  }
}
