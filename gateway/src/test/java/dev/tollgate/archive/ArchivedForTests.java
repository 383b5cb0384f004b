package dev.tollgate.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What lies in the archive of an account, read as plain rows over a connection of the test's own,
 * and what must hold of it once nothing is under way.
 *
 * @param marks the ids of the events that changed no balance
 * @param sums by kind, as {@code entry_sums} has them
 */
public record ArchivedForTests(
    List<Entry> entries,
    List<String> marks,
    Map<String, Sum> sums,
    List<Request> requests,
    List<Rollup> rollups) {
  /** A row of {@code entries}. */
  public record Entry(
      String id, String kind, long amount, String request, String key, String model) {}

  /** A row of {@code entry_sums}, or what it should be. */
  public record Sum(long entries, long amount) {}

  /**
   * A row of {@code requests}.
   *
   * @param isCounted whether it was charged, if only 0
   */
  public record Request(String id, boolean isCounted, long cost) {}

  /** A row of {@code daily_usage}. */
  public record Rollup(
      String key,
      String model,
      long requests,
      long inputTokens,
      long cacheReadTokens,
      long outputTokens,
      long cost) {}

  private interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /**
   * Reads all in one transaction.
   *
   * @param jdbcUrl of either database, as its driver wants it
   */
  public static ArchivedForTests of(String jdbcUrl, AccountId account) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
      connection.setTransactionIsolation(
          jdbcUrl.startsWith("jdbc:sqlite:")
              ? Connection.TRANSACTION_SERIALIZABLE
              : Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      Map<String, Sum> sums = new HashMap<>();
      List<String> unused =
          rows(
              connection,
              "entry_sums",
              account,
              row -> {
                sums.put(row.getString("kind"), new Sum(row.getLong("entries"), amount(row)));
                return "";
              });
      return new ArchivedForTests(
          rows(connection, "entries", account, ArchivedForTests::entry),
          rows(connection, "marks", account, row -> row.getString("id")),
          sums,
          rows(
              connection,
              "requests",
              account,
              row ->
                  new Request(
                      row.getString("id"), row.getLong("counted") == 1, row.getLong("cost"))),
          rows(connection, "daily_usage", account, ArchivedForTests::rollup));
    } catch (SQLException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private static <T> List<T> rows(
      Connection connection, String table, AccountId account, RowReader<T> reader)
      throws SQLException {
    List<T> all = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("select * from " + table + " where account = ?")) {
      select.setString(1, account.value());
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          all.add(reader.read(rows));
        }
      }
    }
    return all;
  }

  private static long amount(ResultSet row) throws SQLException {
    return row.getLong("amount");
  }

  private static Entry entry(ResultSet row) throws SQLException {
    return new Entry(
        row.getString("id"),
        row.getString("kind"),
        amount(row),
        row.getString("request"),
        row.getString("key"),
        row.getString("model"));
  }

  private static Rollup rollup(ResultSet row) throws SQLException {
    return new Rollup(
        row.getString("key"),
        row.getString("model"),
        row.getLong("requests"),
        row.getLong("input_tokens"),
        row.getLong("cache_read_tokens"),
        row.getLong("output_tokens"),
        row.getLong("cost"));
  }

  /** The ids of all events of the account that are here. */
  public Set<String> eventIds() {
    return Stream.concat(entries.stream().map(Entry::id), marks.stream())
        .collect(Collectors.toSet());
  }

  /** What all entries come to: the balance. */
  public long balanceNanoUsd() {
    return entries.stream().mapToLong(Entry::amount).reduce(0, Math::addExact);
  }

  /** What the entries have charged for requests. */
  public long chargedNanoUsd() {
    return ofRequests().mapToLong(entry -> -entry.amount).reduce(0, Math::addExact);
  }

  private Stream<Entry> ofRequests() {
    return entries.stream().filter(entry -> !entry.request.isEmpty());
  }

  /** How many requests were charged, if only 0. */
  public long countedRequests() {
    return requests.stream().filter(Request::isCounted).count();
  }

  /** No event is here twice, and every sum is what its parts come to. */
  public void assertConsistent() {
    assertThat(entries.size() + marks.size()).as("no event twice").isEqualTo(eventIds().size());
    assertThat(requests.stream().map(Request::id)).as("no request twice").doesNotHaveDuplicates();
    assertThat(sums).as("entry_sums").isEqualTo(summed());
    assertThat(
            rollups.stream()
                .collect(
                    Collectors.groupingBy(
                        rollup -> rollup.key + " " + rollup.model,
                        Collectors.summingLong(Rollup::cost))))
        .as("cost in daily_usage, by key and model")
        .isEqualTo(
            ofRequests()
                .collect(
                    Collectors.groupingBy(
                        entry -> entry.key + " " + entry.model,
                        Collectors.summingLong(entry -> -entry.amount))));
    assertThat(rollups.stream().mapToLong(Rollup::requests).sum())
        .as("requests in daily_usage")
        .isEqualTo(countedRequests());
    assertThat(requests.stream().mapToLong(Request::cost).sum())
        .as("cost of all requests")
        .isEqualTo(chargedNanoUsd());
  }

  private Map<String, Sum> summed() {
    return entries.stream()
        .collect(
            Collectors.groupingBy(
                Entry::kind,
                Collectors.teeing(
                    Collectors.counting(), Collectors.summingLong(Entry::amount), Sum::new)));
  }

  @Override
  public String toString() {
    return "%d entries that come to $%s, %d marks, %d requests, %d rollups"
        .formatted(
            entries.size(),
            Money.usd(balanceNanoUsd()),
            marks.size(),
            requests.size(),
            rollups.size());
  }
}
