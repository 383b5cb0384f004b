package dev.tollgate.archive;

import dev.tollgate.archive.Books.Dimension;
import dev.tollgate.archive.Books.EntryFilter;
import dev.tollgate.archive.Books.RequestFilter;
import dev.tollgate.archive.Books.UsageScope;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All that customers ask the books by way of the API, of the archive of a {@link BenchmarkTraffic};
 * easy ones, and the most awkward that the parameters allow.
 */
final class ArchiveInquiries {
  private static final long DAY_MILLIS = 86_400_000;
  private static final int PAGE_MAX = 100;
  private static final int LIMIT_MAX = 1_000;
  private static final LocalDate LAST = day(EventsForTests.NOON);
  private static final LocalDate FIRST = LAST.minusDays(BenchmarkTraffic.DAYS);

  private final Books books;
  private final Random random;
  private final Map<String, Long> totals = new HashMap<>();
  private final List<Inquiry> all = new ArrayList<>();

  /**
   * Something to ask.
   *
   * @param call of the API by which it is reached
   * @param draw the questions that one call asks, of an account by its number
   */
  record Inquiry(String name, String call, Function<Integer, List<Step>> draw) {}

  /** A question, by way of the books, and as the database is asked it. */
  record Step(Question question, Runnable ask) {}

  ArchiveInquiries(Books books, Random random) {
    this.books = books;
    this.random = random;
    transactions();
    requests();
    usage();
  }

  List<Inquiry> all() {
    return all;
  }

  private void add(String name, String call, Function<Integer, List<Step>> draw) {
    all.add(new Inquiry(name, call, draw));
  }

  private void transactions() {
    String call = "GET /v1/billing/transactions";
    add("first page", call, who -> entries(who, List.of(), 0, 20));
    add("any page", call, who -> entries(who, List.of(), random.nextDouble(), PAGE_MAX));
    add("last page", call, who -> entries(who, List.of(), 1, PAGE_MAX));
    add("page in the middle", call, who -> entries(who, List.of(), 0.5, PAGE_MAX));
    List<String> debits = List.of("debit_inference");
    add(
        "any page, `kind=debit_inference`",
        call,
        who -> entries(who, debits, random.nextDouble(), PAGE_MAX));
    List<String> two = List.of("adjustment", "debit_inference");
    add("any page, two kinds", call, who -> entries(who, two, random.nextDouble(), PAGE_MAX));
    add(
        "last page, `kind=adjustment`",
        call,
        who -> entries(who, List.of("adjustment"), 1, PAGE_MAX));
    List<String> purchases = List.of("topup", "bonus", "signup_bonus", "refund");
    add("purchases", "GET /api/payment/history", who -> entries(who, purchases, 0, PAGE_MAX));
  }

  /**
   * @param place from 0, the first page, to 1, the last
   */
  private List<Step> entries(int who, List<String> kinds, double place, int limit) {
    AccountId account = BenchmarkTraffic.accountId(who);
    EntryFilter filter = new EntryFilter(kinds);
    long total =
        totals.computeIfAbsent(
            account + " " + kinds, key -> books.entries(account, filter, 0, 1).total());
    if (total == 0) {
      return List.of();
    }
    long offset = Math.round(place * Math.max(0, total - limit));
    return List.of(
        new Step(
            Questions.entries(account, filter, total, offset, limit),
            () -> books.entries(account, filter, offset, limit)));
  }

  private void requests() {
    String call = "GET /v1/billing/requests";
    add("newest", call, who -> requests(who, RequestFilter.ALL, 100));
    add("newest, `limit=1000`", call, who -> requests(who, RequestFilter.ALL, LIMIT_MAX));
    add("any page", call, who -> requests(who, filter(null, null, null, null, anyDay(), 0), 100));
    add("of a key", call, who -> requests(who, filter(key(who), null, null, null, null, 0), 100));
    add(
        "of a key that is hardly used",
        call,
        who -> requests(who, filter(lastKey(who), null, null, null, null, 0), LIMIT_MAX));
    add("of a model", call, who -> requests(who, filter(null, "gpt-5", null, null, null, 0), 100));
    String rare = BenchmarkTraffic.RARE_MODEL;
    add(
        "of a model that is hardly used",
        call,
        who -> requests(who, filter(null, rare, null, null, null, 0), LIMIT_MAX));
    add(
        "of a model that there is not",
        call,
        who -> requests(who, filter(null, "gpt-6", null, null, null, 0), 100));
    add(
        "of an endpoint that is hardly used",
        call,
        who ->
            requests(
                who, filter(null, null, BenchmarkTraffic.RARE_ENDPOINT, null, null, 0), LIMIT_MAX));
    add(
        "of a key, a model that it hardly uses",
        call,
        who -> requests(who, filter(key(who), rare, null, null, null, 0), LIMIT_MAX));
    add("`status=502`", call, who -> requests(who, filter(null, null, null, 502, null, 0), 100));
    add("`status=0`", call, who -> requests(who, filter(null, null, null, 0, null, 0), 100));
    add(
        "`status=0`, of a model that is hardly used",
        call,
        who -> requests(who, filter(null, rare, null, 0, null, 0), 100));
    add("of a day", call, who -> requests(who, filter(null, null, null, null, anyDay(), 1), 100));
    add(
        "of a day, a model",
        call,
        who -> requests(who, filter(null, "gpt-5", null, null, anyDay(), 1), 100));
    add(
        "of a day, a key",
        call,
        who -> requests(who, filter(key(who), null, null, null, anyDay(), 1), 100));
    add(
        "of the first day, a model that is hardly used",
        call,
        who -> requests(who, filter(null, rare, null, null, FIRST, 1), 100));
    add(
        "of 100 days, a model that is hardly used",
        call,
        who -> requests(who, filter(null, rare, null, null, FIRST, 100), LIMIT_MAX));
    add(
        "of the first 30 days, `limit=1000`",
        call,
        who -> requests(who, filter(null, null, null, null, FIRST, 30), LIMIT_MAX));
    add(
        "last calls of a key",
        "GET /api/payment/usage",
        who -> requests(who, filter(key(who), null, null, null, null, 0), 100));
  }

  private List<Step> requests(int who, RequestFilter filter, int limit) {
    AccountId account = BenchmarkTraffic.accountId(who);
    return List.of(
        new Step(
            Questions.requests(account, filter, limit),
            () -> books.requests(account, filter, limit)));
  }

  /**
   * @param from the first day; null for all
   * @param days how many; with 0 it is a cursor: what is before that day
   */
  private static RequestFilter filter(
      @Nullable KeyId key,
      @Nullable String model,
      @Nullable String endpoint,
      @Nullable Integer status,
      @Nullable LocalDate from,
      int days) {
    if (from == null) {
      return new RequestFilter(key, model, endpoint, status, null, null, null);
    }
    long start = from.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    return days == 0
        ? new RequestFilter(key, model, endpoint, status, null, null, start << 20)
        : new RequestFilter(key, model, endpoint, status, start, start + days * DAY_MILLIS, null);
  }

  private void usage() {
    add("of a key", "GET /v1/usage", this::keyUsage);
    String call = "GET /v1/billing/usage";
    add("30 days", call, who -> report(who, anyDay(), 30));
    add("366 days", call, who -> report(who, LAST.minusDays(365), 366));
    add(
        "a day of all accounts, for operators",
        "GET /admin/v1/usage",
        who -> {
          LocalDate day = anyDay();
          UsageScope scope = new UsageScope(null, null, day, day);
          return List.of(by(scope, Dimension.MODEL, Dimension.ENDPOINT, Dimension.PROVIDER));
        });
  }

  private List<Step> keyUsage(int who) {
    AccountId account = BenchmarkTraffic.accountId(who);
    KeyId key = key(who);
    long since = EventsForTests.NOON - 300_000;
    return List.of(
        sum(new UsageScope(account, key, LAST, LAST)),
        sum(new UsageScope(account, key, null, null)),
        new Step(
            Questions.recentUsage(account, key, since),
            () -> books.recentUsage(account, key, since)),
        by(new UsageScope(account, key, LAST.minusDays(29), LAST), Dimension.MODEL));
  }

  private List<Step> report(int who, LocalDate from, int days) {
    UsageScope scope =
        new UsageScope(BenchmarkTraffic.accountId(who), null, from, from.plusDays(days - 1L));
    return List.of(by(scope, Dimension.DAY, Dimension.MODEL, Dimension.KEY, Dimension.ENDPOINT));
  }

  private Step by(UsageScope scope, Dimension... dimensions) {
    Set<Dimension> by = Set.of(dimensions);
    return new Step(Questions.usage(by, scope, LIMIT_MAX), () -> books.usage(by, scope, LIMIT_MAX));
  }

  private Step sum(UsageScope scope) {
    return by(scope);
  }

  private KeyId key(int who) {
    return BenchmarkTraffic.keyId(who, random.nextInt(BenchmarkTraffic.keys(who)));
  }

  private static KeyId lastKey(int who) {
    return BenchmarkTraffic.keyId(who, BenchmarkTraffic.keys(who) - 1);
  }

  private LocalDate anyDay() {
    return FIRST.plusDays(random.nextInt(BenchmarkTraffic.DAYS));
  }

  private static LocalDate day(long millis) {
    return LocalDate.parse(UsageKey.day(millis));
  }
}
