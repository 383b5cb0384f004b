package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Accounts.AccountState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random acts on the real scripts, beside a model of them; and many at once, beside their sums. */
@Tag(RedisForTests.ON_THE_SHARED)
class LedgerWorkloadTest {
  /** It reads what all tests of this JVM have booked. */
  private static final int AUDIT_MILLIS_MAX = 600_000;

  private static final int OPERATIONS = Integer.getInteger("tollgate.workload.operations", 100_000);
  private static final int CLIENTS = 4;
  private static final int LANES = 4;
  private static final int ACTS_PER_CLIENT = 400;
  private static final long WINDOW_NANO_USD = 5_000_000;

  private static final long LEASE_MILLIS = Duration.ofDays(36_500).toMillis();

  private static final Set<String> audited = ConcurrentHashMap.newKeySet();

  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open(LANES);
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  private static Random random(String what) {
    long seed = Long.getLong("tollgate.test.seed", new Random().nextLong());
    System.out.println("LedgerWorkloadTest " + what + ": -Dtollgate.test.seed=" + seed);
    return new Random(seed);
  }

  @Test
  void acts_ofAnyKind_doWhatTheModelSays() throws Exception {
    Random random = random("beside the model");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        long seed = random.nextLong();
        clients.add(
            threads.submit(
                () -> {
                  try (RedisForTests own = RedisForTests.open()) {
                    ModelledClient client = new ModelledClient(own, new Random(seed));
                    audited.add(client.account().value());
                    client.run(OPERATIONS / CLIENTS);
                    assertReplays(client.account(), client.settlements());
                  }
                }));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    }
    assertAuditIsClean();
  }

  /** Of all accounts of this class: other tests of this JVM leave behind what they like. */
  private static void assertAuditIsClean() {
    AuditSettings settings =
        new AuditSettings(AUDIT_MILLIS_MAX, 100_000, 64, 256, 200, 1_000_000, 1_000, 4_000_000);
    // Their clocks ran far ahead of this one, or stood still: no lease says anything.
    AuditOutcome outcome =
        redis
            .connections()
            .audit(0, AuditedArchive.NONE, settings)
            .run(LEASE_MILLIS)
            .toCompletableFuture()
            .orTimeout(AUDIT_MILLIS_MAX, TimeUnit.MILLISECONDS)
            .join();
    assertThat(((AuditOutcome.Done) outcome).report().differences())
        .filteredOn(difference -> audited.contains(difference.account()))
        .isEmpty();
  }

  /** The events, added up, are the balance; each says the balance right; none is there twice. */
  private static void assertReplays(AccountId account, int settlements) {
    long balance = 0;
    int settled = 0;
    List<String> ids = new ArrayList<>();
    for (Map<String, String> event : redis.events(account)) {
      ids.add(event.get("id"));
      String amount = event.get("amount");
      if (amount != null) {
        balance += Long.parseLong(amount);
        assertThat(event).containsEntry("balance_after", Long.toString(balance));
        settled += "settle".equals(event.get("act")) ? 1 : 0;
      }
    }
    assertThat(balance).isEqualTo(redis.state(account).balanceNanoUsd());
    assertThat(ids).doesNotHaveDuplicates();
    assertThat(settled).isEqualTo(settlements);
  }

  @Test
  void acts_ofManyAtOnce_neverExceedWhatThereIs() throws Exception {
    Random random = random("at once");
    long credited = 40_000_000;
    AccountId account = redis.account(credited, 1_000_000, 5_000_000);
    KeyRef free = redis.key(account);
    KeyRef limited =
        redis.key(
            account,
            RedisForTests.quota(15_000_000),
            RedisForTests.concurrency(3),
            RedisForTests.budget("1h", Budget.Unit.USD, "rolling:1h", WINDOW_NANO_USD));
    LongAdder charged = new LongAdder();
    LongAdder chargedToLimited = new LongAdder();
    LongAdder settlements = new LongAdder();
    AtomicBoolean isDone = new AtomicBoolean();

    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> clients = new ArrayList<>();
      for (int client = 0; client < 3 * LANES; client++) {
        KeyRef key = client % 2 == 0 ? free : limited;
        Client one = new Client(client, key, new Random(random.nextLong()));
        clients.add(
            threads.submit(
                () -> {
                  one.run();
                  charged.add(one.charged);
                  chargedToLimited.add(key.equals(limited) ? one.charged : 0);
                  settlements.add(one.settlements);
                }));
      }
      Future<?> watcher = threads.submit(() -> watch(account, limited, isDone));
      for (Future<?> client : clients) {
        client.get();
      }
      isDone.set(true);
      watcher.get();
    }

    AccountState state = redis.state(account);
    assertThat(state.balanceNanoUsd()).isEqualTo(credited - charged.sum());
    assertThat(state.heldNanoUsd()).isZero();
    for (String budget : List.of("quota", "1h")) {
      assertThat(redis.used(limited, budget)).isEqualTo(chargedToLimited.sum());
      assertThat(redis.held(limited, budget)).isZero();
    }
    assertThat(redis.held(limited, "concurrency")).isZero();
    assertReplays(account, settlements.intValue());
    audited.add(account.value());
    assertAuditIsClean();
  }

  private static void watch(AccountId account, KeyRef limited, AtomicBoolean isDone) {
    while (!isDone.get()) {
      assertThat(redis.state(account).availableNanoUsd()).isNotNegative();
      for (BudgetState state : redis.state(limited).budgets()) {
        assertThat(state.used() + state.held()).isBetween(0L, state.budget().limit());
      }
    }
  }

  /** One client: holds, then settles or releases, often more than once and from two lanes. */
  private static final class Client {
    private final int number;
    private final int lane;
    private final KeyRef key;
    private final Random random;
    private long charged;
    private int settlements;

    Client(int number, KeyRef key, Random random) {
      this.number = number;
      this.lane = number % LANES;
      this.key = key;
      this.random = random;
    }

    void run() {
      for (int i = 0; i < ACTS_PER_CLIENT; i++) {
        RequestId request = new RequestId("req_" + key.key().value() + "_" + number + "_" + i);
        HoldRequest hold =
            new HoldRequest(request, key, random.nextInt(100_000), 1, "llama", 60_000);
        if (await(redis.connections().ledger(lane).hold(hold)) instanceof HoldOutcome.Held held) {
          end(request, held.heldNanoUsd());
        }
      }
    }

    private void end(RequestId request, long held) {
      long cost = held == 0 ? 0 : random.nextLong(held + 1) / 8;
      List<CompletableFuture<SettleOutcome>> ends = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(2); i++) {
        Ledger ledger = redis.connections().ledger((lane + i) % LANES);
        ends.add(
            (random.nextInt(5) == 0
                    ? ledger.release(request, key, "test")
                    : ledger.settle(RedisForTests.settlement(request, key, cost, held)))
                .toCompletableFuture());
      }
      List<SettleOutcome.Settled> first = new ArrayList<>();
      for (CompletableFuture<SettleOutcome> end : ends) {
        SettleOutcome.Settled settled = (SettleOutcome.Settled) await(end);
        if (!settled.isReplay()) {
          first.add(settled);
        }
      }
      assertThat(first).hasSize(1);
      charged += first.getFirst().chargedNanoUsd();
      countSettlement(request);
    }

    /** Whether it was a settlement or a release that came first, the tombstone says. */
    private void countSettlement(RequestId request) {
      String hold = new Shards(64).of(key.account()).hold(request);
      String state = await(redis.raw().call(c -> c.hget(hold, "state"), found -> found));
      settlements += "settled".equals(state) ? 1 : 0;
    }
  }
}
