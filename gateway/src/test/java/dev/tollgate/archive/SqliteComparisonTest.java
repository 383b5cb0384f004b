package dev.tollgate.archive;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.io.TempDir;

class SqliteComparisonTest extends ComparisonContract {
  @TempDir private Path directory;

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.SqliteFile(directory.resolve("archive.db"));
  }

  @Override
  Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("archive.db"));
  }
}
