package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget.Unit;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiPredicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Against a plain list of what was spent when: in no window that could be drawn does the spend
 * exceed the limit, and what is refused would not have been far from it.
 */
@Tag(RedisForTests.ON_THE_SHARED)
class RollingWindowPropertyTest {
  private static final long START = Instant.parse("2027-11-29T21:00:00Z").toEpochMilli();
  private static final long LIMIT = 1_000_000;
  private static final int SPENDS = 50;

  private record Spend(long at, long cost) {}

  @SuppressWarnings("NullAway.Init") // by the container's beginning
  private static RedisForTests redis;

  @BeforeContainer
  static void open() {
    redis = RedisForTests.open();
  }

  @AfterContainer
  static void close() {
    redis.close();
  }

  /**
   * @param limited whether the second of two spends falls under the same window as the first
   */
  private static void spendAtRandom(
      String period, long span, long seed, BiPredicate<Long, Long> limited) {
    Random random = new Random(seed);
    redis.setClock(START);
    KeyRef key =
        redis.key(redis.account(1L << 50), RedisForTests.budget("w", Unit.USD, period, LIMIT));
    List<Spend> spends = new ArrayList<>();
    for (int i = 0; i < SPENDS; i++) {
      redis.setClock(redis.clock() + pause(random, span));
      long cost = 1 + random.nextLong(LIMIT / (1 + random.nextInt(8)));
      RequestId request = redis.nextRequest();
      if (redis.hold(request, key, cost) instanceof HoldOutcome.Held) {
        redis.setClock(redis.clock() + (random.nextInt(4) == 0 ? pause(random, span) : 0));
        long settled = cost - random.nextLong(cost) / 4;
        redis.settle(request, key, settled, cost);
        spends.add(new Spend(redis.clock(), settled));
      }
    }
    assertThat(spends).isNotEmpty();
    for (Spend last : spends) {
      long sum =
          spends.stream()
              .filter(spend -> spend.at <= last.at && limited.test(spend.at, last.at))
              .mapToLong(Spend::cost)
              .sum();
      assertThat(sum).as("in the window that ends at %d", last.at).isLessThanOrEqualTo(LIMIT);
    }
  }

  /** Often small, often near the span or the width of a bucket, to the millisecond. */
  private static long pause(Random random, long span) {
    return switch (random.nextInt(6)) {
      case 0 -> 0;
      case 1 -> span / 60 + random.nextInt(3) - 1;
      case 2 -> span + random.nextInt(3) - 1;
      case 3 -> span - span / 60 + random.nextInt(3) - 1;
      case 4 -> random.nextLong(span);
      default -> random.nextLong(span / 8);
    };
  }

  @Property(tries = 40)
  void rolling_noTrueWindowExceedsTheLimit(
      @ForAll long seed, @ForAll @LongRange(min = 1, max = 1_000_000) long seconds) {
    long span = Duration.ofSeconds(seconds).toMillis();
    spendAtRandom("rolling:" + seconds + "s", span, seed, (from, to) -> from > to - span);
  }

  @Property(tries = 20)
  void calendar_noDayExceedsTheLimit(@ForAll long seed) {
    spendAtRandom(
        "calendar:day",
        Duration.ofDays(1).toMillis(),
        seed,
        (from, to) -> day(from).equals(day(to)));
  }

  @Property(tries = 20)
  void calendar_noMonthExceedsTheLimit(@ForAll long seed) {
    spendAtRandom(
        "calendar:month",
        Duration.ofDays(12).toMillis(),
        seed,
        (from, to) -> day(from).withDayOfMonth(1).equals(day(to).withDayOfMonth(1)));
  }

  /** One window after the other: what fits is known from a sum. */
  @Property(tries = 20)
  void firstUse_admitsWhatFitsTheWindowThatIsOpen(@ForAll long seed) {
    long span = Duration.ofHours(5).toMillis();
    Random random = new Random(seed);
    redis.setClock(START);
    KeyRef key =
        redis.key(
            redis.account(1L << 50), RedisForTests.budget("w", Unit.USD, "first_use:5h", LIMIT));
    long opened = Long.MIN_VALUE;
    long sum = 0;
    for (int i = 0; i < SPENDS; i++) {
      redis.setClock(redis.clock() + pause(random, span));
      long cost = 1 + random.nextLong(LIMIT);
      boolean isNew = opened == Long.MIN_VALUE || redis.clock() >= opened + span;
      boolean fits = isNew || sum + cost <= LIMIT;
      RequestId request = redis.nextRequest();
      assertThat(redis.hold(request, key, cost) instanceof HoldOutcome.Held).isEqualTo(fits);
      if (fits) {
        redis.settle(request, key, cost, cost);
        sum = isNew ? cost : sum + cost;
        opened = isNew ? redis.clock() : opened;
      }
    }
  }

  private static LocalDate day(long at) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(at), ZoneOffset.UTC);
  }
}
