package dev.tollgate.archive;

import dev.tollgate.ledger.EventStreams;
import dev.tollgate.ledger.StreamState;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the streams again and again, on a thread that no database holds up: trims what is
 * archived, takes over what a gateway that is gone has left, and knows which shards are full.
 * Confined to that thread, but for what says otherwise.
 */
final class StreamWatch {
  private static final Logger log = LoggerFactory.getLogger(StreamWatch.class);

  private final DrainSettings settings;
  private final EventStreams streams;
  private final String consumer;
  private final DrainProbe probe;
  private final BiConsumer<Integer, Integer> claimed;
  private final ScheduledExecutorService thread;
  private final AtomicReferenceArray<@Nullable Look> looks;
  private final boolean[] isLooking;
  private final OncePerMinute fullLog = new OncePerMinute();
  private final AtomicInteger claims = new AtomicInteger();
  private long claimedNanos = System.nanoTime();

  /** Replaced when it changes; null while no shard is full, which is all that a hold looks at. */
  private volatile @Nullable BitSet full;

  private record Look(StreamState state, long atNanos) {}

  /**
   * @param claimed told of each shard of which something was taken over, and how many events
   */
  StreamWatch(
      DrainSettings settings,
      EventStreams streams,
      String consumer,
      DrainProbe probe,
      ScheduledExecutorService thread,
      BiConsumer<Integer, Integer> claimed) {
    this.settings = settings;
    this.streams = streams;
    this.consumer = consumer;
    this.probe = probe;
    this.thread = thread;
    this.claimed = claimed;
    this.looks = new AtomicReferenceArray<>(streams.shards());
    this.isLooking = new boolean[streams.shards()];
  }

  void start() {
    var unused =
        thread.scheduleWithFixedDelay(
            this::watch, 0, settings.watchMillis(), TimeUnit.MILLISECONDS);
  }

  /** From any thread, at the cost of one read while nothing is full. */
  boolean isFull(int shard) {
    BitSet now = full;
    return now != null && now.get(shard);
  }

  private void watch() {
    try {
      for (int shard = 0; shard < streams.shards(); shard++) {
        if (!isLooking[shard]) {
          look(shard);
        }
      }
      long now = System.nanoTime();
      // Twice in that time: who died just after a look is not left alone for twice as long.
      long sinceNanos = now - claimedNanos;
      if (sinceNanos >= TimeUnit.MILLISECONDS.toNanos(settings.claimIdleMillis() / 2)
          && claims.get() == 0) {
        claimedNanos = now;
        claim();
      }
    } catch (RuntimeException unexpected) {
      log.error("watching the streams failed", unexpected);
    }
  }

  private void look(int shard) {
    isLooking[shard] = true;
    streams
        .trim(
            shard,
            settings.keptMillis(),
            settings.keptEventsMax(),
            settings.refusedFromEvents() / 2)
        .whenCompleteAsync(
            (state, away) -> {
              isLooking[shard] = false;
              if (away == null) {
                seen(shard, state);
              } else {
                log.debug("the stream of shard {} cannot be looked at", shard, away);
              }
            },
            thread);
  }

  private void seen(int shard, StreamState state) {
    looks.set(shard, new Look(state, System.nanoTime()));
    boolean isFull = state.length() >= settings.refusedFromEvents();
    if (isFull != isFull(shard)) {
      BitSet now = full;
      BitSet changed = now == null ? new BitSet() : (BitSet) now.clone();
      changed.set(shard, isFull);
      full = changed.isEmpty() ? null : changed;
    }
    if (isFull && fullLog.isDue()) {
      log.error(
          "shard {} has {} events that are not archived: nothing is admitted for its accounts",
          shard,
          state.waiting());
    }
    if (state.removed() > 0) {
      probe.at(DrainProbe.Step.TRIMMED, shard);
    }
  }

  private void claim() {
    for (int i = 0; i < streams.shards(); i++) {
      int shard = i;
      claims.incrementAndGet();
      streams
          .claim(shard, consumer, settings.claimIdleMillis(), settings.batchEventsMax())
          .whenComplete(
              (events, away) -> {
                claims.decrementAndGet();
                if (away != null) {
                  log.debug("nothing can be taken over in shard {}", shard, away);
                } else if (events > 0) {
                  claimed.accept(shard, events);
                }
              });
    }
  }

  /** How long the oldest event waits by now, over all shards. From any thread. */
  long lagMillis() {
    long now = System.nanoTime();
    return looks()
        .filter(look -> look.state.firstWaiting() != null)
        .mapToLong(
            look -> look.state.waitingMillis() + TimeUnit.NANOSECONDS.toMillis(now - look.atNanos))
        .max()
        .orElse(0);
  }

  /** From any thread. */
  long waiting() {
    return looks().mapToLong(look -> look.state.waiting()).sum();
  }

  /** From any thread. */
  long longestStream() {
    return looks().mapToLong(look -> look.state.length()).max().orElse(0);
  }

  /** From any thread. */
  int fullShards() {
    BitSet now = full;
    return now == null ? 0 : now.cardinality();
  }

  private Stream<Look> looks() {
    return IntStream.range(0, looks.length()).mapToObj(looks::get).filter(Objects::nonNull);
  }
}
