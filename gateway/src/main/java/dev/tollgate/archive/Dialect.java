package dev.tollgate.archive;

import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Set;
import javax.sql.DataSource;

/** What differs between the two databases. */
@Blocking
sealed interface Dialect permits SqliteDialect, PostgresDialect {
  /** One row of an answer. */
  interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  /** The database's name for messages, without secrets. */
  String name();

  /** The folder of its migrations. */
  String migrations();

  /** New connections that write: every commit is on the disk when it has returned. */
  DataSource writing();

  /**
   * New connections that only read.
   *
   * @param statementMillisMax for each statement, on PostgreSQL; SQLite is bounded by {@link
   *     #bound}
   */
  DataSource reading(int statementMillisMax);

  int writersMax(ArchiveSettings settings);

  /** Writes all rows at once. */
  void insert(Connection connection, Columns rows) throws SQLException;

  /**
   * Asks for the rows of any number of ids.
   *
   * @param sql with one {@code #ids} where a list to look in belongs: {@code where id in #ids}
   */
  void select(Connection connection, String sql, Collection<String> ids, RowReader reader)
      throws SQLException;

  /**
   * Makes room for requests that ended in such months, {@code year * 12 + month - 1}, in a
   * transaction of its own.
   */
  void makeRoom(DataSource writing, Set<Integer> months) throws SQLException;

  /**
   * Drops requests that ended before then, in transactions of its own.
   *
   * @param writing the connections that others write by; one who would keep them waiting for long
   *     takes another
   * @return how many rows, or partitions
   */
  int dropRequests(DataSource writing, long beforeMillis, int rowsMax) throws SQLException;

  /** The month of an instant, as {@link #makeRoom} counts them. */
  static int monthOf(long millis) {
    OffsetDateTime time = Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC);
    return time.getYear() * 12 + time.getMonthValue() - 1;
  }

  /**
   * Whether that is the database's own trouble, whatever it was asked to store: away, full, slow,
   * locked, read-only. Anything else may be for what is in an event.
   */
  boolean isAway(SQLException failure);

  /** Something failed: what is remembered of the database may be out of date. */
  void forgetRoom();

  /** Gives a question to the books no more than its time, from now. */
  void bound(Connection connection, int millisMax) throws SQLException;
}
