package dev.tollgate.archive;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tollgate.domain.Blocking;
import dev.tollgate.ledger.AuditedArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;

/** The archive's database: opened, brought up to date, and closed. */
@Blocking
public final class Archive implements AutoCloseable {
  /** Who write or read records at a time. */
  private static final int RECORDERS_MAX = 2;

  private final Dialect dialect;
  private final ArchiveSettings settings;
  private final HikariDataSource writing;
  private final HikariDataSource reading;
  private final HikariDataSource recording;
  private final String id;

  private Archive(Dialect dialect, ArchiveSettings settings, String id) {
    this.dialect = dialect;
    this.settings = settings;
    this.id = id;
    this.writing =
        pool("archive-writing", dialect.writing(), dialect.writersMax(settings), settings, false);
    this.reading =
        pool(
            "archive-reading",
            dialect.reading(settings.queryMillisMax()),
            settings.readersMax(),
            settings,
            true);
    this.recording = pool("archive-recording", dialect.writing(), RECORDERS_MAX, settings, false);
  }

  /**
   * Opens the database, making its tables or those that are missing.
   *
   * @throws ArchiveException when it is away, cannot be written to, or was made by a newer gateway;
   *     it names the database, without its password
   * @throws IllegalArgumentException when the URL is none
   */
  public static Archive open(ArchiveSettings settings) {
    Dialect dialect = dialect(settings);
    DataSource source = dialect.writing();
    try {
      migrate(dialect, source);
      requireWritable(source);
      return new Archive(dialect, settings, idOf(source));
    } catch (FlywayException | SQLException failed) {
      throw new ArchiveException(
          "the archive %s cannot be opened: %s".formatted(dialect.name(), reason(failed)), failed);
    }
  }

  private static String idOf(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select id from identity")) {
      if (!row.next()) {
        throw new SQLException("its table identity is empty");
      }
      return row.getString(1);
    }
  }

  /** Thread-safe. */
  public EventStore store() {
    return new SqlEventStore(dialect, writing, dialect.writersMax(settings));
  }

  /** Thread-safe. */
  public Books books() {
    return new SqlBooks(dialect, reading, settings.queryMillisMax());
  }

  /** Thread-safe. */
  public Records records() {
    return new Records(recording, dialect.name());
  }

  /**
   * Drops single requests that ended too long ago. To be called daily, from any thread, by any
   * number of gateways.
   *
   * @return how many requests were dropped; on PostgreSQL how many months of them
   * @throws ArchiveException when the database does not do it; the next call goes on
   */
  public int dropOldRequests(long nowMillis) {
    long before = nowMillis - TimeUnit.DAYS.toMillis(settings.requestsKeptDays());
    try {
      return dialect.dropRequests(writing, before, settings.rowsDroppedMax());
    } catch (SQLException failed) {
      throw new ArchiveException(
          "old requests were not dropped from %s: %s"
              .formatted(dialect.name(), failed.getMessage()),
          failed);
    }
  }

  /**
   * For comparing it with the ledger. Thread-safe.
   *
   * @param queryMillisMax for one account
   * @param catchUp tells when what has happened is archived
   * @param readers where it may block
   */
  public AuditedArchive audited(int queryMillisMax, CatchUp catchUp, Executor readers) {
    return new ArchiveComparison(
        dialect.reading(queryMillisMax), dialect, queryMillisMax, catchUp, readers);
  }

  /**
   * For reading everything in it, when it is put back. Each connection is a new one.
   *
   * @param statementMillisMax for one statement, on PostgreSQL
   */
  public DataSource reading(int statementMillisMax) {
    return dialect.reading(statementMillisMax);
  }

  /** Tells this archive from all others, and stays the same when its database is moved. */
  public String id() {
    return id;
  }

  /** Which database this is, for messages: without its password. */
  public String name() {
    return dialect.name();
  }

  @Override
  public void close() {
    recording.close();
    reading.close();
    writing.close();
  }

  private static Dialect dialect(ArchiveSettings settings) {
    return switch (settings.where()) {
      case ArchiveSettings.Embedded embedded ->
          new SqliteDialect(file(embedded.dataDirectory()), settings);
      case ArchiveSettings.SqliteFile elsewhere ->
          new SqliteDialect(elsewhere.file().toAbsolutePath(), settings);
      case ArchiveSettings.Elsewhere elsewhere ->
          new PostgresDialect(PostgresUrl.parse(elsewhere.jdbcUrl()), settings);
    };
  }

  private static Path file(Path dataDirectory) {
    Path directory = dataDirectory.resolve("archive");
    try {
      Files.createDirectories(directory);
    } catch (IOException failed) {
      throw new ArchiveException(
          "the archive's directory " + directory + " cannot be made: " + failed.getMessage(),
          failed);
    }
    return directory.resolve("archive.db").toAbsolutePath();
  }

  private static void migrate(Dialect dialect, DataSource source) {
    Flyway flyway =
        Flyway.configure(Archive.class.getClassLoader())
            .dataSource(source)
            .locations(dialect.migrations())
            .table("archive_schema")
            .failOnMissingLocations(true)
            .loggers("slf4j")
            .load();
    Arrays.stream(flyway.info().all())
        .filter(Archive::isUnknown)
        .map(MigrationInfo::getVersion)
        .findFirst()
        .ifPresent(
            version -> {
              throw new ArchiveException(
                  "the archive %s has schema version %s, which is newer than this gateway knows"
                      .formatted(dialect.name(), version));
            });
    flyway.migrate();
  }

  private static boolean isUnknown(MigrationInfo migration) {
    return migration.getState() == MigrationState.FUTURE_SUCCESS
        || migration.getState() == MigrationState.FUTURE_FAILED;
  }

  /** A database that only reads would be found out by the first batch otherwise. */
  private static void requireWritable(DataSource source) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeUpdate("insert into shards (shard, position) values (-1, 0)");
      connection.rollback();
    }
  }

  private static String reason(Throwable failed) {
    Throwable cause = failed;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private static HikariDataSource pool(
      String name, DataSource source, int size, ArchiveSettings settings, boolean isReadOnly) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(source);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(settings.connectMillisMax());
    config.setValidationTimeout(settings.connectMillisMax());
    // A transaction begins when there is something to store: a SQLite that begins one at once would
    // keep
    // all others from writing.
    config.setAutoCommit(true);
    config.setReadOnly(isReadOnly);
    // It has just been tried. A database that goes away again is no reason not to start.
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }
}
