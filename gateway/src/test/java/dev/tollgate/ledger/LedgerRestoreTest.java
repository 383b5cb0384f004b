package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.LedgerRestore.Ended;
import dev.tollgate.ledger.LedgerRestore.Use;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is put back from what the events say stands as it stood. */
@Tag(RedisForTests.ON_THE_SHARED)
class LedgerRestoreTest {
  private static final long USD = RedisForTests.USD;
  private static final long SEED = Long.getLong("tollgate.test.seed", 5);
  private static final long START = 1_790_000_000_000L;
  private static final long HOUR = 3_600_000;

  private RedisForTests redis;
  private LedgerRestore restore;

  @BeforeEach
  void open() {
    redis = RedisForTests.open();
    restore = redis.connections().restore();
    redis.setClock(START);
  }

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void accountAndKey_putBackFromTheirEvents_standAsTheyStood() {
    System.out.println("LedgerRestoreTest: -Dtollgate.test.seed=" + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 8; round++) {
      AccountId account = redis.account(1_000 * USD, 1_500_000, 7 * USD);
      redis.put(
          account,
          budget("daily", Budget.Unit.USD, "calendar:day"),
          budget("month", Budget.Unit.TOKENS, "calendar:month"));
      KeyRef key =
          redis.key(
              account,
              budget("quota", Budget.Unit.USD, "lifetime"),
              budget("5h", Budget.Unit.USD, "rolling:5h"),
              budget("7d", Budget.Unit.TOKENS, "rolling:7d"),
              budget("first", Budget.Unit.USD, "first_use:1d"),
              budget("minute", Budget.Unit.REQUESTS, "rolling:1m"));
      int spends = random.nextInt(1, 80);
      for (int i = 0; i < spends; i++) {
        redis.moveClock(random.nextLong(1, 3 * HOUR));
        redis.spend(key, random.nextLong(1, USD));
      }
      AccountState accountBefore = redis.state(account);
      KeyState keyBefore = redis.state(key);
      List<Use> uses = uses(account);
      assertThat(uses).hasSize(spends);

      forget(key);
      assertThat(RedisForTests.await(redis.accounts().find(account))).isEmpty();
      putBack(key, accountBefore, keyBefore, uses);

      assertThat(redis.state(account)).isEqualTo(accountBefore);
      assertThat(redis.state(key)).isEqualTo(keyBefore);
      redis.moveClock(random.nextLong(1, 30 * HOUR));
      redis.spend(key, 1);
      putBack(key, accountBefore, keyBefore, List.of());
      assertThat(redis.state(account).balanceNanoUsd())
          .isEqualTo(accountBefore.balanceNanoUsd() - 1);
    }
  }

  @Test
  void account_thatHasOnlyBeenBegun_isSuspended_andMayBeBegunAgain() {
    KeyRef key = redis.key(redis.account(USD), RedisForTests.quota(USD));
    redis.spend(key, 300);
    AccountState account = redis.state(key.account());
    KeyState state = redis.state(key);
    List<Use> uses = uses(key.account());
    forget(key);

    begin(key, account, state);
    RedisForTests.await(restore.used(key, uses));
    assertThat(redis.refusal(key, 1)).isInstanceOf(Refusal.AccountSuspended.class);
    putBack(key, account, state, uses);

    assertThat(redis.state(key.account())).isEqualTo(account);
    assertThat(redis.state(key)).isEqualTo(state);
  }

  @Test
  void secret_ofAKeyThatIsPutBack_isFound() {
    KeyRef key = redis.keyWith(USD);
    AccountState account = redis.state(key.account());
    KeyState state = redis.state(key);

    forget(key);
    putBack(key, account, state, List.of());

    assertThat(RedisForTests.await(redis.accounts().findKeyByHash(RedisForTests.hash(key))))
        .contains(key);
    assertThat(RedisForTests.await(redis.accounts().keysOf(key.account()))).hasSize(1);
  }

  @Test
  void settlement_thatIsToldAgainAfterwards_isNotChargedAgain() {
    KeyRef key = redis.keyWith(USD);
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 100);
    redis.settle(request, key, 150, 100);
    AccountState account = redis.state(key.account());
    KeyState state = redis.state(key);

    forget(key);
    var unused = redis.raw().call(hold(key, request), c -> c.del(hold(key, request)), n -> n);
    putBack(key, account, state, List.of());
    assertThat(
            RedisForTests.await(
                restore.ended(
                    new Ended(key, request, false, 150, 50, account.balanceNanoUsd(), 1_500),
                    60_000)))
        .isTrue();

    assertThat(redis.settle(request, key, 150, 100))
        .isInstanceOfSatisfying(
            SettleOutcome.Settled.class, again -> assertThat(again.isReplay()).isTrue());
    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(USD - 150);
  }

  @Test
  void credit_thatIsRepeatedAfterwards_isNotBookedAgain() {
    KeyRef key = redis.keyWith(0);
    Credit credit =
        new Credit(redis.nextRequest().value(), key.account(), Credit.Kind.TOPUP, 5 * USD, "again");
    RedisForTests.await(redis.ledger().credit(credit));
    AccountState account = redis.state(key.account());
    KeyState state = redis.state(key);
    forget(key);
    String record = new Shards(64).of(key.account()).credit(credit.id());
    String claim = RedisLedger.creditClaim(credit.id());
    RedisForTests.await(redis.raw().call(record, c -> c.del(record), n -> n));
    RedisForTests.await(redis.raw().call(claim, c -> c.del(claim), n -> n));

    putBack(key, account, state, List.of());
    RedisForTests.await(restore.credited(key.account(), credit.id(), "topup", 5 * USD, 5 * USD));

    assertThat(RedisForTests.await(redis.ledger().credit(credit)))
        .isInstanceOfSatisfying(
            CreditOutcome.Credited.class, again -> assertThat(again.isReplay()).isTrue());
    assertThat(redis.state(key.account()).balanceNanoUsd()).isEqualTo(5 * USD);
  }

  @Test
  void suspendedAccount_andRevokedKey_stayThat() {
    KeyRef key = redis.keyWith(USD);
    RedisForTests.await(
        redis.accounts().updateKey(key, new Accounts.KeyPatch(Accounts.KeyStatus.REVOKED)));
    AccountState account = redis.state(key.account());
    KeyState state = redis.state(key);

    forget(key);
    putBack(key, account, state, List.of());

    assertThat(redis.refusal(key, 1)).isInstanceOf(Refusal.InvalidApiKey.class);
  }

  // ---- as an archive would do it

  private void putBack(KeyRef key, AccountState account, KeyState state, List<Use> uses) {
    boolean isNew = begin(key, account, state);
    for (int i = 0; isNew && i < uses.size(); i += LedgerRestore.USES_PER_CALL_MAX) {
      List<Use> some = uses.subList(i, Math.min(uses.size(), i + LedgerRestore.USES_PER_CALL_MAX));
      assertThat(RedisForTests.await(restore.used(account.id(), some))).isEqualTo(some.size());
      assertThat(RedisForTests.await(restore.used(key, some))).isEqualTo(some.size());
    }
    assertThat(RedisForTests.await(restore.done(account.id()))).isEqualTo(isNew);
  }

  private boolean begin(KeyRef key, AccountState account, KeyState state) {
    Map<String, String> fields =
        new HashMap<>(lastOf(key.account(), "account", account.id().value()));
    fields.put("balance", Long.toString(account.balanceNanoUsd()));
    fields.put("lifetime_topup", Long.toString(account.lifetimeTopupNanoUsd()));
    fields.put("lifetime_credit", Long.toString(account.lifetimeCreditNanoUsd()));
    fields.put("created_at", Long.toString(account.createdAtMillis()));
    boolean isNew = RedisForTests.await(restore.begin(account.id(), fields));
    Map<String, String> keyFields = new HashMap<>(lastOf(key.account(), "key", key.key().value()));
    keyFields.put("created_at", Long.toString(state.createdAtMillis()));
    if (state.lastUsedAtMillis() != null) {
      keyFields.put("last_used_at", Long.toString(state.lastUsedAtMillis()));
    }
    assertThat(RedisForTests.await(restore.key(key, keyFields))).isEqualTo(isNew);
    return isNew;
  }

  /** What the latest event of an account or key says of it. */
  private Map<String, String> lastOf(AccountId account, String act, String id) {
    Map<String, String> last = Map.of();
    for (Map<String, String> event : redis.events(account)) {
      if (act.equals(event.get("act")) && id.equals(event.get(act))) {
        last = new HashMap<>(event);
        last.keySet().removeAll(List.of("id", "act", "kind", "account", "key", "at"));
        last.put("revision", of(event, "id").replaceAll(".*:", ""));
      }
    }
    return last;
  }

  private List<Use> uses(AccountId account) {
    List<Use> uses = new ArrayList<>();
    for (Map<String, String> event : redis.events(account)) {
      if ("settle".equals(event.get("act"))) {
        uses.add(
            new Use(
                Long.parseLong(event.get("at")),
                of(event, "model"),
                Long.parseLong(event.get("cost")),
                UsageText.read(of(event, "usage")).totalTokens(),
                1));
      }
    }
    return uses;
  }

  private void forget(KeyRef key) {
    Shard shard = new Shards(64).of(key.account());
    for (String name :
        List.of(
            shard.account(key.account()),
            shard.budgets(key.account()),
            shard.key(key.key()),
            shard.budgets(key.key()),
            shard.keys(key.account()),
            RedisAccounts.authKey(RedisForTests.hash(key)))) {
      RedisForTests.await(redis.raw().call(name, c -> c.del(name), n -> n));
    }
  }

  private static String hold(KeyRef key, RequestId request) {
    return new Shards(64).of(key.account()).hold(request);
  }

  private static String of(Map<String, String> event, String field) {
    return Objects.requireNonNull(event.get(field), field);
  }

  private static Budget budget(String name, Budget.Unit unit, String period) {
    return RedisForTests.budget(name, unit, period, 1_000_000_000_000L);
  }
}
