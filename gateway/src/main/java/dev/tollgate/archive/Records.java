package dev.tollgate.archive;

import com.zaxxer.hikari.HikariDataSource;
import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Records that are kept beside the events, in tables of the archive's database whose contents are
 * not its business: payments, invoices, mail. Thread-safe.
 *
 * <p>All methods throw {@link ArchiveException} when the database does not do it; of a transaction
 * nothing is left then, unless the answer to its commit was lost.
 */
@Blocking
public final class Records {
  /** Something to be done in one transaction. */
  public interface Work<T> {
    T in(Connection connection) throws SQLException;
  }

  private final HikariDataSource database;
  private final String name;

  Records(HikariDataSource database, String name) {
    this.database = database;
    this.name = name;
  }

  /**
   * Does it in a transaction, and returns once that is on the disk. On SQLite nobody else writes
   * meanwhile; on PostgreSQL others see what was committed before.
   */
  public <T> T write(Work<T> work) {
    try (Connection connection = database.getConnection()) {
      boolean isDone = false;
      try {
        connection.setAutoCommit(false);
        T result = work.in(connection);
        connection.commit();
        isDone = true;
        return result;
      } finally {
        if (!isDone) {
          discard(connection);
        }
      }
    } catch (SQLException failed) {
      throw failure("written", failed);
    }
  }

  /** Each statement alone, as of when it is executed. */
  public <T> T read(Work<T> work) {
    try (Connection connection = database.getConnection()) {
      return work.in(connection);
    } catch (SQLException failed) {
      throw failure("read", failed);
    }
  }

  /** As in {@link SqlEventStore}: what a failure has left in a connection is not known. */
  private void discard(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException broken) {
      // It is rolled back by its end. What failed before says more.
    }
    database.evictConnection(connection);
  }

  private ArchiveException failure(String done, SQLException failed) {
    return new ArchiveException(
        "records were not %s in %s: %s".formatted(done, name, failed.getMessage()), failed);
  }
}
