package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountState;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyState;
import dev.tollgate.ledger.Accounts.KeyStatus;
import dev.tollgate.ledger.Accounts.NewAccount;
import dev.tollgate.ledger.Accounts.NewKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(RedisForTests.ON_THE_SHARED)
class RedisAccountsTest {
  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @Test
  void create_thenFind_givesTheSame() {
    AccountId id = new AccountId("acct_" + redis.nextRequest().value());
    NewAccount account = new NewAccount(id, "Søren & Co", "s@example.org", 900_000, 7);

    AccountState created = await(redis.accounts().create(account));

    assertThat(created)
        .isEqualTo(
            new AccountState(
                id,
                "Søren & Co",
                "s@example.org",
                AccountStatus.ACTIVE,
                0,
                0,
                7,
                900_000,
                0,
                0,
                created.createdAtMillis(),
                List.of(),
                null,
                0));
    assertThat(created.createdAtMillis()).isPositive();
    assertThat(await(redis.accounts().find(id))).contains(created);
    assertThat(await(redis.accounts().create(account))).isEqualTo(created);
    assertThat(redis.events(id))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event)
                    .containsEntry("id", id.value() + ":account:0")
                    .containsEntry("name", "Søren & Co")
                    .containsEntry("multiplier_ppm", "900000"));
  }

  @Test
  void update_changesWhatIsNamedAndSaysSo() {
    AccountId id = redis.account(USD);
    AccountState before = redis.state(id);

    AccountState after =
        await(
                redis
                    .accounts()
                    .update(id, new AccountPatch("New", null, AccountStatus.SUSPENDED, null, 5L)))
            .orElseThrow();

    assertThat(after.name()).isEqualTo("New");
    assertThat(after.email()).isEqualTo(before.email());
    assertThat(after.status()).isEqualTo(AccountStatus.SUSPENDED);
    assertThat(after.creditLimitNanoUsd()).isEqualTo(5);
    assertThat(after.multiplierPpm()).isEqualTo(before.multiplierPpm());
    assertThat(after.balanceNanoUsd()).isEqualTo(USD);
    assertThat(redis.events(id).getLast())
        .containsEntry("id", id.value() + ":account:1")
        .containsEntry("kind", "changed")
        .containsEntry("name", "New")
        .containsEntry("status", "suspended")
        .containsEntry("credit_limit", "5")
        .doesNotContainKey("balance");
    int events = redis.events(id).size();
    assertThat(await(redis.accounts().update(id, new AccountPatch(null, null, null, null, null))))
        .contains(after);
    assertThat(redis.events(id)).hasSize(events);
  }

  @Test
  void unknown_isEmpty() {
    AccountId nobody = new AccountId("acct_nobody");
    KeyRef key = new KeyRef(nobody, new KeyId("key_nobody"));
    assertThat(await(redis.accounts().find(nobody))).isEmpty();
    assertThat(
            await(redis.accounts().update(nobody, new AccountPatch("x", null, null, null, null))))
        .isEmpty();
    assertThat(await(redis.accounts().findKey(key))).isEmpty();
    assertThat(await(redis.accounts().keysOf(nobody))).isEmpty();
    assertThat(
            await(
                redis
                    .accounts()
                    .updateKey(key, new KeyPatch("x", null, List.of(), null, null, null))))
        .isEmpty();
    assertThat(await(redis.accounts().findKeyByHash("00"))).isEmpty();
    assertThat(
            await(
                redis
                    .accounts()
                    .createKey(
                        new NewKey(key, "00", "", "", List.of(), List.of(), List.of(), null))))
        .isEmpty();
    assertThat(await(redis.accounts().findKeyByHash("00"))).isEmpty();
  }

  @Test
  void amounts_outOfRange_areNotTaken() {
    AccountId id = redis.account(0);
    assertThatThrownBy(
            () ->
                redis
                    .accounts()
                    .update(id, new AccountPatch(null, null, null, 1_000_000_001L, null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> redis.accounts().update(id, new AccountPatch(null, null, null, null, -1L)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void list_pagesThroughAllShardsOldestFirst() {
    List<AccountId> made = new ArrayList<>();
    AccountId before = redis.account(0);
    for (int i = 0; i < 25; i++) {
      made.add(redis.account(0));
    }

    List<AccountState> listed = new ArrayList<>();
    AccountId last = before;
    for (List<AccountState> page = page(last); !page.isEmpty(); page = page(last)) {
      assertThat(page).hasSizeLessThanOrEqualTo(7);
      listed.addAll(page);
      last = page.getLast().id();
    }

    // Within a millisecond the order is that of the ids, so the first of all may hide some.
    assertThat(listed).extracting(AccountState::createdAtMillis).isSorted();
    assertThat(Stream.concat(Stream.of(before), listed.stream().map(AccountState::id)))
        .doesNotHaveDuplicates();
    long beforeMillis = redis.state(before).createdAtMillis();
    assertThat(listed.stream().map(AccountState::id))
        .containsAll(
            made.stream().filter(id -> redis.state(id).createdAtMillis() > beforeMillis).toList());
    assertThat(await(redis.accounts().list(null, 3))).hasSize(3);
  }

  private static List<AccountState> page(AccountId after) {
    return await(redis.accounts().list(after, 7));
  }

  @Test
  void createKey_thenFind_byRefAndByHash() {
    AccountId account = redis.account(0);
    KeyRef ref = new KeyRef(account, new KeyId("key_" + redis.nextRequest().value()));
    NewKey key =
        new NewKey(
            ref,
            RedisForTests.hash(ref),
            "tg_live_ab…wxyz",
            "ci",
            List.of(RedisForTests.quota(5 * USD), RedisForTests.concurrency(3)),
            List.of("gpt-*", "llama"),
            List.of("meter"),
            4_000_000_000_000L);

    KeyState created = redis.create(key);

    assertThat(created)
        .isEqualTo(
            new KeyState(
                ref,
                "ci",
                "tg_live_ab…wxyz",
                KeyStatus.ACTIVE,
                List.of(
                    new BudgetState(RedisForTests.quota(5 * USD), 0, 0, null, null),
                    new BudgetState(RedisForTests.concurrency(3), 0, 0, null, null)),
                List.of("gpt-*", "llama"),
                List.of("meter"),
                4_000_000_000_000L,
                created.createdAtMillis(),
                null));
    assertThat(redis.create(key)).isEqualTo(created);
    assertThat(await(redis.accounts().findKeyByHash(key.sha256Hex()))).contains(ref);
    assertThat(await(redis.accounts().keysOf(account))).containsExactly(created);
    assertThat(redis.events(account).getLast())
        .containsEntry("id", ref.key().value() + ":key:0")
        .containsEntry("sha256", key.sha256Hex())
        .containsEntry("hint", "tg_live_ab…wxyz")
        .containsEntry(
            "budgets", "quota|usd|lifetime|5000000000|\nconcurrency|concurrent|lifetime|3|");
  }

  @Test
  void createKey_withTheSecretOfAnother_fails() {
    KeyRef first = redis.keyWith(0);
    KeyRef second = new KeyRef(first.account(), new KeyId("key_" + redis.nextRequest().value()));

    assertThatThrownBy(
            () ->
                redis.create(
                    new NewKey(
                        second,
                        RedisForTests.hash(first),
                        "",
                        "",
                        List.of(),
                        List.of(),
                        List.of(),
                        null)))
        .hasMessageContaining("another key");
    assertThat(await(redis.accounts().findKeyByHash(RedisForTests.hash(first)))).contains(first);
  }

  @Test
  void updateKey_liftsAndSetsLimits() {
    KeyRef key = redis.key(redis.account(0), 5 * USD, 3L, List.of("a"));

    KeyState lifted =
        await(
                redis
                    .accounts()
                    .updateKey(
                        key,
                        new KeyPatch(
                            "n",
                            null,
                            List.of(BudgetChange.remove("quota")),
                            List.of(),
                            List.of("s"),
                            9L)))
            .orElseThrow();
    assertThat(lifted.name()).isEqualTo("n");
    assertThat(lifted.budget("quota")).isNull();
    assertThat(lifted.budgets()).extracting(state -> state.budget().limit()).containsExactly(3L);
    assertThat(lifted.models()).isEmpty();
    assertThat(lifted.scopes()).containsExactly("s");
    assertThat(lifted.expiresAtMillis()).isEqualTo(9);

    List<BudgetChange> changes =
        List.of(
            BudgetChange.put(RedisForTests.quota(7)),
            BudgetChange.put(RedisForTests.concurrency(4)));
    KeyState set =
        await(
                redis
                    .accounts()
                    .updateKey(
                        key, new KeyPatch(null, KeyStatus.REVOKED, changes, null, null, -1L)))
            .orElseThrow();
    assertThat(set.status()).isEqualTo(KeyStatus.REVOKED);
    assertThat(set.budgets())
        .extracting(state -> state.budget().name() + " " + state.budget().limit())
        .containsExactly("concurrency 4", "quota 7");
    assertThat(set.expiresAtMillis()).isNull();
    assertThat(redis.events(key.account()).getLast())
        .containsEntry("id", key.key().value() + ":key:2")
        .containsEntry("status", "revoked")
        .containsEntry("models", "")
        .containsEntry("sha256", RedisForTests.hash(key));
  }

  @Test
  void keys_withSeparatorsInTheirGlobs_areNotTaken() {
    AccountId account = redis.account(0);
    for (String wrong : List.of("", " ", "a,b", "a|b", "a\nb")) {
      assertThatThrownBy(() -> redis.key(account, null, null, List.of(wrong)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
