package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.NOON;
import static dev.tollgate.archive.EventsForTests.credit;
import static dev.tollgate.archive.EventsForTests.settle;
import static dev.tollgate.archive.EventsForTests.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.AccountId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteArchiveTest {
  /** As a gateway of the future would leave it. */
  static final String NEWER =
      "insert into archive_schema (installed_rank, version, description, type, script, checksum,"
          + " installed_by, installed_on, execution_time, success) select 999, '999', 'later',"
          + " type, 'V999__later.sql', 1, installed_by, installed_on, 1, success from"
          + " archive_schema where version = '1'";

  @TempDir private Path directory;

  @Test
  void open_again_findsWhatWasStored() {
    try (Archive archive = open()) {
      archive.store().store(7, List.of(settle(1, "req_1", 5)));
    }
    try (Archive archive = open()) {
      assertThat(archive.store().store(7, List.of(settle(1, "req_1", 5)))).isZero();
      assertThat(archive.books().usage(EventStoreContract.ALL).costNanoUsd()).isEqualTo(5);
    }
  }

  @Test
  void open_database_isDurable() throws SQLException {
    try (Archive archive = open();
        Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet mode = statement.executeQuery("pragma journal_mode")) {
      assertThat(mode.next()).isTrue();
      assertThat(mode.getString(1)).isEqualTo("wal");
      assertThat(archive.name()).endsWith("archive/archive.db");
    }
    SqliteDialect dialect =
        new SqliteDialect(
            directory.resolve("archive/archive.db"),
            ArchiveSettings.of(new ArchiveSettings.Embedded(directory)));
    try (Connection connection = dialect.writing().getConnection();
        Statement statement = connection.createStatement();
        ResultSet mode = statement.executeQuery("pragma synchronous")) {
      assertThat(mode.next()).isTrue();
      assertThat(mode.getInt(1)).as("FULL").isEqualTo(2);
    }
  }

  @Test
  void open_newerSchema_isRefused() throws SQLException {
    open().close();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(NEWER);
    }

    assertThatThrownBy(this::open)
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("archive.db")
        .hasMessageContaining("version 999")
        .hasMessageContaining("newer");
  }

  @Test
  void open_noDatabase_isRefused() throws IOException {
    Files.createDirectories(directory.resolve("archive"));
    Files.writeString(directory.resolve("archive/archive.db"), "this is not a database".repeat(99));

    assertThatThrownBy(this::open)
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("archive.db")
        .hasMessageContaining("not a database");
  }

  @Test
  void open_directoryThatCannotBe_isRefused() throws IOException {
    Files.writeString(directory.resolve("archive"), "a file");

    assertThatThrownBy(this::open)
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining(directory.resolve("archive").toString());
  }

  @Test
  void bound_endlessQuestion_isGivenUp() throws SQLException {
    SqliteDialect dialect =
        new SqliteDialect(
            directory.resolve("any.db"),
            ArchiveSettings.of(new ArchiveSettings.Embedded(directory)));
    try (Connection connection = dialect.writing().getConnection();
        Statement statement = connection.createStatement()) {
      dialect.bound(connection, 50);

      assertThatThrownBy(
              () ->
                  statement.executeQuery(
                      "with recursive n(i) as (select 1 union all select i + 1 from n) select"
                          + " sum(i) from n"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("INTERRUPT");
    }
  }

  @Test
  void store_fileThatWasLockedForTooLong_isStoredInATransactionAgain() throws SQLException {
    ArchiveSettings settings =
        new ArchiveSettings(
            new ArchiveSettings.Embedded(directory), 1, 16, 1, 5_000, 5_000, 20, 400, 10);
    try (Archive archive = Archive.open(settings);
        Connection other = connect();
        Statement statement = other.createStatement()) {
      statement.execute("begin immediate");
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> archive.store().store(7, List.of(settle(1, "req_1", 5))))
            .isInstanceOf(ArchiveAwayException.class)
            .hasMessageContaining("locked");
      }
      statement.execute("rollback");

      assertThat(archive.store().store(7, List.of(settle(1, "req_1", 5)))).isEqualTo(1);
      assertThat(archive.books().usage(EventStoreContract.ALL).costNanoUsd()).isEqualTo(5);
    }
  }

  @Test
  void dropOldRequests_moreThanOneTransaction_dropsThemAll() {
    ArchiveSettings settings =
        new ArchiveSettings(
            new ArchiveSettings.Embedded(directory), 2, 16, 1, 5_000, 5_000, 5_000, 30, 10);
    try (Archive archive = Archive.open(settings)) {
      List<ArchiveEvent> events = new ArrayList<>();
      for (int i = 0; i < 35; i++) {
        events.add(settle(i, "req_" + i, 5));
      }
      long later = NOON + 31L * 86_400_000;
      events.add(with(settle(99, "req_new", 5), "at", Long.toString(later)));
      events.add(credit(100, "c1", 5));
      archive.store().store(7, events);

      assertThat(archive.dropOldRequests(later)).isEqualTo(35);

      assertThat(archive.books().requests(new AccountId("acct_1"), Books.RequestFilter.ALL, 99))
          .extracting(Books.Request::id)
          .containsExactly("req_new");
      assertThat(archive.books().usage(EventStoreContract.ALL).requests()).isEqualTo(36);
    }
  }

  private Archive open() {
    return Archive.open(ArchiveSettings.of(new ArchiveSettings.Embedded(directory)));
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("archive/archive.db"));
  }
}
