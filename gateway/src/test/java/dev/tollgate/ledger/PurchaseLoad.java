package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Purchases without end, by some clients at once from several accounts, through a journal, whatever
 * becomes of Redis. Each either succeeds or is refused as it should be while the ledger is away.
 */
final class PurchaseLoad implements AutoCloseable {
  private static final int ACCOUNTS = 12;
  private static final int CLIENTS = 4;
  private static final long CREDIT_NANO_USD = 1_000 * RedisForTests.USD;
  private static final long QUOTE_NANO_USD = 1_000_000;

  /** Room for a minute's load, and a quick look at whether Redis is the same. */
  private static final JournalSettings SETTINGS =
      new JournalSettings(
          2, 600_000, 1 << 20, 60_000, 256 << 20, 4_096, 100_000, 100_000, 64, 50, 30_000, false);

  private final RedisForTests redis;
  private final Journal journal;
  private final List<KeyRef> keys;
  private final Map<KeyRef, Long> charged = new ConcurrentHashMap<>();
  private final List<String> surprises = new CopyOnWriteArrayList<>();
  private final AtomicInteger settled = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicBoolean isEnding = new AtomicBoolean();
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
  private final List<Future<?>> running;

  private PurchaseLoad(RedisForTests redis, Path data, long seed) {
    this.redis = redis;
    this.journal =
        Journal.open(
            SETTINGS,
            data,
            redis.connections(),
            JournalForTests.TOMBSTONE_MILLIS,
            InstantSource.system());
    assertThat(journal.awaitStarted()).isTrue();
    this.keys = IntStream.range(0, ACCOUNTS).mapToObj(i -> redis.keyWith(CREDIT_NANO_USD)).toList();
    Random random = new Random(seed);
    this.running =
        IntStream.range(0, CLIENTS)
            .<Future<?>>mapToObj(
                i -> {
                  Ledger ledger =
                      journal.journaled(
                          redis.connections().ledger(i % 2),
                          redis.loops().get(i % 2),
                          EventRoom.ENDLESS);
                  Random own = new Random(random.nextLong());
                  return clients.submit(() -> buyOnAndOn(ledger, own));
                })
            .toList();
  }

  /**
   * @param redis with two lanes
   */
  static PurchaseLoad start(RedisForTests redis, Path data, long seed) {
    return new PurchaseLoad(redis, data, seed);
  }

  List<KeyRef> keys() {
    return keys;
  }

  int settled() {
    return settled.get();
  }

  int refused() {
    return refused.get();
  }

  /** Waits until that many more have been charged. */
  void awaitProgress(int purchases) {
    int now = settled();
    Eventually.until(purchases + " more purchases", () -> settled() >= now + purchases);
  }

  private void buyOnAndOn(Ledger ledger, Random random) {
    try {
      while (!isEnding.get()) {
        buy(ledger, random);
        TimeUnit.MICROSECONDS.sleep(500); // a load, not a flood
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError unexpected) {
      surprises.add(unexpected.toString());
    }
  }

  private void buy(Ledger ledger, Random random) {
    KeyRef key = keys.get(random.nextInt(keys.size()));
    RequestId request;
    synchronized (this) {
      request = redis.nextRequest();
    }
    HoldRequest hold = new HoldRequest(request, key, QUOTE_NANO_USD, 100, "llama", 60_000);
    HoldOutcome outcome;
    try {
      outcome = ledger.hold(hold).toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    } catch (CompletionException failure) {
      if (!(failure.getCause() instanceof LedgerUnavailableException)) {
        surprises.add(failure.toString());
      }
      unanswered.incrementAndGet();
      ignored(ledger.release(request, key, "test"));
      return;
    }
    switch (outcome) {
      case HoldOutcome.Held held -> {
        long cost = random.nextLong(QUOTE_NANO_USD * 6 / 5);
        charged.merge(key, cost, Long::sum);
        settled.incrementAndGet();
        ignored(ledger.settle(RedisForTests.settlement(request, key, cost, QUOTE_NANO_USD)));
      }
      case HoldOutcome.Refused(var refusal, var limits) -> {
        refused.incrementAndGet();
        if (!(refusal instanceof Refusal.LedgerUnavailable)) {
          surprises.add(refusal.toString());
        }
      }
    }
  }

  /** What fails is the journal's to repeat. */
  private static void ignored(CompletionStage<?> stage) {
    CompletableFuture<?> unused = stage.toCompletableFuture();
  }

  /** Ends the load and waits until every account has been charged what it bought, and no more. */
  void endAndProve() throws Exception {
    isEnding.set(true);
    for (Future<?> client : running) {
      client.get(60, TimeUnit.SECONDS);
    }
    assertThat(surprises).isEmpty();
    Eventually.until(
        "the journal is told",
        () ->
            redis.connections().isAvailable()
                && journal.state().depth() == 0
                && !journal.state().isReplaying());
    for (KeyRef key : keys) {
      long expected = CREDIT_NANO_USD - charged.getOrDefault(key, 0L);
      Eventually.until("the books of " + key + " are right", () -> isCharged(key, expected));
      assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
    }
  }

  /** Whether the balance is that, and so are all events together. */
  private boolean isCharged(KeyRef key, long expected) {
    try {
      long booked =
          redis.events(key.account()).stream()
              .filter(event -> event.containsKey("amount"))
              .mapToLong(event -> Long.parseLong(event.get("amount")))
              .sum();
      return redis.state(key.account()).balanceNanoUsd() == expected && booked == expected;
    } catch (LedgerUnavailableException notYet) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "%d bought, %d refused, %d unanswered".formatted(settled(), refused(), unanswered.get());
  }

  @Override
  public void close() {
    isEnding.set(true);
    clients.shutdownNow();
    journal.close();
  }
}
