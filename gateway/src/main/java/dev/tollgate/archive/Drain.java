package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.EventRoom;
import dev.tollgate.ledger.EventStreams;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the events of all shards to the archive, each once, over any number of gateways. An event
 * is acknowledged in Redis only after the store has returned, and leaves its stream only after it
 * has been acknowledged; what a gateway leaves behind is done by another, or by itself at its next
 * start. It has threads of its own: as many that store as the store takes at a time, each for its
 * share of the shards, and one that watches the streams.
 */
public final class Drain implements CatchUp, EventRoom, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Drain.class);

  private final DrainSettings settings;
  private final EventStreams streams;
  private final BatchWriter writer;
  private final List<ShardProgress> shards;
  private final DrainHealth health = new DrainHealth();
  private final List<DrainLoop> loops;
  private final List<Thread> copying;
  private final ScheduledThreadPoolExecutor watching;
  private final StreamWatch watch;
  private final CatchUps catchUps;

  /**
   * @param consumer names this gateway, best the same at its next start. Should two have the same
   *     name, some batches are stored twice, which changes nothing
   */
  public Drain(DrainSettings settings, EventStreams streams, EventStore store, String consumer) {
    this(settings, streams, store, consumer, DrainProbe.NONE);
  }

  Drain(
      DrainSettings settings,
      EventStreams streams,
      EventStore store,
      String consumer,
      DrainProbe probe) {
    this.settings = settings;
    this.streams = streams;
    this.writer = new BatchWriter(store);
    this.shards = IntStream.range(0, streams.shards()).mapToObj(ShardProgress::new).toList();
    this.watching =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("archive-watch").daemon().factory());
    watching.setRemoveOnCancelPolicy(true);
    watching.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.catchUps = new CatchUps(settings, streams, watching, this::hurry);
    int threads = Math.min(store.writersMax(), shards.size());
    this.loops =
        IntStream.range(0, threads)
            .mapToObj(
                first ->
                    new DrainLoop(
                        settings,
                        streams,
                        writer,
                        consumer,
                        probe,
                        everyNth(shards, first, threads),
                        health,
                        catchUps::acknowledged))
            .toList();
    this.watch = new StreamWatch(settings, streams, consumer, probe, watching, this::claimed);
    this.copying =
        loops.stream()
            .map(loop -> Thread.ofPlatform().name("archive-drain").daemon().unstarted(loop))
            .toList();
  }

  private static List<ShardProgress> everyNth(List<ShardProgress> shards, int first, int n) {
    return shards.stream().filter(shard -> shard.number() % n == first).toList();
  }

  /** Begins. Does not wait for anything. */
  public void start() {
    watch.start();
    copying.forEach(Thread::start);
  }

  private void hurry(int shard) {
    loops.get(shard % loops.size()).hurry(shards.get(shard));
  }

  private void claimed(int shard, int events) {
    log.debug("{} events of shard {} are taken over", events, shard);
    shards.get(shard).recover();
  }

  @Override
  public CompletionStage<Boolean> upToNow(AccountId account) {
    return catchUps.upToNow(account);
  }

  @Override
  public boolean isFull(AccountId account) {
    return watch.fullShards() > 0 && watch.isFull(streams.shardOf(account));
  }

  /** How far it is. From any thread. */
  public DrainState state() {
    long waiting = watch.waiting();
    return new DrainState(
        watch.lagMillis(),
        waiting,
        watch.longestStream(),
        watch.fullShards(),
        shards.size(),
        shards.stream().mapToLong(ShardProgress::refused).sum(),
        health.isStoreAway() && waiting > 0);
  }

  /** Events that this gateway has stored, also those that were there already. From any thread. */
  public long stored() {
    return writer.stored();
  }

  /** Batches that the archive has not taken. From any thread. */
  public long failures() {
    return writer.failures();
  }

  /** For tests: nothing more is done, as if the process had been killed. */
  void abandon() {
    loops.forEach(DrainLoop::stop);
    var unused = watching.shutdownNow();
  }

  /**
   * Lets what has been read come to its end, within a bound; what is not stored then is read again
   * by whoever comes next.
   */
  @Override
  @Blocking
  public void close() {
    loops.forEach(DrainLoop::stop);
    try {
      if (!haveEnded(Duration.ofMillis(settings.stopMillisMax()))) {
        log.warn("the archive does not answer: its last batches are given up");
        copying.forEach(Thread::interrupt);
      }
      if (!watching.isShutdown()) {
        watching.execute(catchUps::close);
      }
      watching.shutdown();
      if (!watching.awaitTermination(1, TimeUnit.SECONDS)) {
        watching.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      copying.forEach(Thread::interrupt);
      watching.shutdownNow();
    }
  }

  /** Waits that long for all of them together; not for those that have not begun. */
  private boolean haveEnded(Duration bound) throws InterruptedException {
    long deadline = System.nanoTime() + bound.toNanos();
    for (Thread thread : copying) {
      if (thread.isAlive() && !thread.join(Duration.ofNanos(deadline - System.nanoTime()))) {
        return false;
      }
    }
    return true;
  }
}
