package dev.tollgate.archive;

import dev.tollgate.domain.Blocking;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;

/** One file, with a write-ahead log beside it: one connection writes, others read meanwhile. */
@Blocking
final class SqliteDialect implements Dialect {
  /** Ids in one statement; a constant, so that there is one statement. */
  private static final int IDS = 256;

  /** Of the write-ahead log, before it is copied into the file: 64 MiB, so that pages gather. */
  private static final int LOG_PAGES = 16_384;

  /**
   * Instructions of SQLite's machine between two looks at the clock: some tenths of a millisecond.
   */
  private static final int INSTRUCTIONS = 20_000;

  private static final Set<Integer> AWAY =
      Stream.of(
              SQLiteErrorCode.SQLITE_BUSY,
              SQLiteErrorCode.SQLITE_LOCKED,
              SQLiteErrorCode.SQLITE_NOMEM,
              SQLiteErrorCode.SQLITE_READONLY,
              SQLiteErrorCode.SQLITE_INTERRUPT,
              SQLiteErrorCode.SQLITE_IOERR,
              SQLiteErrorCode.SQLITE_CORRUPT,
              SQLiteErrorCode.SQLITE_FULL,
              SQLiteErrorCode.SQLITE_CANTOPEN,
              SQLiteErrorCode.SQLITE_PROTOCOL,
              SQLiteErrorCode.SQLITE_NOTADB)
          .map(code -> code.code)
          .collect(Collectors.toUnmodifiableSet());

  private final Path file;
  private final int lockMillisMax;

  SqliteDialect(Path file, ArchiveSettings settings) {
    this.file = file;
    this.lockMillisMax = settings.storeMillisMax();
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public String migrations() {
    return "classpath:archive/sqlite";
  }

  @Override
  public DataSource writing() {
    SQLiteConfig config = config();
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    return source(config);
  }

  @Override
  public DataSource reading(int statementMillisMax) {
    SQLiteConfig config = config();
    config.setReadOnly(true);
    return source(config);
  }

  @Override
  public int writersMax(ArchiveSettings settings) {
    return 1;
  }

  @Override
  public void insert(Connection connection, Columns rows) throws SQLException {
    Table table = rows.table();
    String marks = String.join(", ", Collections.nCopies(table.columns().size(), "?"));
    String sql =
        "insert into %s (%s) values (%s) %s"
            .formatted(table.name(), table.columnNames(), marks, table.onConflict());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int row = 0; row < rows.rows(); row++) {
        for (int column = 0; column < table.columns().size(); column++) {
          if (table.columns().get(column).isText()) {
            statement.setString(column + 1, rows.text(column, row));
          } else {
            statement.setLong(column + 1, rows.number(column, row));
          }
        }
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  @Override
  public void select(Connection connection, String sql, Collection<String> ids, RowReader reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(withIds(sql))) {
      List<String> all = new ArrayList<>(ids);
      for (int from = 0; from < all.size(); from += IDS) {
        bind(statement, all, from);
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            reader.read(rows);
          }
        }
      }
    }
  }

  @Override
  public void makeRoom(DataSource writing, Set<Integer> months) {}

  @Override
  public int dropRequests(DataSource writing, long beforeMillis, int rowsMax) throws SQLException {
    String sql =
        "delete from requests where rowid in (select rowid from requests where ended_at < ? limit"
            + " ?)";
    int dropped = 0;
    int last;
    do {
      // A connection for each: batches that wait to be stored come in between.
      try (Connection connection = writing.getConnection();
          PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setLong(1, beforeMillis);
        statement.setInt(2, rowsMax);
        last = statement.executeUpdate();
        dropped += last;
      }
    } while (last == rowsMax);
    return dropped;
  }

  @Override
  public boolean isAway(SQLException failure) {
    // The lowest byte is the code; above it is which kind of that.
    return failure instanceof SQLTransientException || AWAY.contains(failure.getErrorCode() & 0xff);
  }

  @Override
  public void forgetRoom() {}

  @Override
  public void bound(Connection connection, int millisMax) throws SQLException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millisMax);
    ProgressHandler.setHandler(
        connection.unwrap(org.sqlite.SQLiteConnection.class),
        INSTRUCTIONS,
        new ProgressHandler() {
          @Override
          protected int progress() {
            return System.nanoTime() - deadline > 0 ? 1 : 0;
          }
        });
  }

  private SQLiteConfig config() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(lockMillisMax);
    config.setCacheSize(-64 * 1024);
    config.setWalAutocheckpoint(LOG_PAGES);
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    return config;
  }

  private SQLiteDataSource source(SQLiteConfig config) {
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  private static String withIds(String sql) {
    return sql.replace("#ids", "(" + String.join(",", Collections.nCopies(IDS, "?")) + ")");
  }

  /** What is left of the places at the end gets the first id once more. */
  private static void bind(PreparedStatement statement, List<String> ids, int from)
      throws SQLException {
    for (int i = 0; i < IDS; i++) {
      statement.setString(i + 1, ids.get(from + i < ids.size() ? from + i : from));
    }
  }
}
