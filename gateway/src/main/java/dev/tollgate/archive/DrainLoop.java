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
 * The thread that copies: shard by shard it reads, stores, and acknowledges what has been stored.
 * While one batch is stored, the next shards are read. As long as some shard has a whole batch it
 * goes round without a rest, else once in a while, so that batches gather. A shard that somebody
 * waits for comes first.
 *
 * <p>When the database fails it rests, longer each time, and goes on with the next shard: what
 * cannot be stored for what is in it does not hold up the others.
 */
final class DrainLoop implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(DrainLoop.class);

  private static final long COMMAND_MILLIS_MAX = 60_000;
  private static final ShardProgress NOBODY = new ShardProgress(-1);

  /** A page that Redis has been asked for. */
  private record Read(
      ShardProgress shard, boolean isOwn, CompletionStage<List<LedgerEvent>> page) {}

  private final DrainSettings settings;
  private final EventStreams streams;
  private final BatchWriter writer;
  private final String consumer;
  private final DrainProbe probe;
  private final IntConsumer acknowledged;
  private final List<ShardProgress> shards;
  private final BlockingQueue<ShardProgress> hurried = new LinkedBlockingQueue<>();
  private final OncePerMinute storeLog = new OncePerMinute();
  private final OncePerMinute redisLog = new OncePerMinute();
  private final OncePerMinute refusedLog = new OncePerMinute();
  private int next;
  private int storeFailures;
  private long storedNanos = System.nanoTime();
  private volatile boolean isStoreAway;
  private volatile boolean isStopped;

  /**
   * @param acknowledged told of each shard of which something has just been acknowledged
   */
  DrainLoop(
      DrainSettings settings,
      EventStreams streams,
      BatchWriter writer,
      String consumer,
      DrainProbe probe,
      List<ShardProgress> shards,
      IntConsumer acknowledged) {
    this.settings = settings;
    this.streams = streams;
    this.writer = writer;
    this.consumer = consumer;
    this.probe = probe;
    this.shards = shards;
    this.acknowledged = acknowledged;
  }

  /** Somebody waits for what is in this shard. From any thread. */
  void hurry(int shard) {
    ShardProgress progress = shards.get(shard);
    if (progress.hurry()) {
      hurried.add(progress);
    }
  }

  /** Whether the database has failed last. From any thread. */
  boolean isStoreAway() {
    return isStoreAway;
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
    isStoreAway = true;
    storeFailures++;
    if (storeLog.isDue()) {
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
    Deque<Read> ahead = new ArrayDeque<>();
    try {
      for (int i = 0; i < shards.size() && !isStopped; i++) {
        ahead.add(begin(shards.get(next)));
        next = (next + 1) % shards.size();
        if (ahead.size() >= settings.readsAheadMax()) {
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
    }
  }

  private void serveHurried() throws InterruptedException {
    ShardProgress one = hurried.poll();
    if (one != null) {
      serve(one);
    }
  }

  private void serve(ShardProgress shard) throws InterruptedException {
    if (shard != NOBODY) {
      shard.hurried();
      boolean isBehind = finish(begin(shard));
      if (isBehind) {
        hurry(shard.number());
      }
    }
  }

  private Read begin(ShardProgress shard) {
    boolean isOwn = shard.isRecovering();
    return new Read(shard, isOwn, page(shard, isOwn));
  }

  private CompletionStage<List<LedgerEvent>> page(ShardProgress shard, boolean isOwn) {
    return isOwn
        ? streams.readOwn(shard.number(), consumer, shard.recoveredTo(), settings.pageEventsMax())
        : streams.readNew(shard.number(), consumer, settings.pageEventsMax());
  }

  /** Returns whether there is more to do at once. */
  private boolean finish(Read read) throws InterruptedException {
    ShardProgress shard = read.shard;
    List<LedgerEvent> events = new ArrayList<>();
    boolean isMore = false;
    try {
      isMore = gather(read, events);
    } catch (LedgerUnavailableException away) {
      redisFailed(shard, away);
    }
    if (events.isEmpty()) {
      return false;
    }
    probe.at(DrainProbe.Step.READ, shard.number());
    List<StreamPlace> settled = store(shard, events);
    probe.at(DrainProbe.Step.STORED, shard.number());
    acknowledge(shard, settled);
    return isMore;
  }

  /** Adds pages up to a batch. Returns whether the last page was full. */
  private boolean gather(Read read, List<LedgerEvent> events) throws InterruptedException {
    ShardProgress shard = read.shard;
    boolean isOwn = read.isOwn;
    List<LedgerEvent> page = await(read.page);
    while (true) {
      events.addAll(page);
      boolean isFull = page.size() >= settings.pageEventsMax();
      if (isOwn && isFull) {
        shard.recoveredTo(page.getLast().place());
      } else if (isOwn) {
        shard.recovered();
        isOwn = false;
        isFull = true;
      }
      if (!isFull || events.size() + settings.pageEventsMax() > settings.batchEventsMax()) {
        return isFull;
      }
      page = await(page(shard, isOwn));
    }
  }

  private void redisFailed(ShardProgress shard, LedgerUnavailableException away) {
    shard.startOver();
    if (redisLog.isDue()) {
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
      written = writer.write(shard.number(), batch, shard.suspicion(storedNanos));
    } catch (ArchiveException away) {
      shard.failed(System.nanoTime());
      throw away;
    }
    if (!written.stored().isEmpty()) {
      storedNanos = System.nanoTime();
      storeFailures = 0;
      isStoreAway = false;
    }
    shard.succeeded();
    return written;
  }

  /** They are not acknowledged: nothing that is not archived is ever thrown away. */
  private Set<Long> refused(ShardProgress shard, Written written) {
    List<ArchiveEvent> refused = written.refused();
    shard.refused(refused.size());
    if (!refused.isEmpty() && refusedLog.isDue()) {
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
