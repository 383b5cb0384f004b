package dev.tollgate.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/** What the archive takes on the disk. */
final class ArchiveSizes {
  private ArchiveSizes() {}

  /** Prints it, for each request that is in it; on PostgreSQL after a {@code vacuum analyze}. */
  static void print(ArchiveSettings.Where where, int requests) throws SQLException, IOException {
    switch (where) {
      case ArchiveSettings.Embedded embedded ->
          printFile(embedded.dataDirectory().resolve("archive/archive.db"), requests);
      case ArchiveSettings.SqliteFile elsewhere -> printFile(elsewhere.file(), requests);
      case ArchiveSettings.Elsewhere elsewhere -> printTables(elsewhere.jdbcUrl(), requests);
    }
  }

  private static void printFile(Path file, int requests) throws SQLException, IOException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("pragma wal_checkpoint(truncate)");
    }
    print("everything", Files.size(file), requests);
  }

  private static void printTables(String url, int requests) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("vacuum analyze");
      String partitions = "from pg_class where relname like 'requests\\_2%' and relkind = 'r'";
      print(
          "requests, the rows alone",
          number(statement, "select sum(pg_relation_size(oid)) " + partitions),
          requests);
      print(
          "requests, with their indexes",
          number(statement, "select sum(pg_total_relation_size(oid)) " + partitions),
          requests);
      print(
          "entries, with their indexes",
          number(statement, "select pg_total_relation_size('entries')"),
          requests);
      print(
          "everything", number(statement, "select pg_database_size(current_database())"), requests);
    }
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void print(String what, long bytes, int requests) {
    System.out.printf(Locale.ROOT, "%,d bytes for each request: %s%n", bytes / requests, what);
  }
}
