package dev.tollgate.archive;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.io.TempDir;

/** SQLite at the end of its pages: what does not fit fails with SQLITE_FULL, as on a full disk. */
class SqliteFullTest extends FullArchiveContract {
  private static final int PAGES_LEFT = 4;

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("archive.db");
  }

  @Override
  Archive full() throws SQLException {
    Archive.open(ArchiveSettings.of(new ArchiveSettings.SqliteFile(file()))).close();
    int pages;
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute("create table ballast as select zeroblob(4000000) as bytes");
      try (ResultSet count = statement.executeQuery("pragma page_count")) {
        pages = count.getInt(1);
      }
    }
    Path limited = Path.of(file() + "?max_page_count=" + (pages + PAGES_LEFT));
    return Archive.open(ArchiveSettings.of(new ArchiveSettings.SqliteFile(limited)));
  }

  @Override
  void makeRoom() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute("pragma busy_timeout = 30000");
      statement.execute("drop table ballast");
    }
  }

  @Override
  String url() {
    return "jdbc:sqlite:" + file();
  }

  @Override
  String why() {
    return "archive\\.db.*database or disk is full";
  }
}
