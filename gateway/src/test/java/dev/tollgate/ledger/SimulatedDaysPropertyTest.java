package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.Budget.Unit;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.RequestId;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Days and weeks of purchases, each of which takes a while. What a budget has used is at every step
 * what a plain list of all charges says of its period, and a request is admitted exactly when that,
 * what is held and what it asks are within the limit.
 */
@Tag(RedisForTests.ON_THE_SHARED)
class SimulatedDaysPropertyTest {
  /** A Thursday evening before a leap day, a weekend and the end of a month. */
  private static final long START = Instant.parse("2028-02-24T21:30:00Z").toEpochMilli();

  private static final long LIMIT = 1_000_000;
  private static final int STEPS = 60;

  private record Charge(long at, long cost) {}

  private record Open(RequestId request, long quote) {}

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

  /** What is used now, of all that was charged so far: the statement about a kind of period. */
  private abstract static class Statement {
    final List<Charge> charges = new ArrayList<>();

    /**
     * A hold was admitted.
     *
     * @param isFirst whether nothing else was open
     */
    void held(long at, boolean isFirst) {}

    void charged(Charge charge) {
      charges.add(charge);
    }

    /** The first moment of which charges still count. */
    abstract long from(long at);

    long used(long at) {
      long from = from(at);
      return charges.stream().filter(c -> c.at >= from).mapToLong(Charge::cost).sum();
    }
  }

  /** A charge is out when the bucket that it fell into is older than the window. */
  private static final class Rolling extends Statement {
    private final long span;
    private final long width;

    Rolling(long span) {
      this.span = span;
      this.width = span / 60;
    }

    @Override
    long from(long at) {
      return Math.floorDiv(at - span, width) * width;
    }
  }

  private static final class FirstUse extends Statement {
    private final long span;
    private long opened = Long.MIN_VALUE;

    FirstUse(long span) {
      this.span = span;
    }

    private boolean isOpen(long at) {
      return opened != Long.MIN_VALUE && at < opened + span;
    }

    @Override
    void held(long at, boolean isFirst) {
      if (!isOpen(at) || (isFirst && used(at) == 0)) {
        opened = at;
      }
    }

    /** What cost nothing opens nothing. */
    @Override
    void charged(Charge charge) {
      if (!isOpen(charge.at) && charge.cost > 0) {
        opened = charge.at;
      }
      super.charged(charge);
    }

    @Override
    long from(long at) {
      return isOpen(at) ? opened : Long.MAX_VALUE;
    }
  }

  private static final class Calendar extends Statement {
    private final String unit;

    Calendar(String unit) {
      this.unit = unit;
    }

    @Override
    long from(long at) {
      LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(at), ZoneOffset.UTC);
      LocalDate first =
          switch (unit) {
            case "day" -> day;
            case "week" -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
            default -> day.withDayOfMonth(1);
          };
      return first.atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
    }
  }

  private static final class Lifetime extends Statement {
    @Override
    long from(long at) {
      return Long.MIN_VALUE;
    }
  }

  private static Statement about(String period) {
    String[] parts = period.split(":", 2);
    return switch (parts[0]) {
      case "rolling" -> new Rolling(seconds(parts[1]));
      case "first_use" -> new FirstUse(seconds(parts[1]));
      case "calendar" -> new Calendar(parts[1]);
      default -> new Lifetime();
    };
  }

  private static long seconds(String text) {
    return Duration.ofSeconds(Long.parseLong(text.substring(0, text.length() - 1))).toMillis();
  }

  /** All kinds of period; windows of a day or so as well as odd ones. */
  @Provide
  static Arbitrary<String> periods() {
    Arbitrary<Long> seconds =
        Arbitraries.oneOf(
            Arbitraries.of(60L, 3_600L, 18_000L, 86_400L, 604_800L),
            Arbitraries.longs().between(1, 1_000_000));
    return Arbitraries.oneOf(
        seconds.map("rolling:%ds"::formatted),
        seconds.map("first_use:%ds"::formatted),
        Arbitraries.of("calendar:day", "calendar:week", "calendar:month", "lifetime"));
  }

  @Property(tries = 80)
  void overDays_usedIsWhatItsPeriodHolds_andWhatFitsIsAdmitted(
      @ForAll("periods") String period,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9) int days)
      throws Exception {
    Random random = new Random(seed);
    Statement statement = about(period);
    long spanMillis = statement instanceof Rolling rolling ? rolling.span : 0;
    spanMillis = statement instanceof FirstUse first ? first.span : spanMillis;
    redis.setClock(START);
    KeyRef key =
        redis.key(redis.account(1L << 50), RedisForTests.budget("w", Unit.USD, period, LIMIT));
    List<Open> open = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      redis.setClock(redis.clock() + pause(random, spanMillis, Duration.ofDays(days).toMillis()));
      if (!open.isEmpty() && random.nextInt(3) == 0) {
        end(random, statement, key, open.remove(random.nextInt(open.size())));
      } else {
        ask(random, statement, key, open);
      }
      assertThat(redis.used(key, "w"))
          .as("%s at %s", period, Instant.ofEpochMilli(redis.clock()))
          .isEqualTo(statement.used(redis.clock()))
          .isLessThanOrEqualTo(LIMIT);
    }
  }

  private static void ask(Random random, Statement statement, KeyRef key, List<Open> open) {
    long at = redis.clock();
    long quote = 1 + random.nextLong(LIMIT / (1 + random.nextInt(8)));
    long held = open.stream().mapToLong(Open::quote).sum();
    Open asked = new Open(redis.nextRequest(), quote);
    boolean fits = statement.used(at) + held + quote <= LIMIT;
    assertThat(redis.hold(asked.request, key, quote) instanceof HoldOutcome.Held).isEqualTo(fits);
    if (fits) {
      statement.held(at, open.isEmpty());
      open.add(asked);
      if (random.nextInt(3) > 0) {
        end(random, statement, key, open.removeLast());
      }
    }
  }

  /** Mostly for less than was held, now and then for nothing, or not at all. */
  private static void end(Random random, Statement statement, KeyRef key, Open open) {
    int way = random.nextInt(8);
    if (way == 0) {
      redis.release(open.request, key);
      return;
    }
    long cost = way == 1 ? 0 : open.quote - random.nextLong(open.quote) / 4;
    redis.settle(open.request, key, cost, open.quote);
    statement.charged(new Charge(redis.clock(), cost));
  }

  /** Near the ends of windows, buckets and days, to the millisecond; or anything up to days. */
  private static long pause(Random random, long span, long daysMillis) {
    long toMidnight = Duration.ofDays(1).toMillis() - redis.clock() % Duration.ofDays(1).toMillis();
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> span / 60 + random.nextInt(2);
      case 2 -> span + random.nextInt(3);
      case 3 -> Math.max(0, span - span / 60 + random.nextInt(3) - 1);
      case 4 -> toMidnight - random.nextInt(2);
      case 5 -> random.nextLong(daysMillis);
      default -> random.nextLong(Math.max(1_000, span / 6));
    };
  }
}
