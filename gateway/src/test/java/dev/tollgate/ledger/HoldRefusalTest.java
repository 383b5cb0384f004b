package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.Accounts.AccountPatch;
import dev.tollgate.ledger.Accounts.AccountStatus;
import dev.tollgate.ledger.Accounts.KeyPatch;
import dev.tollgate.ledger.Accounts.KeyStatus;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag(RedisForTests.ON_THE_SHARED)
class HoldRefusalTest {
  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open(2);
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  @Test
  void hold_whenEverythingIsWrong_namesTheGravestFirst() {
    KeyRef key = redis.key(redis.account(0), 0L, 0L, List.of("gpt-*"));
    await(
        redis
            .accounts()
            .update(
                key.account(), new AccountPatch(null, null, AccountStatus.SUSPENDED, null, null)));
    patch(key, KeyStatus.REVOKED, -1L);

    assertThat(refusal(key)).isEqualTo(new Refusal.InvalidApiKey("The API key was revoked."));
    patch(key, KeyStatus.DISABLED, -1L);
    assertThat(refusal(key)).isEqualTo(new Refusal.InvalidApiKey("The API key is disabled."));
    patch(key, KeyStatus.ACTIVE, 1L);
    assertThat(refusal(key)).isEqualTo(new Refusal.InvalidApiKey("The API key has expired."));
    patch(key, KeyStatus.ACTIVE, -1L);
    assertThat(refusal(key)).isEqualTo(new Refusal.AccountSuspended());
    await(
        redis
            .accounts()
            .update(key.account(), new AccountPatch(null, null, AccountStatus.ACTIVE, null, null)));
    assertThat(refusal(key)).isEqualTo(new Refusal.ModelNotAllowed("llama"));
    await(
        redis
            .accounts()
            .updateKey(key, new KeyPatch(null, null, List.of(), List.of(), null, null)));
    assertThat(refusal(key)).isEqualTo(new Refusal.ConcurrencyExceeded(0));
    redis.change(key, BudgetChange.remove("concurrency"));
    assertQuota(refusal(key), 0, 0, USD);
    redis.change(key, BudgetChange.remove("quota"));
    assertThat(refusal(key)).isEqualTo(new Refusal.InsufficientCredits(USD, 0, null));
    redis.credit(key.account(), USD);
    assertThat(redis.hold(redis.nextRequest(), key, USD)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_whateverTheOrderOfBudgets_namesTheGravest() {
    KeyRef key = redis.keyWith(10 * USD);
    String quota = "quota|usd|lifetime|0|";
    String concurrency = "concurrency|concurrent|lifetime|0|";
    for (String budgets : List.of(quota + "\n" + concurrency, concurrency + "\n" + quota)) {
      define(key.account(), budgets);
      assertThat(refusal(key)).isEqualTo(new Refusal.ConcurrencyExceeded(0));
    }
  }

  @Test
  void hold_withAnAccountBudget_countsAllItsKeys() {
    AccountId account = redis.account(10 * USD);
    define(account, "pool|concurrent|lifetime|2|\nspend|usd|lifetime|5000000000|");
    KeyRef one = redis.key(account);
    KeyRef two = redis.key(account, 4 * USD, null, List.of());
    RequestId first = redis.nextRequest();
    redis.hold(first, one, 2 * USD);

    assertQuota(refusal(two, 4 * USD), 5 * USD, 3 * USD, 4 * USD);
    assertThat(redis.hold(redis.nextRequest(), two, USD)).isInstanceOf(HoldOutcome.Held.class);
    assertThat(refusal(one)).isEqualTo(new Refusal.ConcurrencyExceeded("pool", 2));
    redis.settle(first, one, 3 * USD, 2 * USD);

    assertQuota(refusal(one, USD + 1), 5 * USD, USD, USD + 1);
    assertThat(redis.hold(redis.nextRequest(), one, USD)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_withABudgetOfSomeModels_countsThoseOnly() {
    AccountId account = redis.account(10 * USD);
    define(account, "big|usd|lifetime|0|gpt-*,claude-*");
    KeyRef key = redis.key(account);

    assertThat(hold(key, "gpt-5", 1)).isInstanceOf(HoldOutcome.Refused.class);
    assertThat(hold(key, "claude-x", 1)).isInstanceOf(HoldOutcome.Refused.class);
    assertThat(hold(key, "llama", 1)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_withModelGlobs_allowsThoseOnly() {
    KeyRef key =
        redis.key(redis.account(USD), null, null, List.of("llama-*-instruct", "gpt-5", "a.c"));

    for (String allowed : List.of("llama-3-instruct", "llama--instruct", "gpt-5", "a.c")) {
      assertThat(hold(key, allowed, 1)).as(allowed).isInstanceOf(HoldOutcome.Held.class);
    }
    for (String other :
        List.of("llama-instruct", "llama-3", "gpt-55", "abc", "x-llama-3-instruct")) {
      assertThat(hold(key, other, 1))
          .as(other)
          .isEqualTo(new HoldOutcome.Refused(new Refusal.ModelNotAllowed(other)));
    }
    // A call that is sold by itself asks for no model, and so for none that is not allowed.
    assertThat(hold(key, "", 1)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_withABudgetThatIsNotKnownYet_failsInsteadOfAdmitting() {
    AccountId account = redis.account(USD);
    define(account, "rpm|requests|fortnight:60000|10|");
    KeyRef key = redis.key(account);

    assertThat(redis.ledger().hold(new HoldRequest(redis.nextRequest(), key, 1, 1, "llama", 1_000)))
        .failsWithin(java.time.Duration.ofSeconds(30))
        .withThrowableThat()
        .havingRootCause()
        .withMessageContaining("a budget that this version does not know");
    String record = new Shards(64).of(account).account(account);
    String held = await(redis.raw().call(c -> c.hget(record, "held"), found -> found));
    assertThat(held).isEqualTo("0");
  }

  @Test
  void hold_ofAnUnknownKey_isRefused() {
    KeyRef known = redis.keyWith(USD);

    assertThat(refusal(new KeyRef(known.account(), new KeyId("key_nobody"))))
        .isEqualTo(Refusal.InvalidApiKey.UNKNOWN);
    assertThat(refusal(new KeyRef(redis.account(USD), known.key())))
        .isEqualTo(Refusal.InvalidApiKey.UNKNOWN);
  }

  @Test
  void hold_ofARevokedKey_isRefusedAtOnceOnEveryLane() {
    KeyRef key = redis.keyWith(USD);
    HoldRequest request = new HoldRequest(redis.nextRequest(), key, 1, 1, "llama", 1_000);
    assertThat(await(redis.connections().ledger(1).hold(request)))
        .isInstanceOf(HoldOutcome.Held.class);

    patch(key, KeyStatus.REVOKED, -1L);

    HoldRequest next = new HoldRequest(redis.nextRequest(), key, 1, 1, "llama", 1_000);
    assertThat(await(redis.connections().ledger(1).hold(next)))
        .isEqualTo(new HoldOutcome.Refused(new Refusal.InvalidApiKey("The API key was revoked.")));
  }

  @Test
  void hold_withConcurrencyLimit_admitsAgainWhenOneEnds() {
    KeyRef key = redis.key(redis.account(USD), null, 2L, List.of());
    RequestId first = redis.nextRequest();
    redis.hold(first, key, 1);
    redis.hold(redis.nextRequest(), key, 1);
    assertThat(refusal(key, 1)).isEqualTo(new Refusal.ConcurrencyExceeded(2));

    redis.release(first, key);

    assertThat(redis.hold(redis.nextRequest(), key, 1)).isInstanceOf(HoldOutcome.Held.class);
  }

  @Test
  void hold_withAChangedQuota_keepsWhatWasUsed() {
    KeyRef key = redis.key(redis.account(10 * USD), 3 * USD, null, List.of());
    RequestId request = redis.nextRequest();
    redis.hold(request, key, 2 * USD);
    redis.settle(request, key, 2 * USD, 2 * USD);
    assertQuota(refusal(key, 2 * USD), 3 * USD, USD, 2 * USD);

    redis.change(key, BudgetChange.put(RedisForTests.quota(4 * USD)));

    assertThat(redis.used(key, "quota")).isEqualTo(2 * USD);
    assertThat(redis.hold(redis.nextRequest(), key, 2 * USD)).isInstanceOf(HoldOutcome.Held.class);
  }

  private static void assertQuota(Refusal refusal, long limit, long remaining, long asked) {
    assertThat(refusal)
        .isInstanceOfSatisfying(
            Refusal.QuotaExhausted.class,
            quota -> {
              assertThat(quota.shortage().limit()).isEqualTo(limit);
              assertThat(quota.shortage().remaining()).isEqualTo(remaining);
              assertThat(quota.shortage().asked()).isEqualTo(asked);
              assertThat(quota.retryAfterSeconds()).isNull();
            });
  }

  private static void define(AccountId account, String budgets) {
    String key = new Shards(64).of(account).account(account);
    await(redis.raw().call(c -> c.hset(key, "budgets", budgets), set -> set));
  }

  private static void patch(KeyRef key, KeyStatus status, long expiresAtMillis) {
    await(
        redis
            .accounts()
            .updateKey(key, new KeyPatch(null, status, List.of(), null, null, expiresAtMillis)));
  }

  private static HoldOutcome hold(KeyRef key, String model, long quote) {
    return await(
        redis.ledger().hold(new HoldRequest(redis.nextRequest(), key, quote, 1, model, 60_000)));
  }

  private static Refusal refusal(KeyRef key) {
    return refusal(key, USD);
  }

  private static Refusal refusal(KeyRef key, long quote) {
    return ((HoldOutcome.Refused) redis.hold(redis.nextRequest(), key, quote)).refusal();
  }
}
