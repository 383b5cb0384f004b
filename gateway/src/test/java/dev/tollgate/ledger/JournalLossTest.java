package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Redis that loses the last that it has answered, again and again, as a power cut or a failover
 * would have it: after each replay the ledger equals what was charged and credited.
 */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(600)
class JournalLossTest {
  private static final int ROUNDS = Integer.getInteger("tollgate.test.rounds", 20);
  private static final long SEED = Long.getLong("tollgate.test.seed", 20_261);

  private record Open(RequestId request, KeyRef key, AtomicInteger parts) {
    Open(RequestId request, KeyRef key) {
      this(request, key, new AtomicInteger());
    }
  }

  @TempDir private Path data;
  private final Random random = new Random(SEED);
  private final List<Open> open = new ArrayList<>();
  private final List<CompletableFuture<?>> answers = new ArrayList<>();
  private final Map<RequestId, Long> expectedOfRequests = new HashMap<>();
  private long expectedNanoUsd;
  private int credits;

  @Test
  void books_afterEveryLoss_equalWhatWasCharged() throws Exception {
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 2);
        Journal journal =
            Journal.open(
                JournalForTests.SETTINGS,
                data,
                redis.connections(),
                JournalForTests.TOMBSTONE_MILLIS,
                InstantSource.system())) {
      assertThat(journal.awaitStarted()).isTrue();
      Ledger ledger =
          journal.journaled(redis.connections().ledger(1), redis.loops().get(1), EventRoom.ENDLESS);
      KeyRef key = redis.key(redis.account(0));
      credit(ledger, key.account(), 1_000 * USD);
      for (int round = 0; round < ROUNDS; round++) {
        round(server, redis, journal, ledger, key);
        assertThat(redis.state(key.account()).balanceNanoUsd())
            .as("round %d of seed %d", round, SEED)
            .isEqualTo(expectedNanoUsd);
      }
      settleAll(ledger);
      awaitAnswers();
      assertThat(redis.state(key.account()).heldNanoUsd()).isZero();
      assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(expectedNanoUsd);
      assertEventsAddUp(redis, key.account());
      assertRequestsAreRemembered(redis, key);
    }
  }

  private void round(
      RedisServerForTests server, RedisForTests redis, Journal journal, Ledger ledger, KeyRef key)
      throws IOException {
    trade(redis, ledger, key, random.nextInt(40));
    awaitAnswers();
    server.copyData();
    trade(redis, ledger, key, 20 + random.nextInt(60));
    if (random.nextBoolean()) {
      awaitAnswers(); // else some are under way when it dies
    }
    server.kill();
    if (random.nextBoolean()) {
      server.restoreData();
    }
    settleAll(ledger);
    answers.clear();
    server.restart();
    Eventually.until(
        "the books are right",
        () ->
            redis.connections().isAvailable()
                && journal.state().depth() == 0
                && balance(redis, key.account()) == expectedNanoUsd
                && !journal.state().isReplaying());
  }

  /** Holds, parts, settlements within and beyond the hold, releases, and credits. */
  private void trade(RedisForTests redis, Ledger ledger, KeyRef key, int acts) {
    for (int i = 0; i < acts; i++) {
      switch (random.nextInt(12)) {
        case 0 -> credit(ledger, key.account(), 1 + random.nextInt(1_000_000));
        case 1, 2, 3, 4 -> {
          Open purchase = new Open(redis.nextRequest(), key);
          HoldRequest hold =
              new HoldRequest(purchase.request(), key, 1_000_000, 100, "llama", 60_000);
          assertThat(RedisForTests.await(ledger.hold(hold))).isInstanceOf(HoldOutcome.Held.class);
          open.add(purchase);
        }
        case 5, 6 -> part(ledger);
        default -> end(ledger);
      }
    }
  }

  private void part(Ledger ledger) {
    if (open.isEmpty()) {
      return;
    }
    Open purchase = open.get(random.nextInt(open.size()));
    long cost = random.nextInt(600_000);
    charge(purchase, cost);
    Settlement part = RedisForTests.settlement(purchase.request(), purchase.key(), cost, 1_000_000);
    int number = purchase.parts().incrementAndGet();
    answers.add(ledger.settlePart(part, number).toCompletableFuture());
  }

  private void end(Ledger ledger) {
    if (open.isEmpty()) {
      return;
    }
    Open purchase = open.remove(random.nextInt(open.size()));
    charge(purchase, 0);
    if (random.nextInt(4) == 0) {
      answers.add(ledger.release(purchase.request(), purchase.key(), "test").toCompletableFuture());
    } else {
      long cost = random.nextInt(1_200_000);
      charge(purchase, cost);
      Settlement settlement =
          RedisForTests.settlement(purchase.request(), purchase.key(), cost, 1_000_000);
      answers.add(ledger.settle(settlement).toCompletableFuture());
    }
  }

  private void charge(Open purchase, long cost) {
    expectedNanoUsd -= cost;
    expectedOfRequests.merge(purchase.request(), cost, Long::sum);
  }

  private void settleAll(Ledger ledger) {
    while (!open.isEmpty()) {
      end(ledger);
    }
  }

  private void credit(Ledger ledger, AccountId account, long nanoUsd) {
    Credit credit = new Credit("credit-" + credits++, account, Credit.Kind.TOPUP, nanoUsd, "test");
    assertThat(RedisForTests.await(ledger.credit(credit)))
        .isInstanceOf(CreditOutcome.Credited.class);
    expectedNanoUsd += nanoUsd;
  }

  private void awaitAnswers() {
    answers.forEach(RedisForTests::await);
    answers.clear();
  }

  private static long balance(RedisForTests redis, AccountId account) {
    try {
      return redis.state(account).balanceNanoUsd();
    } catch (LedgerUnavailableException away) {
      return Long.MIN_VALUE;
    }
  }

  /** Whatever of them Redis had forgotten, and was told again. */
  private void assertRequestsAreRemembered(RedisForTests redis, KeyRef key) {
    expectedOfRequests.forEach(
        (request, cost) -> {
          RequestRecord record = redis.record(key, request).orElseThrow();
          assertThat(record.state()).isNotEqualTo(RequestRecord.State.RUNNING);
          assertThat(record.paidNanoUsd()).as(request.value()).isEqualTo(cost);
          assertThat(record.listNanoUsd()).as("its event is found").isEqualTo(cost);
        });
  }

  private void assertEventsAddUp(RedisForTests redis, AccountId account) {
    List<Map<String, String>> events =
        redis.events(account).stream().filter(event -> event.containsKey("amount")).toList();
    assertThat(events.stream().map(event -> event.get("id"))).doesNotHaveDuplicates();
    assertThat(
            events.stream()
                .collect(Collectors.summingLong(event -> Long.parseLong(event.get("amount")))))
        .isEqualTo(expectedNanoUsd);
  }
}
