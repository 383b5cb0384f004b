package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.AuditDifference.Measure;
import dev.tollgate.ledger.AuditDifference.What;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever is changed behind the ledger's back is found and named; nothing else is. */
@Tag(RedisForTests.ON_ITS_OWN)
class AuditTest {
  private static final long LEASE_MILLIS = 60_000;
  private static final String WINDOW = "5h|usd|rolling:18000000";
  private static final String CONCURRENCY = "concurrency|concurrent|lifetime";
  private static final String DAY = "day|tokens|calendar:day";

  private static RedisServerForTests server;
  private static RedisForTests redis;

  private AccountId account;
  private KeyRef key;
  private Shard shard;
  private RequestId open;

  @BeforeAll
  static void start() throws Exception {
    server = RedisServerForTests.start();
    redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
  }

  @AfterAll
  static void stop() {
    redis.close();
    server.close();
  }

  /** Money in, three requests that have ended, one that is open. */
  @BeforeEach
  void fill() {
    await(redis.raw().call(commands -> commands.flushall(), flushed -> flushed));
    account = redis.account(10 * USD);
    redis.put(
        account,
        Budget.of(
            "day",
            Budget.Scope.ACCOUNT,
            Budget.Unit.TOKENS,
            Period.parse("calendar:day"),
            1_000_000));
    key =
        redis.key(
            account,
            RedisForTests.budget("5h", Budget.Unit.USD, "rolling:5h", 5 * USD),
            RedisForTests.concurrency(5));
    shard = new Shards(64).of(account);
    redis.spend(key, USD);
    redis.spend(key, 2 * USD);
    redis.release(held(USD), key);
    open = held(USD / 2);
  }

  private RequestId held(long nanoUsd) {
    RequestId request = redis.nextRequest();
    assertThat(redis.hold(request, key, nanoUsd)).isInstanceOf(HoldOutcome.Held.class);
    return request;
  }

  private static AuditReport audit() {
    return audit(AuditSettings.DEFAULT);
  }

  private static AuditReport audit(AuditSettings settings) {
    AuditOutcome outcome =
        await(redis.connections().audit(0, AuditedArchive.NONE, settings).run(LEASE_MILLIS));
    return ((AuditOutcome.Done) outcome).report();
  }

  private static void set(String hash, String field, Object value) {
    await(redis.raw().call(c -> c.hset(hash, field, value.toString()), isNew -> isNew));
  }

  private static void delete(String name) {
    long deleted = await(redis.raw().call(c -> c.del(name), count -> count));
    assertThat(deleted).isEqualTo(1);
  }

  private List<StreamMessage<String, String>> stream() {
    return await(
        redis.raw().call(c -> c.xrange(shard.events(), Range.unbounded()), events -> events));
  }

  private StreamMessage<String, String> event(String idEnd) {
    return stream().stream().filter(event -> idOf(event).endsWith(idEnd)).findFirst().orElseThrow();
  }

  private static String idOf(StreamMessage<String, String> event) {
    return event.getBody().getOrDefault("id", "");
  }

  private void deleteEvent(String idEnd) {
    String place = event(idEnd).getId();
    await(redis.raw().call(c -> c.xdel(shard.events(), place), deleted -> deleted));
  }

  private AuditDifference usd(What what, long expected, long actual) {
    return AuditDifference.usd(what, expected, actual).of(account.value(), null);
  }

  @Test
  void books_thatNobodyTouched_areClean() {
    AuditReport report = audit();

    assertThat(report.differences()).isEmpty();
    assertThat(report.isClean()).isTrue();
    assertThat(report.accounts()).isEqualTo(1);
    assertThat(report.holds()).isEqualTo(1);
    assertThat(report.events()).isEqualTo(stream().size());
    assertThat(report.isTruncated()).isFalse();
  }

  @Test
  void holdsWithParts_thatAreRenewedReapedAndSettledLate_areClean() {
    redis.put(
        account,
        Budget.of(
            "rpm", Budget.Scope.ACCOUNT, Budget.Unit.REQUESTS, Period.parse("rolling:1m"), 1_000));
    RequestId parted = held(USD / 2);
    redis.settlePart(parted, key, 1, USD / 4, USD / 2);
    RequestId reaped = held(USD / 2);
    redis.renew(reaped, key, USD / 4);
    assertThat(audit().differences()).isEmpty();

    redis.moveClock(2 * LEASE_MILLIS);
    assertThat(redis.reap(parted, key)).isTrue();
    assertThat(redis.reap(reaped, key)).isTrue();
    redis.moveClock(-2 * LEASE_MILLIS);
    assertThat(audit().differences()).isEmpty();

    redis.settle(parted, key, USD, USD / 2);
    redis.settle(reaped, key, USD / 8, USD / 2);
    redis.settlePart(reaped, key, 3, USD / 8, USD / 2);
    AuditReport report = audit();
    assertThat(report.differences()).isEmpty();
    assertThat(report.holds()).isEqualTo(1);
  }

  @Test
  void booksInPagesOfOne_areClean() {
    for (int i = 0; i < 4; i++) {
      held(1_000);
      redis.spend(redis.key(account), 1_000);
    }
    redis.account(USD);

    AuditReport report = audit(new AuditSettings(60_000, 10, 1, 1, 1, 100, 1_000, 16));

    assertThat(report.differences()).isEmpty();
    assertThat(report.accounts()).isEqualTo(2);
    assertThat(report.holds()).isEqualTo(5);
  }

  @Test
  void balance_thatWasChanged_isFound() {
    set(shard.account(account), "balance", 8 * USD);

    assertThat(audit().differences()).containsExactly(usd(What.BALANCE, 7 * USD, 8 * USD));
  }

  @Test
  void balanceOfAnAccountWithoutMoney_thatWasChanged_isFound() {
    AccountId other = redis.account(0);
    set(new Shards(64).of(other).account(other), "balance", 1);

    assertThat(audit().differences())
        .containsExactly(AuditDifference.usd(What.BALANCE, 0, 1).of(other.value(), null));
  }

  @Test
  void balance_thatIsNoNumber_isFound() {
    set(shard.account(account), "balance", "much");

    assertThat(audit().differences())
        .containsExactly(
            AuditDifference.usd(What.BALANCE, 7 * USD, AuditNumbers.UNREADABLE)
                .of(account.value(), null));
  }

  @Test
  void eventInTheMiddle_thatWasDeleted_isFound() {
    deleteEvent(":settle");

    String next =
        stream().stream()
            .map(AuditTest::idOf)
            .filter(id -> id.endsWith(":settle"))
            .findFirst()
            .orElseThrow();
    assertThat(audit().differences())
        .containsExactly(usd(What.CHAIN, 8 * USD, 7 * USD).event(next));
  }

  @Test
  void firstEventOfMoney_thatWasDeleted_isFound() {
    deleteEvent(":credit");

    assertThat(audit().differences())
        .containsExactlyInAnyOrder(
            usd(What.OPENING, 0, 10 * USD).event(idOf(event(":settle"))),
            usd(What.LIFETIME_TOPUP, 0, 10 * USD),
            usd(What.LIFETIME_CREDIT, 0, 10 * USD));
  }

  @Test
  void lastEvent_thatWasDeleted_isFound() {
    redis.credit(account, USD);
    var credit = stream().getLast();
    assertThat(credit.getBody()).containsEntry("act", "credit");
    await(redis.raw().call(c -> c.xdel(shard.events(), credit.getId()), deleted -> deleted));

    assertThat(audit().differences())
        .containsExactlyInAnyOrder(
            usd(What.BALANCE, 7 * USD, 8 * USD),
            usd(What.LIFETIME_TOPUP, 10 * USD, 11 * USD),
            usd(What.LIFETIME_CREDIT, 10 * USD, 11 * USD));
  }

  @Test
  void streamCutAtItsHead_provesTheRest() {
    String last = stream().getLast().getId();
    for (StreamMessage<String, String> event : stream()) {
      await(redis.raw().call(c -> c.xdel(shard.events(), event.getId()), deleted -> deleted));
      assertThat(audit().differences()).as(event.toString()).isEmpty();
    }
    assertThat(stream()).isEmpty();

    redis.spend(key, USD);
    assertThat(audit().isClean()).isTrue();
    assertThat(stream().getFirst().getId()).isGreaterThan(last);
    set(shard.account(account), "balance", 0);
    assertThat(audit().differences()).containsExactly(usd(What.BALANCE, 6 * USD, 0));
  }

  @Test
  void event_thatIsThereTwice_isFound() {
    Map<String, String> settled = event(":settle").getBody();
    Map<String, String> again = new HashMap<>(settled);
    again.put("balance_after", Long.toString(6 * USD));
    await(redis.raw().call(c -> c.xadd(shard.events(), again), added -> added));
    set(shard.account(account), "balance", 6 * USD);

    assertThat(audit().differences())
        .containsExactly(
            AuditDifference.of(What.DUPLICATE_EVENT, Measure.EVENTS, 1L, 2)
                .of(account.value(), null)
                .event(settled.getOrDefault("id", "")));
  }

  @Test
  void lifetimeTopup_thatWasChanged_isFound() {
    set(shard.account(account), "lifetime_topup", 1);

    assertThat(audit().differences()).containsExactly(usd(What.LIFETIME_TOPUP, 10 * USD, 1));
  }

  @Test
  void heldAndOpens_thatWereChanged_areFound() {
    set(shard.account(account), "held", USD);
    set(shard.account(account), "opens", 0);

    assertThat(audit().differences())
        .containsExactly(
            usd(What.HELD, USD / 2, USD),
            AuditDifference.of(What.OPENS, Measure.HOLDS, 1L, 0).of(account.value(), null));
  }

  @Test
  void hold_thatWasDeleted_isFound() {
    delete(shard.hold(open));

    assertThat(audit().differences())
        .contains(
            AuditDifference.of(What.HOLD_MISSING).request(open.value()), usd(What.HELD, 0, USD / 2))
        .extracting(AuditDifference::what)
        .containsExactlyInAnyOrder(
            What.HOLD_MISSING,
            What.HELD,
            What.OPENS,
            What.BUDGET_HELD,
            What.BUDGET_HELD,
            What.BUDGET_HELD);
  }

  @Test
  void requestInTheLine_thatHasNoHold_isFound() {
    await(redis.raw().call(c -> c.zadd(shard.holds(), 1, "req_nobody"), added -> added));

    assertThat(audit().differences())
        .containsExactly(AuditDifference.of(What.HOLD_MISSING).request("req_nobody"));
  }

  @Test
  void requestInTheLine_thatHasEnded_isFound() {
    RequestId ended = held(1_000);
    redis.settle(ended, key, 1_000, 1_000);
    await(redis.raw().call(c -> c.zadd(shard.holds(), 1, ended.value()), added -> added));

    assertThat(audit().differences())
        .containsExactly(
            AuditDifference.of(What.HOLD_ENDED)
                .of(account.value(), key.key().value())
                .request(ended.value()));
  }

  @Test
  void hold_thatLeftTheLine_isFound() {
    await(redis.raw().call(c -> c.zrem(shard.holds(), open.value()), removed -> removed));

    assertThat(audit().differences()).contains(usd(What.HELD, 0, USD / 2));
  }

  @Test
  void hold_whosePlaceIsNotItsDeadline_isFound() {
    await(redis.raw().call(c -> c.zincrby(shard.holds(), 5, open.value()), score -> score));

    assertThat(audit().differences())
        .extracting(AuditDifference::what, AuditDifference::request)
        .containsExactly(tuple(What.HOLD_DEADLINE, open.value()));
  }

  @Test
  void hold_thatIsLongOverdue_isLeaked() {
    redis.moveClock(2 * LEASE_MILLIS);
    assertThat(audit().isClean()).isTrue();
    redis.moveClock(LEASE_MILLIS + 5_000);
    try {
      assertThat(audit().differences())
          .extracting(AuditDifference::what, AuditDifference::request)
          .containsExactly(tuple(What.HOLD_LEAKED, open.value()));
    } finally {
      redis.moveClock(-3 * LEASE_MILLIS - 5_000);
    }
  }

  @Test
  void holdOfAnotherAmount_isFound() {
    set(shard.hold(open), "amount", 1);

    assertThat(audit().differences())
        .containsExactlyInAnyOrder(
            usd(What.HELD, 1, USD / 2),
            AuditDifference.usd(What.BUDGET_HELD, 1, USD / 2)
                .of(account.value(), key.key().value())
                .budget(WINDOW));
  }

  @Test
  void heldOfABudget_thatWasChanged_isFound() {
    set(shard.budgets(key.key()), CONCURRENCY + ".held", 0);
    set(shard.budgets(account), DAY + ".held", 7);

    assertThat(audit().differences())
        .containsExactly(
            AuditDifference.of(What.BUDGET_HELD, Measure.TOKENS, 100L, 7)
                .of(account.value(), null)
                .budget(DAY),
            AuditDifference.of(What.BUDGET_HELD, Measure.HOLDS, 1L, 0)
                .of(account.value(), key.key().value())
                .budget(CONCURRENCY));
  }

  @Test
  void budgets_thatWereDeleted_areFound() {
    delete(shard.budgets(key.key()));

    assertThat(audit().differences())
        .extracting(AuditDifference::what, AuditDifference::budget)
        .containsExactly(tuple(What.BUDGET_HELD, WINDOW), tuple(What.BUDGET_HELD, CONCURRENCY));
  }

  @Test
  void bucket_thatWasChanged_isFound() {
    String bucket =
        await(redis.raw().call(c -> c.hkeys(shard.budgets(key.key())), fields -> fields)).stream()
            .filter(field -> field.startsWith(WINDOW + ".b"))
            .findFirst()
            .orElseThrow();
    set(shard.budgets(key.key()), bucket, 5);

    assertThat(audit().differences())
        .extracting(
            AuditDifference::what,
            AuditDifference::key,
            AuditDifference::budget,
            AuditDifference::actual)
        .containsExactly(tuple(What.BUDGET_USED, key.key().value(), WINDOW, 3 * USD));
  }

  /** A bucket of the ring in which nothing is: which one is in use depends on the time of day. */
  private String freeSlot() {
    List<String> fields =
        await(redis.raw().call(c -> c.hkeys(shard.budgets(key.key())), found -> found));
    return IntStream.range(0, 60)
        .mapToObj(slot -> ".b" + slot)
        .filter(slot -> !fields.contains(WINDOW + slot))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void bucketBeyondTheRing_orBelowZero_isFound() {
    set(shard.budgets(key.key()), WINDOW + ".b61", 0);
    set(shard.budgets(key.key()), WINDOW + ".used", 3 * USD - 1);
    set(shard.budgets(key.key()), WINDOW + freeSlot(), -1);
    set(shard.budgets(key.key()), DAY + ".used", -1);
    set(shard.budgets(key.key()), "nonsense", 1);

    assertThat(audit().differences())
        .extracting(AuditDifference::what)
        .containsExactlyInAnyOrder(
            What.BUDGET_BUCKET, What.BUDGET_BUCKET, What.BUDGET_USED, What.UNREADABLE);
  }

  @Test
  void account_thatWasDeleted_isFound() {
    delete(shard.account(account));

    assertThat(audit().differences())
        .contains(
            AuditDifference.of(What.ACCOUNT_MISSING).of(account.value(), null),
            AuditDifference.of(What.HOLD_ACCOUNT)
                .of(account.value(), key.key().value())
                .request(open.value()))
        .hasSize(2);
  }

  @Test
  void account_thatWasForgottenButForItsEvents_isFound() {
    redis.settle(open, key, 0, USD / 2);
    delete(shard.account(account));
    delete(shard.accounts());

    assertThat(audit().differences())
        .containsExactly(AuditDifference.of(What.ACCOUNT_MISSING).of(account.value(), null));
  }

  @Test
  void account_thatIsNotAmongTheAccounts_isFound() {
    delete(shard.accounts());

    assertThat(audit().differences())
        .containsExactly(AuditDifference.of(What.ACCOUNT_UNLISTED).of(account.value(), null));
  }

  @Test
  void key_thatWasDeletedOrMoved_isFound() {
    KeyRef other = redis.key(account);
    delete(shard.key(key.key()));
    set(shard.key(other.key()), "account", "acct_other");

    assertThat(audit().differences())
        .containsExactlyInAnyOrder(
            AuditDifference.of(What.KEY_MISSING).of(account.value(), key.key().value()),
            AuditDifference.of(What.KEY_ACCOUNT).of(account.value(), other.key().value()),
            AuditDifference.of(What.HOLD_KEY)
                .of(account.value(), key.key().value())
                .request(open.value()));
  }

  @Test
  void differences_beyondWhatMayBeTold_endIt() {
    for (int i = 0; i < 5; i++) {
      String request = "req_" + i;
      await(redis.raw().call(c -> c.zadd(shard.holds(), 1, request), added -> added));
    }

    AuditReport report = audit(new AuditSettings(60_000, 2, 64, 64, 64, 100, 1_000, 100));

    assertThat(report.differences()).hasSize(2);
    assertThat(report.isTruncated()).isTrue();
  }

  @Test
  void moreHoldsThanMayBeWalked_leaveItUnproven() {
    set(shard.account(account), "held", 0);

    AuditReport report = audit(new AuditSettings(60_000, 10, 64, 64, 64, 0, 1_000, 100));

    assertThat(report.differences()).isEmpty();
    assertThat(report.unproven()).isEqualTo(1);
    assertThat(report.isClean()).isFalse();
  }

  @Test
  void secondAudit_whileOneRuns_isRefused() {
    Audit audit = redis.connections().audit(0, AuditedArchive.NONE, AuditSettings.DEFAULT);

    CompletionStage<AuditOutcome> first = audit.run(LEASE_MILLIS);
    AuditOutcome second = await(audit.run(LEASE_MILLIS));

    assertThat(second).isEqualTo(new AuditOutcome.UnderWay());
    assertThat(await(first)).isInstanceOf(AuditOutcome.Done.class);
    assertThat(audit.progress()).isEqualTo(new Audit.Progress(false, 64, 64));
    assertThat(await(audit.run(LEASE_MILLIS))).isInstanceOf(AuditOutcome.Done.class);
  }

  @Test
  void auditWithoutTime_isGivenUp() {
    AuditSettings hurried = new AuditSettings(0, 10, 64, 64, 64, 100, 1_000, 100);
    long[] nanos = {0};
    Audit audit =
        new Audit(
            redis.raw(),
            new Shards(64),
            AuditedArchive.NONE,
            hurried,
            () -> 0,
            redis.connections()::incarnation,
            () -> nanos[0] += 2_000_000);

    assertThat(await(audit.run(LEASE_MILLIS))).isEqualTo(new AuditOutcome.OutOfTime(0));
  }

  @Test
  void redisThatWasReplacedMeanwhile_isSaid() {
    int[] asked = {0};
    Audit audit =
        new Audit(
            redis.raw(),
            new Shards(1),
            AuditedArchive.NONE,
            AuditSettings.DEFAULT,
            () -> 0,
            () -> Stages.of("run" + asked[0]++),
            System::nanoTime);

    assertThat(await(audit.run(LEASE_MILLIS))).isEqualTo(new AuditOutcome.RedisChanged());
  }

  @Test
  void events_thatAreCutWhileTheyAreRead_areNoDifference() {
    AuditChains chains = new AuditChains(AuditSettings.DEFAULT);
    chains.expect(account.value(), List.of("9-0", "1", "70", "0", "0", "100", "100"));
    chains.read("1-0", Map.of("id", account + ":account:0", "account", account.value()));
    chains.read("2-0", money("c", 100, 100));
    chains.read("7-0", money("d", -10, 80));
    chains.read("8-0", money("e", -10, 70));
    chains.close();

    assertThat(chains.confirmed(StreamPlace.of("7-0"))).isEmpty();
    assertThat(chains.confirmed(StreamPlace.of("2-0")))
        .containsExactly(usd(What.CHAIN, 90, 80).event("d"));
    assertThat(chains.confirmed(StreamPlace.START))
        .contains(usd(What.CHAIN, 90, 80).event("d"), usd(What.LIFETIME_TOPUP, 0, 100));
  }

  private Map<String, String> money(String id, long amount, long after) {
    return Map.of(
        "id",
        id,
        "account",
        account.value(),
        "amount",
        Long.toString(amount),
        "balance_after",
        Long.toString(after));
  }

  @Test
  void recentTexts_areKnownAgain_andBounded() {
    RecentTexts texts = new RecentTexts(20_000);
    for (int i = 0; i < 50_000; i++) {
      assertThat(texts.add("req_" + i + ":settle")).isFalse();
    }
    for (int i = 40_000; i < 50_000; i++) {
      assertThat(texts.add("req_" + i + ":settle")).isTrue();
    }
    assertThat(texts.add("req_0:settle")).isFalse();
  }
}
