package dev.tollgate.archive;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Blocking;
import dev.tollgate.domain.KeyId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/** The books, on either database. From any number of threads. */
@Blocking
final class SqlBooks implements Books {
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
    long total = ask(Questions.entryCount(account, filter), row -> row.getLong(1)).getFirst();
    if (offset >= total || limit <= 0) {
      return new EntryPage(List.of(), total);
    }
    Question page = Questions.entries(account, filter, total, Math.max(0, offset), limit);
    return new EntryPage(ask(page, SqlBooks::entry), total);
  }

  @Override
  public UsageTables usage(Set<Dimension> by, UsageScope scope, int limit) {
    UsageSum[] total = {UsageSum.NONE};
    Map<Dimension, List<UsageGroup>> groups = new EnumMap<>(Dimension.class);
    ask(
        Questions.usage(by, scope, limit),
        row -> {
          String told = row.getString(1);
          if (told.equals(Questions.TOTAL)) {
            total[0] = sum(row);
            return true;
          }
          return groups
              .computeIfAbsent(Dimension.valueOf(told), first -> new ArrayList<>())
              .add(new UsageGroup(row.getString(2), sum(row)));
        });
    return new UsageTables(total[0], groups);
  }

  @Override
  public UsageSum recentUsage(AccountId account, KeyId key, long sinceMillis) {
    return ask(Questions.recentUsage(account, key, sinceMillis), SqlBooks::sum).getFirst();
  }

  @Override
  public Optional<Request> request(AccountId account, String request) {
    return ask(Questions.placesOf(request), RequestPlace::readEvent).stream()
        .filter(place -> place.account().equals(account.value()))
        .max(Comparator.comparingLong(RequestPlace::position))
        .flatMap(
            place ->
                ask(Questions.request(place, request), SqlBooks::request).stream().findFirst());
  }

  @Override
  public List<Request> requests(AccountId account, RequestFilter filter, int limit) {
    return limit <= 0
        ? List.of()
        : ask(Questions.requests(account, filter, limit), SqlBooks::request);
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
