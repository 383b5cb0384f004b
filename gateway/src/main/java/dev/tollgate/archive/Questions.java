package dev.tollgate.archive;

import dev.tollgate.archive.Books.Dimension;
import dev.tollgate.archive.Books.EntryFilter;
import dev.tollgate.archive.Books.RequestFilter;
import dev.tollgate.archive.Books.UsageScope;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.KeyId;
import java.time.LocalDate;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the books ask the database; docs/archive-plans.md has how PostgreSQL answers each. */
final class Questions {
  private static final String SUMS =
      " sum(requests) as requests, sum(input_tokens) as input_tokens, sum(output_tokens) as"
          + " output_tokens, sum(cache_creation_tokens) as cache_creation_tokens,"
          + " sum(cache_read_tokens) as cache_read_tokens, sum(total_tokens) as total_tokens,"
          + " sum(list) as list, sum(cost) as cost, sum(duration_ms) as duration_ms";

  /** In the place of a dimension. */
  static final String TOTAL = "TOTAL";

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

  /**
   * Rows of a dimension, a name and the sums; the total with {@link #TOTAL} for its dimension. What
   * is in the scope is read once, whatever it is then told apart by.
   *
   * @param limit the most rows of a dimension
   */
  static Question usage(Set<Dimension> by, UsageScope scope, int limit) {
    Question question =
        within(new Question("with used as materialized (select * from daily_usage"), scope)
            .then(") " + "select '" + TOTAL + "' as dimension, '' as name," + SUMS + " from used");
    for (Dimension dimension : new TreeSet<>(by)) {
      String column = column(dimension);
      String order = dimension == Dimension.DAY ? "day" : "cost desc, " + column;
      String select = "'" + dimension + "' as dimension, " + column + " as name," + SUMS;
      question.then(
          "union all select * from (select "
              + select
              + " from used group by "
              + column
              + " order by "
              + order
              + " limit ?) as by_"
              + column,
          Math.max(0, limit));
    }
    return question;
  }

  private static String column(Dimension dimension) {
    return switch (dimension) {
      case DAY -> "day";
      case MODEL -> "model";
      case KEY -> "key";
      case ENDPOINT -> "endpoint";
      case PROVIDER -> "provider";
    };
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

  /**
   * Of one account they are a range of the primary key, and are compared as such: PostgreSQL might
   * take an index by the day alone for cheaper, and read all other accounts' rows of these days.
   */
  private static Question within(Question question, UsageScope scope) {
    AccountId account = scope.account();
    KeyId key = scope.key();
    @Nullable String from = day(scope.from());
    @Nullable String to = day(scope.to());
    if (account == null) {
      question.where("day >= ?", from).where("day <= ?", to);
    } else {
      question
          .where("(account, day) >= (?, ?)", account.value(), from == null ? "" : from)
          .where("(account, day) <= (?, ?)", account.value(), to == null ? "~" : to);
    }
    return question.where("key = ?", key == null ? null : key.value());
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
