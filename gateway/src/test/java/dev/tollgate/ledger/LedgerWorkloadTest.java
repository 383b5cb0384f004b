package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random acts on the real scripts, beside a model of them; and many at once, beside their sums. */
class LedgerWorkloadTest {
  private static final int ACTS = 4_000;
  private static final List<Credit.Kind> KINDS = List.of(Credit.Kind.values());
  private static final int LANES = 4;
  private static final int ACTS_PER_CLIENT = 400;

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
  void acts_oneByOne_doWhatTheModelSays() {
    Random random = random("one by one");
    AccountId account = redis.account(0);
    ModelLedger model = new ModelLedger();
    List<KeyRef> keys = List.of(redis.key(account), redis.key(account), redis.key(account));
    keys.forEach(key -> model.keys.put(key, new ModelLedger.ModelKey()));
    List<RequestId> requests = new ArrayList<>();

    for (int act = 0; act < ACTS; act++) {
      // A request belongs to one key for its life: by its number.
      if (requests.isEmpty() || random.nextInt(4) == 0) {
        requests.add(redis.nextRequest());
      }
      int recent = Math.min(requests.size(), 12);
      int number = requests.size() - 1 - random.nextInt(recent);
      KeyRef key = keys.get(number % keys.size());
      act(random, model, account, key, requests.get(number), act);
    }

    assertSame(model, account);
    assertReplays(account, model.settlements);
  }

  private static void act(
      Random random, ModelLedger model, AccountId account, KeyRef key, RequestId request, int act) {
    long amount = random.nextInt(1_000_000);
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6, 7 ->
          assertThat(timeless(redis.hold(request, key, amount)))
              .as("hold, act %d", act)
              .isEqualTo(model.hold(request, key, amount));
      case 8, 9, 10, 11, 12 ->
          assertThat(redis.settle(request, key, amount, 500_000))
              .as("settle, act %d", act)
              .isEqualTo(model.settle(request, key, amount, 500_000));
      case 13, 14, 15 ->
          assertThat(redis.release(request, key))
              .as("release, act %d", act)
              .isEqualTo(model.release(request, key));
      case 16, 17 -> credit(random, model, account);
      case 18 -> changeAccount(random, model, account);
      default -> changeKey(random, model, key);
    }
  }

  private static HoldOutcome timeless(HoldOutcome outcome) {
    return outcome instanceof HoldOutcome.Held held
        ? new HoldOutcome.Held(held.heldNanoUsd(), held.multiplierPpm(), 0)
        : outcome;
  }

  private static void credit(Random random, ModelLedger model, AccountId account) {
    Credit.Kind kind = KINDS.get(random.nextInt(KINDS.size()));
    long amount = 1L + random.nextInt(3_000_000);
    if (kind == Credit.Kind.ADJUSTMENT && random.nextBoolean()) {
      amount = -amount / 4 - 1;
    }
    Credit credit = new Credit(redis.nextRequest().value(), account, kind, amount, "");
    model.credit(kind, amount);
    for (int i = 0; i <= random.nextInt(2); i++) {
      assertThat(await(redis.ledger().credit(credit)))
          .isEqualTo(
              new CreditOutcome.Credited(credit.id() + ":credit", amount, model.balance, i > 0));
    }
  }

  private static void changeAccount(Random random, ModelLedger model, AccountId account) {
    model.isSuspended = random.nextInt(5) == 0;
    model.multiplierPpm = random.nextInt(3_000_000);
    model.creditLimit = random.nextInt(1_000_000);
    AccountStatus status = model.isSuspended ? AccountStatus.SUSPENDED : AccountStatus.ACTIVE;
    await(
        redis
            .accounts()
            .update(
                account,
                new AccountPatch(null, null, status, model.multiplierPpm, model.creditLimit)));
  }

  private static void changeKey(Random random, ModelLedger model, KeyRef ref) {
    ModelLedger.ModelKey key = key(model, ref);
    key.isRevoked = random.nextInt(6) == 0;
    key.quota = random.nextBoolean() ? null : key.quotaUsed + random.nextInt(3_000_000);
    key.concurrencyMax = random.nextBoolean() ? null : (long) random.nextInt(4);
    KeyStatus status = key.isRevoked ? KeyStatus.REVOKED : KeyStatus.ACTIVE;
    KeyPatch patch =
        new KeyPatch(null, status, orLift(key.quota), orLift(key.concurrencyMax), null, null, null);
    await(redis.accounts().updateKey(ref, patch));
  }

  private static long orLift(@Nullable Long limit) {
    return limit == null ? -1 : limit;
  }

  private static ModelLedger.ModelKey key(ModelLedger model, KeyRef ref) {
    ModelLedger.ModelKey key = model.keys.get(ref);
    if (key == null) {
      throw new AssertionError(ref);
    }
    return key;
  }

  private static void assertSame(ModelLedger model, AccountId account) {
    AccountState state = redis.state(account);
    assertThat(state.balanceNanoUsd()).isEqualTo(model.balance);
    assertThat(state.heldNanoUsd()).isEqualTo(model.held);
    assertThat(state.lifetimeTopupNanoUsd()).isEqualTo(model.lifetimeTopup);
    assertThat(state.lifetimeCreditNanoUsd()).isEqualTo(model.lifetimeCredit);
    for (KeyRef ref : model.keys.keySet()) {
      ModelLedger.ModelKey key = key(model, ref);
      KeyState found = redis.state(ref);
      assertThat(found.quotaUsedNanoUsd()).isEqualTo(key.quotaUsed);
      assertThat(found.quotaHeldNanoUsd()).isEqualTo(key.quotaHeld);
      assertThat(found.concurrencyUsed()).isEqualTo(key.concurrencyUsed);
    }
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
    KeyRef limited = redis.key(account, 15_000_000L, 3L, List.of());
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
    KeyState key = redis.state(limited);
    assertThat(key.quotaUsedNanoUsd()).isEqualTo(chargedToLimited.sum());
    assertThat(key.quotaHeldNanoUsd()).isZero();
    assertThat(key.concurrencyUsed()).isZero();
    assertReplays(account, settlements.intValue());
  }

  private static void watch(AccountId account, KeyRef limited, AtomicBoolean isDone) {
    while (!isDone.get()) {
      assertThat(redis.state(account).availableNanoUsd()).isNotNegative();
      KeyState key = redis.state(limited);
      assertThat(key.quotaUsedNanoUsd() + key.quotaHeldNanoUsd()).isLessThanOrEqualTo(15_000_000L);
      assertThat(key.concurrencyUsed()).isBetween(0L, 3L);
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
