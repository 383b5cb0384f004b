package dev.tollgate.billing.invoice;

import dev.tollgate.archive.Records;
import dev.tollgate.billing.Sql;
import dev.tollgate.billing.invoice.Statement.Sum;
import dev.tollgate.billing.invoice.Statement.Used;
import dev.tollgate.domain.Blocking;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The archived entries of accounts, as invoices ask for them. Thread-safe. */
@Blocking
final class Entries {
  /**
   * The entry that takes the tax of an invoice off the balance; its reference is the number. Ids of
   * this form are made here alone.
   */
  private static final String TAX =
      "kind = 'adjustment' and request = '' and id like 'invoice:inv!_%:tax:credit' escape '!'";

  private final Records records;

  Entries(Records records) {
    this.records = records;
  }

  /** When the first entry behind a place was made; empty where there is none. */
  Optional<Long> firstAfter(String account, long position) {
    return records.read(
        connection ->
            Sql.of(
                    "select at from entries where account = ? and position > ?"
                        + " order by position limit 1",
                    account,
                    position)
                .first(connection, row -> row.getLong(1)));
  }

  /**
   * The last place before a time: all entries up to there, whatever their own time, are of the
   * months that end then.
   */
  Optional<Long> lastBefore(String account, long position, long millis) {
    return records.read(
        connection ->
            Sql.of(
                    "select position from entries where account = ? and position > ? and at < ?"
                        + " order by position desc limit 1",
                    account,
                    position,
                    millis)
                .first(connection, row -> row.getLong(1)));
  }

  /** What the entries behind one place and up to another come to. */
  List<Sum> sums(String account, long from, long to) {
    String sql =
        "select kind, model, of_request, tax, sum(amount) from (select kind, model, case when"
            + " request = '' then 0 else 1 end as of_request, case when "
            + TAX
            + " then reference else '' end as tax, amount from entries where account = ? and"
            + " position > ? and position <= ?) as one group by kind, model, of_request, tax";
    return records.read(connection -> Sql.of(sql, account, from, to).all(connection, Entries::sum));
  }

  private static Sum sum(ResultSet row) throws SQLException {
    return new Sum(
        row.getString(1), row.getString(2), row.getLong(3) != 0, row.getString(4), row.getLong(5));
  }

  /** What was used in a month, by model, as of the days in which it was settled. */
  Map<String, Used> used(String account, YearMonth month) {
    Sql query =
        Sql.of(
            "select model, sum(requests), sum(input_tokens + cache_creation_tokens +"
                + " cache_read_tokens), sum(output_tokens) from daily_usage where account = ? and"
                + " day >= ? and day <= ? group by model",
            account,
            month.atDay(1).toString(),
            month.atEndOfMonth().toString());
    Map<String, Used> used = new HashMap<>();
    records.read(
        connection ->
            query.all(
                connection,
                row ->
                    used.put(
                        row.getString(1),
                        new Used(row.getLong(2), row.getLong(3), row.getLong(4)))));
    return used;
  }
}
