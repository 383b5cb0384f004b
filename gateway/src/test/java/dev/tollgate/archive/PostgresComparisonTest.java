package dev.tollgate.archive;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

class PostgresComparisonTest extends ComparisonContract {
  private final String url = PostgresForTests.shared().newDatabase();

  @Override
  ArchiveSettings.Where where() {
    return new ArchiveSettings.Elsewhere(url);
  }

  @Override
  Connection connect() throws SQLException {
    return DriverManager.getConnection(url);
  }
}
