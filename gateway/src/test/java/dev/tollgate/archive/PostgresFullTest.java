package dev.tollgate.archive;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** PostgreSQL whose files cannot grow any more: a limit of the system stands in for its disk. */
class PostgresFullTest extends FullArchiveContract {
  /** Of a file of the write-ahead log, which must still be written. */
  private static final long LOG_FILE_BYTES = 16L << 20;

  private PostgresForTests server;
  private String url;

  @BeforeEach
  void start() {
    server = PostgresForTests.start();
    url = server.newDatabase();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  /** Until the table is as long as a file may become. */
  @Override
  Archive full() throws SQLException {
    Archive.open(ArchiveSettings.of(new ArchiveSettings.Elsewhere(url))).close();
    long bytes;
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      // Four of them fill a page, and leave no room for one of the gateway's.
      statement.execute(
          "insert into entries select lpad(i::text, 100, 'x'), 'nobody', 'x', 0, 0, '', '', '',"
              + " repeat('x', 1856), 0, i from generate_series(1, 9000) i");
      try (ResultSet size = statement.executeQuery("select pg_relation_size('entries')")) {
        size.next();
        bytes = size.getLong(1);
      }
      statement.execute("checkpoint");
    }
    if (bytes < LOG_FILE_BYTES) {
      throw new AssertionError("too small: " + bytes);
    }
    server.limitFileBytes(bytes);
    return Archive.open(ArchiveSettings.of(new ArchiveSettings.Elsewhere(url)));
  }

  @Override
  void makeRoom() {
    server.liftFileLimit();
  }

  @Override
  String url() {
    return url;
  }

  @Override
  String why() {
    return "could not extend file .*File too large";
  }
}
