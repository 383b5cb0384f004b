package dev.tollgate.archive;

import dev.tollgate.archive.Books.Dimension;
import dev.tollgate.archive.Books.EntryFilter;
import dev.tollgate.archive.Books.RequestFilter;
import dev.tollgate.archive.Books.UsageScope;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** What the books ask the database; docs/archive-plans.md has how PostgreSQL answers each. */
final class Questions {
  private static final String SUMS =
      " sum(requests) as requests, sum(input_tokens) as input_tokens, sum(output_tokens) as"
          + " output_tokens, sum(cache_creation_tokens) as cache_creation_tokens,"
          + " sum(cache_read_tokens) as cache_read_tokens, sum(total_tokens) as total_tokens,"
          + " sum(list) as list, sum(cost) as cost, sum(duration_ms) as duration_ms";

  private static final LocalDate FIRST_DAY = LocalDate.of(0, 1, 1);
  private static final LocalDate LAST_DAY = LocalDate.of(9999, 12, 31);

  private Questions() {}

  static Question entryCount(AccountId account, EntryFilter filter) {
    return new Question("select coalesce(sum(entries), 0) from entry_sums")
        .where("account = ?", account.value())
        .whereIn("kind", filter.kinds());
  }

  /**
   * A page, newest first, found from the end that is nearer. The entries before it are passed over
   * in the index alone: the first of the page is looked for by its place, and a place in a stream
   * has one event.
   *
   * @param total of all pages
   * @param offset less than that
   */
  static Question entries(
      AccountId account, EntryFilter filter, long total, long offset, int limit) {
    long rest = total - offset;
    long size = Math.min(limit, rest);
    if (offset <= rest - size) {
      return page("", account, filter, "<=", " desc", offset).then("limit ?", size);
    }
    return page("select * from (", account, filter, ">=", "", rest - size)
        .then("limit ?) as page order by position desc", size);
  }

  private static Question page(
      String before, AccountId account, EntryFilter filter, String from, String way, long skip) {
    Question page = entriesOf(before + "select * from entries", account, filter);
    if (skip > 0) {
      Question first =
          entriesOf("(select position from entries", account, filter)
              .then("order by position" + way + " limit 1 offset ?)", skip);
      page.where("position " + from, first);
    }
    return page.then("order by position" + way);
  }

  private static Question entriesOf(String select, AccountId account, EntryFilter filter) {
    return new Question(select)
        .where("account = ?", account.value())
        .whereIn("kind", filter.kinds())
        .then(isOfRareKinds(filter) ? "and kind <> 'debit_inference'" : "");
  }

  /** What has an index of its own: it is found by saying so. */
  private static boolean isOfRareKinds(EntryFilter filter) {
    return !filter.kinds().isEmpty() && !filter.kinds().contains("debit_inference");
  }

  static Question usage(UsageScope scope) {
    return within(new Question("select" + SUMS + " from daily_usage"), scope);
  }

  static Question usageBy(Dimension dimension, UsageScope scope, int limit) {
    String column =
        switch (dimension) {
          case DAY -> "day";
          case MODEL -> "model";
          case KEY -> "key";
          case ENDPOINT -> "endpoint";
          case PROVIDER -> "provider";
        };
    String order = dimension == Dimension.DAY ? "day" : "cost desc, " + column;
    return within(new Question("select " + column + "," + SUMS + " from daily_usage"), scope)
        .then("group by " + column + " order by " + order + " limit ?", Math.max(0, limit));
  }

  static Question recentUsage(AccountId account, KeyId key, long sinceMillis) {
    return new Question(
            "select sum(counted) as requests, sum(input_tokens) as input_tokens,"
                + " sum(output_tokens) as output_tokens, sum(cache_creation_tokens) as"
                + " cache_creation_tokens, sum(cache_read_tokens) as cache_read_tokens,"
                + " sum(total_tokens) as total_tokens, sum(list) as list, sum(cost) as cost,"
                + " sum(counted * duration_ms) as duration_ms from requests")
        .where("account = ?", account.value())
        .where("key = ?", key.value())
        .where("ended_at >= ?", sinceMillis);
  }

  /** Where the row of a request may be: the latest of these places. */
  static Question placesOf(String request) {
    String settled = StoredText.id(request + ":settle");
    String released = StoredText.id(request + ":release");
    return new Question(
            "select account, position, ended_at as at from continued where request = ?"
                + " union all select account, position, at from entries where id = ?"
                + " union all select account, position, at from marks where id in (?, ?)")
        .then("", StoredText.id(request), settled, settled, released);
  }

  static Question request(RequestPlace place, String request) {
    return new Question("select * from requests")
        .where("account = ?", place.account())
        .where("position = ?", place.position())
        .where("ended_at = ?", place.endedAtMillis())
        .where("id = ?", StoredText.id(request));
  }

  static Question requests(AccountId account, RequestFilter filter, int limit) {
    KeyId key = filter.key();
    return new Question("select * from requests")
        .where("account = ?", account.value())
        .where("key = ?", key == null ? null : key.value())
        .where("model = ?", filter.model())
        .where("endpoint = ?", filter.endpoint())
        .where(
            isRare(filter.status()) ? "status <> 200 and status = ?" : "status = ?",
            filter.status())
        .where("ended_at >= ?", filter.fromMillis())
        .where("ended_at < ?", filter.toMillis())
        .where("position < ?", filter.before())
        .then("order by position desc limit ?", limit);
  }

  private static boolean isRare(@Nullable Integer status) {
    return status != null && status != 200;
  }

  private static Question within(Question question, UsageScope scope) {
    AccountId account = scope.account();
    KeyId key = scope.key();
    return question
        .where("account = ?", account == null ? null : account.value())
        .where("key = ?", key == null ? null : key.value())
        .where("day >= ?", day(scope.from()))
        .where("day <= ?", day(scope.to()));
  }

  /** Days are compared as text, which is right for years of four digits. */
  private static @Nullable String day(@Nullable LocalDate day) {
    if (day == null) {
      return null;
    }
    return (day.isAfter(LAST_DAY) ? LAST_DAY : day.isBefore(FIRST_DAY) ? FIRST_DAY : day)
        .toString();
  }
}
