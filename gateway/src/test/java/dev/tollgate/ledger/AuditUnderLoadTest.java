package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Audits while many clients spend: what is in motion is no difference. */
@Tag(RedisForTests.ON_ITS_OWN)
class AuditUnderLoadTest {
  private static final int LANES = 2;
  private static final int CLIENTS = 6;
  private static final int AUDITS = 20;
  private static final int ACTS_PER_AUDIT = 300;
  private static final int OPEN_MAX = 6;

  private static final AuditSettings SMALL_PAGES =
      new AuditSettings(60_000, 100, 2, 3, 50, 10_000, 1_000, 1_000_000);

  @Test
  void auditsUnderLoad_findNothing() throws Exception {
    long seed = Long.getLong("tollgate.test.seed", new Random().nextLong());
    System.out.println("AuditUnderLoadTest: -Dtollgate.test.seed=" + seed);
    Random random = new Random(seed);
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), LANES);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<KeyRef> keys = keys(redis);
      AtomicBoolean isDone = new AtomicBoolean();
      Semaphore acts = new Semaphore(0);
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Client client = new Client(redis, i, keys, new Random(random.nextLong()), isDone, acts);
        clients.add(threads.submit(client::run));
      }
      try {
        for (int i = 0; i < AUDITS; i++) {
          acts.release(ACTS_PER_AUDIT);
          AuditReport report = audit(redis, i % 2 == 0 ? AuditSettings.DEFAULT : SMALL_PAGES);
          assertThat(report.differences()).as("audit %d, seed %d", i, seed).isEmpty();
          assertThat(report.isClean()).isTrue();
        }
      } finally {
        isDone.set(true);
        acts.release(CLIENTS);
      }
      for (Future<?> client : clients) {
        client.get();
      }
      AuditReport report = audit(redis, AuditSettings.DEFAULT);
      assertThat(report.differences()).isEmpty();
      assertThat(report.holds()).isZero();
      assertThat(report.events()).isPositive();
    }
  }

  private static List<KeyRef> keys(RedisForTests redis) {
    List<KeyRef> keys = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      AccountId account = redis.account(1_000 * USD);
      for (int k = 0; k < 3; k++) {
        keys.add(
            redis.key(
                account,
                RedisForTests.concurrency(1_000),
                RedisForTests.quota(900 * USD),
                RedisForTests.budget("1s", Budget.Unit.USD, "rolling:1s", 100 * USD),
                RedisForTests.budget("5h", Budget.Unit.TOKENS, "rolling:5h", USD),
                RedisForTests.budget("use", Budget.Unit.REQUESTS, "first_use:1s", USD)));
      }
    }
    return keys;
  }

  private static AuditReport audit(RedisForTests redis, AuditSettings settings) {
    return ((AuditOutcome.Done)
            await(redis.connections().audit(0, AuditedArchive.NONE, settings).run(60_000)))
        .report();
  }

  /**
   * Opens holds, charges parts of them, renews them and ends them later, or has them reaped and
   * comes too late; now and then adds money, accounts, keys and budgets.
   */
  private static final class Client {
    private record Open(RequestId request, KeyRef key, long held) {}

    private final RedisForTests redis;
    private final int number;
    private final List<KeyRef> keys;
    private final Random random;
    private final AtomicBoolean isDone;
    private final Semaphore acts;
    private final Deque<Open> open = new ArrayDeque<>();
    private int requests;

    Client(
        RedisForTests redis,
        int number,
        List<KeyRef> keys,
        Random random,
        AtomicBoolean isDone,
        Semaphore acts) {
      this.redis = redis;
      this.number = number;
      this.keys = keys;
      this.random = random;
      this.isDone = isDone;
      this.acts = acts;
    }

    void run() {
      acts.acquireUninterruptibly();
      while (!isDone.get()) {
        act();
        acts.acquireUninterruptibly();
      }
      while (!open.isEmpty()) {
        end(open.remove());
      }
    }

    private void act() {
      KeyRef key = keys.get(random.nextInt(keys.size()));
      switch (random.nextInt(100)) {
        case 0 -> redis.credit(key.account(), USD);
        case 1 -> redis.spend(redis.key(key.account()), 1_000);
        case 2 -> redis.spend(redis.keyWith(USD), 1_000);
        case 3 -> redis.change(key, BudgetChange.remove("5h"));
        case 4 ->
            redis.change(
                key,
                BudgetChange.put(
                    RedisForTests.budget("5h", Budget.Unit.TOKENS, "rolling:5h", USD)));
        default -> {
          if (!open.isEmpty() && random.nextInt(4) == 0) {
            touch(open.getFirst());
          } else if (open.size() < OPEN_MAX && random.nextBoolean()) {
            hold(key);
          } else if (!open.isEmpty()) {
            end(open.remove());
          }
        }
      }
    }

    private void hold(KeyRef key) {
      RequestId request = new RequestId("req_load_" + number + "_" + requests++);
      HoldRequest hold =
          new HoldRequest(
              request,
              key,
              random.nextInt(100_000),
              700,
              "llama",
              random.nextInt(4) == 0 ? 0 : 60_000);
      Ledger ledger = redis.connections().ledger(number % LANES);
      if (await(ledger.hold(hold)) instanceof HoldOutcome.Held held) {
        open.add(new Open(request, key, held.heldNanoUsd()));
      }
    }

    private void touch(Open touched) {
      switch (random.nextInt(3)) {
        case 0 -> redis.reap(touched.request, touched.key);
        case 1 -> redis.renew(touched.request, touched.key, random.nextInt(50_000));
        default ->
            redis.settlePart(
                touched.request,
                touched.key,
                1 + random.nextInt(5),
                random.nextInt(30_000),
                touched.held);
      }
    }

    /** A cost that is often beyond what was held. */
    private void end(Open ended) {
      Ledger ledger = redis.connections().ledger(number % LANES);
      if (random.nextInt(5) == 0) {
        await(ledger.release(ended.request, ended.key, "test"));
      } else {
        long cost = random.nextInt(120_000);
        await(
            ledger.settle(
                RedisForTests.settlement(ended.request, ended.key, cost, ended.held, 700)));
      }
    }
  }
}
