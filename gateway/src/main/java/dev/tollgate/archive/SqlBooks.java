package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.KeyId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The books, on either database. From any number of threads. */
@Blocking
final class SqlBooks implements Books {
  private static final String SUMS =
      " sum(requests) as requests, sum(input_tokens) as input_tokens, sum(output_tokens) as"
          + " output_tokens, sum(cache_creation_tokens) as cache_creation_tokens,"
          + " sum(cache_read_tokens) as cache_read_tokens, sum(total_tokens) as total_tokens,"
          + " sum(list) as list, sum(cost) as cost, sum(duration_ms) as duration_ms";

  /** Where the row of a request is, as {@link RequestPlace} has it. */
  private static final String PLACES =
      "select account, position, ended_at as at from continued where request = ?"
          + " union all select account, position, at from entries where id = ?"
          + " union all select account, position, at from marks where id in (?, ?)";

  private static final LocalDate FIRST_DAY = LocalDate.of(0, 1, 1);
  private static final LocalDate LAST_DAY = LocalDate.of(9999, 12, 31);

  private final Dialect dialect;
  private final DataSource reading;
  private final int queryMillisMax;

  SqlBooks(Dialect dialect, DataSource reading, int queryMillisMax) {
    this.dialect = dialect;
    this.reading = reading;
    this.queryMillisMax = queryMillisMax;
  }

  /** Makes a value of a row. */
  private interface RowMaker<T> {
    T make(ResultSet row) throws SQLException;
  }

  @Override
  public EntryPage entries(AccountId account, EntryFilter filter, long offset, int limit) {
    Question count =
        new Question("select coalesce(sum(entries), 0) from entry_sums")
            .where("account = ?", account.value())
            .whereIn("kind", filter.kinds());
    long total = ask(count, row -> row.getLong(1)).getFirst();
    if (offset >= total || limit <= 0) {
      return new EntryPage(List.of(), total);
    }
    Question page =
        new Question("select * from entries")
            .where("account = ?", account.value())
            .whereIn("kind", filter.kinds())
            .then(isOfRareKinds(filter) ? "and kind <> 'debit_inference'" : "")
            .then("order by position desc limit ? offset ?", limit, Math.max(0, offset));
    return new EntryPage(ask(page, SqlBooks::entry), total);
  }

  /** What has an index of its own: it is found by saying so. */
  private static boolean isOfRareKinds(EntryFilter filter) {
    return !filter.kinds().isEmpty() && !filter.kinds().contains("debit_inference");
  }

  private static boolean isRare(@Nullable Integer status) {
    return status != null && status != 200;
  }

  @Override
  public UsageSum usage(UsageScope scope) {
    return ask(within(new Question("select" + SUMS + " from daily_usage"), scope), SqlBooks::sum)
        .getFirst();
  }

  @Override
  public List<UsageGroup> usageBy(Dimension dimension, UsageScope scope, int limit) {
    String column =
        switch (dimension) {
          case DAY -> "day";
          case MODEL -> "model";
          case KEY -> "key";
          case ENDPOINT -> "endpoint";
          case PROVIDER -> "provider";
        };
    String order = dimension == Dimension.DAY ? "day" : "cost desc, " + column;
    Question question =
        within(new Question("select " + column + "," + SUMS + " from daily_usage"), scope)
            .then("group by " + column + " order by " + order + " limit ?", Math.max(0, limit));
    return ask(question, row -> new UsageGroup(row.getString(1), sum(row)));
  }

  @Override
  public UsageSum recentUsage(AccountId account, KeyId key, long sinceMillis) {
    Question question =
        new Question(
                "select sum(counted) as requests, sum(input_tokens) as input_tokens,"
                    + " sum(output_tokens) as output_tokens, sum(cache_creation_tokens) as"
                    + " cache_creation_tokens, sum(cache_read_tokens) as cache_read_tokens,"
                    + " sum(total_tokens) as total_tokens, sum(list) as list, sum(cost) as cost,"
                    + " sum(counted * duration_ms) as duration_ms from requests")
            .where("account = ?", account.value())
            .where("key = ?", key.value())
            .where("ended_at >= ?", sinceMillis);
    return ask(question, SqlBooks::sum).getFirst();
  }

  @Override
  public Optional<Request> request(AccountId account, String request) {
    return ask(new Question(PLACES).then("", placesOf(request)), RequestPlace::readEvent).stream()
        .filter(place -> place.account().equals(account.value()))
        .max(Comparator.comparingLong(RequestPlace::position))
        .flatMap(place -> at(place, request));
  }

  /** In the order in which they are asked for. */
  private static Object[] placesOf(String request) {
    String settled = StoredText.id(request + ":settle");
    String released = StoredText.id(request + ":release");
    return new Object[] {StoredText.id(request), settled, settled, released};
  }

  private Optional<Request> at(RequestPlace place, String request) {
    Question row =
        new Question("select * from requests")
            .where("account = ?", place.account())
            .where("position = ?", place.position())
            .where("ended_at = ?", place.endedAtMillis())
            .where("id = ?", StoredText.id(request));
    return ask(row, SqlBooks::request).stream().findFirst();
  }

  @Override
  public List<Request> requests(AccountId account, RequestFilter filter, int limit) {
    if (limit <= 0) {
      return List.of();
    }
    KeyId key = filter.key();
    Question question =
        new Question("select * from requests")
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
    return ask(question, SqlBooks::request);
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

  private <T> List<T> ask(Question question, RowMaker<T> maker) {
    try (Connection connection = reading.getConnection()) {
      dialect.bound(connection, queryMillisMax);
      try (PreparedStatement statement = connection.prepareStatement(question.sql())) {
        question.bind(statement);
        List<T> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            found.add(maker.make(rows));
          }
        }
        return found;
      }
    } catch (SQLException failed) {
      throw new ArchiveException(
          dialect.name() + " did not answer: " + failed.getMessage(), failed);
    }
  }

  private static Entry entry(ResultSet row) throws SQLException {
    return new Entry(
        row.getString("id"),
        row.getString("kind"),
        row.getLong("amount"),
        row.getLong("balance_after"),
        row.getString("request"),
        row.getString("key"),
        row.getString("model"),
        row.getString("reference"),
        row.getLong("at"));
  }

  private static UsageSum sum(ResultSet row) throws SQLException {
    return new UsageSum(
        row.getLong("requests"),
        row.getLong("input_tokens"),
        row.getLong("output_tokens"),
        row.getLong("cache_creation_tokens"),
        row.getLong("cache_read_tokens"),
        row.getLong("total_tokens"),
        row.getLong("list"),
        row.getLong("cost"),
        row.getLong("duration_ms"));
  }

  private static Request request(ResultSet row) throws SQLException {
    return new Request(
        row.getString("id"),
        row.getLong("position"),
        row.getString("key"),
        row.getString("model"),
        row.getString("endpoint"),
        row.getString("provider"),
        row.getString("outcome"),
        (int) row.getLong("status"),
        row.getLong("streamed") != 0,
        row.getLong("input_tokens"),
        row.getLong("output_tokens"),
        row.getLong("cache_creation_tokens"),
        row.getLong("cache_read_tokens"),
        row.getLong("total_tokens"),
        row.getLong("list"),
        row.getLong("cost"),
        row.getString("estimated"),
        row.getLong("started_at"),
        row.getLong("ended_at"),
        row.getLong("duration_ms"),
        row.getLong("first_byte_ms"));
  }
}
