package dev.tollgate.ledger;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.budget;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.Budget;
import dev.tollgate.domain.Budget.Unit;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Period;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Shortage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each kind of period counts and when it frees, on a clock that stands still in between. */
@Tag(RedisForTests.ON_THE_SHARED)
class BudgetPeriodTest {
  private static final String NOON = "2027-06-16T12:00:00Z";

  private static RedisForTests redis;

  @BeforeAll
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterAll
  static void close() {
    redis.close();
  }

  private static void at(String time) {
    redis.setClock(Instant.parse(time).toEpochMilli());
  }

  private static void pass(Duration duration) {
    redis.setClock(redis.clock() + duration.toMillis());
  }

  private static KeyRef keyWith(Budget... budgets) {
    return redis.key(redis.account(1_000 * USD), budgets);
  }

  private static Shortage shortage(KeyRef key, long quote) {
    return ((Refusal.OverBudget) redis.refusal(key, quote)).shortage();
  }

  private static boolean fits(KeyRef key, long quote) {
    RequestId request = redis.nextRequest();
    boolean isHeld = redis.hold(request, key, quote) instanceof HoldOutcome.Held;
    redis.release(request, key);
    return isHeld;
  }

  private static BudgetState state(KeyRef key, String name) {
    BudgetState state = redis.state(key).budget(name);
    if (state == null) {
      throw new AssertionError(name);
    }
    return state;
  }

  // ---- rolling

  @Test
  void rolling_freesExactlyWhatAgesOut() {
    at(NOON);
    KeyRef key = keyWith(budget("5h", Unit.USD, "rolling:5h", 10 * USD));
    redis.spend(key, 3 * USD);
    pass(Duration.ofHours(1));
    redis.spend(key, 4 * USD);
    pass(Duration.ofHours(1));
    redis.spend(key, 3 * USD);

    assertThat(fits(key, 1)).isFalse();
    // Buckets are five minutes: what was spent at 12:00 leaves when all up to 12:05 is 5 h old.
    at("2027-06-16T17:04:59.999Z");
    assertThat(fits(key, 1)).isFalse();
    at("2027-06-16T17:05:00Z");
    assertThat(redis.used(key, "5h")).isEqualTo(7 * USD);
    assertThat(fits(key, 3 * USD)).isTrue();
    assertThat(fits(key, 3 * USD + 1)).isFalse();
    at("2027-06-16T18:05:00Z");
    assertThat(redis.used(key, "5h")).isEqualTo(3 * USD);
    at("2027-06-16T19:05:00Z");
    assertThat(redis.used(key, "5h")).isZero();
    assertThat(fits(key, 10 * USD)).isTrue();
  }

  @Test
  void rolling_refusal_saysWhenEnoughHasLeft() {
    at(NOON);
    KeyRef key = keyWith(budget("5h", Unit.USD, "rolling:5h", 10 * USD));
    redis.spend(key, 3 * USD);
    at("2027-06-16T13:00:00Z");
    redis.spend(key, 4 * USD);
    at("2027-06-16T14:00:00Z");

    assertThat(redis.refusal(key, 3 * USD + 1)).isInstanceOf(Refusal.BudgetExceeded.class);
    assertThat(shortage(key, 6 * USD).freesAt()).isEqualTo("2027-06-16T17:05:00Z");
    assertThat(shortage(key, 6 * USD).retryAfterSeconds()).isEqualTo(3 * 3_600 + 300);
    assertThat(shortage(key, 6 * USD).remaining()).isEqualTo(3 * USD);
    assertThat(shortage(key, 6 * USD + 1).freesAt()).isEqualTo("2027-06-16T18:05:00Z");
    assertThat(shortage(key, 11 * USD).freesAt()).isEqualTo("2027-06-16T18:05:00Z");
    BudgetState state = state(key, "5h");
    assertThat(state.windowStartMillis())
        .isEqualTo(Instant.parse("2027-06-16T09:00:00Z").toEpochMilli());
    assertThat(state.resetAtMillis())
        .isEqualTo(Instant.parse("2027-06-16T17:05:00Z").toEpochMilli());
  }

  @Test
  void rolling_afterALongSilence_isEmptyAndStoresNothingOld() {
    at(NOON);
    KeyRef key = keyWith(budget("1m", Unit.USD, "rolling:1m", 100 * USD));
    for (int i = 0; i < 130; i++) {
      redis.spend(key, USD / 4);
      pass(Duration.ofMillis(997));
    }
    assertThat(redis.used(key, "1m")).isBetween(60 * USD / 4, 62 * USD / 4);
    assertThat(stored(key)).hasSizeLessThanOrEqualTo(3 + 61);
    pass(Duration.ofDays(400));

    assertThat(redis.used(key, "1m")).isZero();
    assertThat(stored(key)).hasSizeLessThanOrEqualTo(3);
    assertThat(fits(key, 100 * USD)).isTrue();
  }

  @Test
  void rolling_withTheClockSetBack_neitherFreesNorStaysForEver() {
    at(NOON);
    KeyRef key = keyWith(budget("1h", Unit.USD, "rolling:1h", 10 * USD));
    redis.spend(key, 4 * USD);
    at("2027-06-16T11:30:00Z");
    redis.spend(key, 5 * USD);
    assertThat(redis.used(key, "1h")).isEqualTo(9 * USD);
    assertThat(fits(key, USD + 1)).isFalse();
    at("2027-06-16T13:00:59Z");
    assertThat(redis.used(key, "1h")).isEqualTo(9 * USD);
    at("2027-06-16T13:01:00Z");
    assertThat(redis.used(key, "1h")).isZero();

    redis.spend(key, 6 * USD);
    at("2027-06-10T00:00:00Z");
    assertThat(redis.used(key, "1h")).isEqualTo(6 * USD);
    redis.spend(key, USD);
    at("2027-06-10T01:01:00Z");
    assertThat(redis.used(key, "1h")).isZero();
  }

  @Test
  void rolling_whatIsHeldWhileTheWindowPasses_isUsedWhenItSettles() {
    at(NOON);
    KeyRef key = keyWith(budget("1h", Unit.USD, "rolling:1h", 10 * USD));
    RequestId slow = redis.nextRequest();
    redis.hold(slow, key, 6 * USD);
    at("2027-06-16T20:00:00Z");

    assertThat(fits(key, 4 * USD + 1)).isFalse();
    redis.settle(slow, key, 2 * USD, 6 * USD);

    assertThat(redis.held(key, "1h")).isZero();
    assertThat(redis.used(key, "1h")).isEqualTo(2 * USD);
    at("2027-06-16T20:59:00Z");
    assertThat(redis.used(key, "1h")).isEqualTo(2 * USD);
  }

  // ---- first use

  @Test
  void firstUse_opensWithTheFirstSpendAndResetsWhole() {
    at(NOON);
    KeyRef key = keyWith(budget("5h", Unit.USD, "first_use:5h", 10 * USD));
    assertThat(state(key, "5h").windowStartMillis()).isNull();
    at("2027-06-16T13:17:00Z");
    redis.spend(key, 4 * USD);
    at("2027-06-16T18:16:00Z");
    redis.spend(key, 6 * USD);

    assertThat(shortage(key, 1).freesAt()).isEqualTo("2027-06-16T18:17:00Z");
    assertThat(shortage(key, 1).retryAfterSeconds()).isEqualTo(60);
    at("2027-06-16T18:16:59.999Z");
    assertThat(fits(key, 1)).isFalse();
    at("2027-06-16T18:17:00Z");
    assertThat(redis.used(key, "5h")).isZero();
    assertThat(state(key, "5h").windowStartMillis()).isNull();
    at("2027-06-16T19:00:00Z");
    redis.spend(key, 10 * USD);
    assertThat(shortage(key, 1).freesAt()).isEqualTo("2027-06-17T00:00:00Z");
  }

  @Test
  void firstUse_ofARequestThatCameToNothing_doesNotOpen() {
    at(NOON);
    KeyRef key = keyWith(budget("1h", Unit.USD, "first_use:1h", 10 * USD));
    assertThat(fits(key, USD)).isTrue();
    assertThat(state(key, "1h").windowStartMillis()).isNull();
    at("2027-06-16T12:30:00Z");
    redis.spend(key, USD);

    assertThat(state(key, "1h").windowStartMillis()).isEqualTo(redis.clock());
  }

  @Test
  void firstUse_whatIsHeldOverItsEnd_opensTheNextWhenItSettles() {
    at(NOON);
    KeyRef key = keyWith(budget("1h", Unit.USD, "first_use:1h", 10 * USD));
    RequestId slow = redis.nextRequest();
    redis.hold(slow, key, 6 * USD);
    redis.spend(key, 3 * USD);
    at("2027-06-16T13:30:00Z");
    assertThat(fits(key, 4 * USD + 1)).isFalse();
    redis.settle(slow, key, 5 * USD, 6 * USD);

    assertThat(state(key, "1h").used()).isEqualTo(5 * USD);
    assertThat(state(key, "1h").windowStartMillis()).isEqualTo(redis.clock());
  }

  // ---- calendar

  @ParameterizedTest
  @CsvSource({
    "day,   2027-06-16T12:00:00Z, 2027-06-17T00:00:00Z",
    "day,   2028-02-28T23:59:59.999Z, 2028-02-29T00:00:00Z",
    "day,   2028-02-29T00:00:00Z, 2028-03-01T00:00:00Z",
    "week,  2027-06-16T12:00:00Z, 2027-06-21T00:00:00Z",
    "week,  2027-06-20T23:59:59.999Z, 2027-06-21T00:00:00Z",
    "week,  2027-06-21T00:00:00Z, 2027-06-28T00:00:00Z",
    "week,  2027-12-31T12:00:00Z, 2028-01-03T00:00:00Z",
    "month, 2027-01-31T12:00:00Z, 2027-02-01T00:00:00Z",
    "month, 2027-02-28T23:59:59Z, 2027-03-01T00:00:00Z",
    "month, 2028-02-28T23:59:59Z, 2028-03-01T00:00:00Z",
    "month, 2028-02-29T23:59:59Z, 2028-03-01T00:00:00Z",
    "month, 2100-02-28T00:00:00Z, 2100-03-01T00:00:00Z",
    "month, 2027-12-01T00:00:00Z, 2028-01-01T00:00:00Z",
    "month, 2400-02-29T00:00:00Z, 2400-03-01T00:00:00Z"
  })
  void calendar_endsAtMidnightUtc(String unit, String time, String end) {
    at(time);
    KeyRef key = keyWith(budget("c", Unit.USD, "calendar:" + unit, 10 * USD));
    redis.spend(key, 10 * USD);
    assertThat(shortage(key, 1).freesAt()).isEqualTo(end);

    redis.setClock(Instant.parse(end).toEpochMilli() - 1);
    assertThat(fits(key, 1)).isFalse();
    assertThat(shortage(key, 1).retryAfterSeconds()).isEqualTo(1);
    at(end);
    assertThat(fits(key, 10 * USD)).isTrue();
    redis.spend(key, 2 * USD);
    assertThat(redis.used(key, "c")).isEqualTo(2 * USD);
    // Set back before midnight, the clock does not bring the old day back.
    redis.setClock(Instant.parse(end).toEpochMilli() - 5);
    assertThat(redis.used(key, "c")).isEqualTo(2 * USD);
  }

  // ---- units, models, owners, changes

  @Test
  void requestsAndTokens_countWhatWasHeldAndThenWhatWasUsed() {
    at(NOON);
    KeyRef key =
        keyWith(
            budget("rpm", Unit.REQUESTS, "rolling:1m", 2),
            budget("tpm", Unit.TOKENS, "rolling:1m", 5_000));
    RequestId first = redis.nextRequest();
    RequestId second = redis.nextRequest();
    HoldOutcome.Held held = (HoldOutcome.Held) redis.hold(first, key, 1, 3_000, "llama");
    assertThat(held.limits())
        .isEqualTo(
            new RateLimits(
                new RateLimits.RateLimit(2, 1, 60_000),
                new RateLimits.RateLimit(5_000, 2_000, 60_000)));

    HoldOutcome.Refused refused =
        (HoldOutcome.Refused) redis.hold(redis.nextRequest(), key, 1, 2_001, "llama");
    assertThat(((Refusal.RateLimitExceeded) refused.refusal()).shortage().remaining())
        .isEqualTo(2_000);
    assertThat(refused.limits().requests()).isEqualTo(new RateLimits.RateLimit(2, 1, 60_000));
    RedisForTests.await(redis.ledger().settle(RedisForTests.settlement(first, key, 1, 1, 500)));
    assertThat(redis.used(key, "tpm")).isEqualTo(500);
    assertThat(redis.used(key, "rpm")).isEqualTo(1);
    redis.hold(second, key, 1, 4_500, "llama");
    assertThat(shortage(key, 1).budget()).isEqualTo("rpm");
    redis.release(second, key);
    assertThat(redis.used(key, "rpm")).isEqualTo(1);
    assertThat(redis.held(key, "tpm")).isZero();
    pass(Duration.ofSeconds(61));
    assertThat(redis.used(key, "rpm")).isZero();
  }

  @Test
  void budget_ofSomeModels_countsThoseOnly() {
    at(NOON);
    Budget big =
        new Budget(
            "big",
            Budget.Scope.KEY,
            Unit.USD,
            Period.parse("rolling:1h"),
            USD,
            List.of("gpt-*", "claude-*"));
    KeyRef key = keyWith(big);

    assertThat(redis.hold(redis.nextRequest(), key, 2 * USD, 1, "llama"))
        .isInstanceOf(HoldOutcome.Held.class);
    assertThat(redis.hold(redis.nextRequest(), key, 2 * USD, 1, "gpt-5"))
        .isInstanceOf(HoldOutcome.Refused.class);
    assertThat(redis.hold(redis.nextRequest(), key, USD, 1, "gpt-5"))
        .isInstanceOf(HoldOutcome.Held.class);
    assertThat(state(key, "big").held()).isEqualTo(USD);
    assertThat(state(key, "big").budget()).isEqualTo(big);
  }

  @Test
  void budgets_ofKeyAndAccount_holdTogetherOrNotAtAll() {
    at(NOON);
    KeyRef one = keyWith(budget("1h", Unit.USD, "rolling:1h", 5 * USD));
    KeyRef two = redis.key(one.account(), budget("1h", Unit.USD, "rolling:1h", 5 * USD));
    redis.put(
        one.account(),
        Budget.of("1h", Budget.Scope.ACCOUNT, Unit.USD, Period.parse("rolling:1h"), 7 * USD));
    redis.spend(one, 4 * USD);

    assertThat(shortage(two, 4 * USD).scope()).isEqualTo(Budget.Scope.ACCOUNT);
    assertThat(redis.held(two, "1h")).isZero();
    assertThat(fits(two, 3 * USD)).isTrue();
    assertThat(shortage(one, 2 * USD).scope()).isEqualTo(Budget.Scope.KEY);
  }

  @Test
  void changedLimit_takesEffectAtOnceAndKeepsWhatWasUsed() {
    at(NOON);
    KeyRef key = keyWith(budget("1h", Unit.USD, "rolling:1h", 5 * USD));
    redis.spend(key, 5 * USD);
    assertThat(fits(key, 1)).isFalse();

    redis.change(key, BudgetChange.put(budget("1h", Unit.USD, "rolling:1h", 6 * USD)));
    assertThat(fits(key, USD)).isTrue();
    redis.change(key, BudgetChange.put(budget("1h", Unit.USD, "rolling:1h", 2 * USD)));
    assertThat(shortage(key, 1).remaining()).isZero();
  }

  @Test
  void removedBudget_isForgottenOnceNothingIsHeldOfIt() {
    at(NOON);
    KeyRef key = keyWith(budget("1h", Unit.USD, "rolling:1h", 5 * USD));
    redis.spend(key, USD);
    RequestId open = redis.nextRequest();
    redis.hold(open, key, USD);

    redis.change(key, BudgetChange.remove("1h"));
    assertThat(stored(key)).isNotEmpty();
    redis.settle(open, key, USD, USD);
    assertThat(stored(key)).isEmpty();

    redis.change(key, BudgetChange.put(budget("1h", Unit.USD, "rolling:1h", 5 * USD)));
    redis.spend(key, USD);
    redis.change(key, BudgetChange.put(budget("1h", Unit.USD, "first_use:1h", 5 * USD)));
    assertThat(stored(key)).isEmpty();
  }

  @Test
  void budgets_beyondTheirNumber_areNotTaken() {
    KeyRef key = keyWith();
    for (int i = 0; i < BudgetLines.BUDGETS_MAX; i++) {
      redis.change(key, BudgetChange.put(budget("b" + i, Unit.USD, "calendar:day", i)));
    }
    BudgetChange[] more = {BudgetChange.put(budget("more", Unit.USD, "lifetime", 1))};

    assertThatThrownBy(() -> redis.change(key, more)).isInstanceOf(TooManyBudgetsException.class);
    assertThat(redis.state(key).budgets()).hasSize(BudgetLines.BUDGETS_MAX);
    redis.change(key, BudgetChange.remove("b0"), more[0]);
    assertThat(redis.state(key).budgets()).hasSize(BudgetLines.BUDGETS_MAX);
  }

  private static Map<String, String> stored(KeyRef key) {
    String state = new Shards(64).of(key.account()).budgets(key.key());
    return RedisForTests.await(redis.raw().call(c -> c.hgetall(state), all -> all));
  }
}
