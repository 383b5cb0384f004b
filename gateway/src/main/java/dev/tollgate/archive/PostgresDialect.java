package dev.tollgate.archive;

import dev.tollgate.domain.Blocking;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server, for any number of gateways. Rows travel together: a table is one statement.
 */
@Blocking
final class PostgresDialect implements Dialect {
  /** What locks out others while partitions are made or dropped; any number that is ours. */
  private static final long PARTITIONS_LOCK = 0x746f6c6c67617465L;

  /**
   * Plans are made for the values that are asked for, and look by an index, of which there is one
   * for every question and every batch: a scan that seems cheaper grows with what others have.
   */
  private static final String PLANS = " -c plan_cache_mode=force_custom_plan -c enable_seqscan=off";

  /** An answer that several processes work at takes them from those who store. */
  private static final String READING = PLANS + " -c max_parallel_workers_per_gather=0";

  private static final int LOCK_MILLIS_MAX = 5_000;

  /**
   * Of errors, in PostgreSQL's appendix A: no connection, not let in, no such database, rolled back
   * for another, out of room or memory, stopped or out of time, the system, its own insides.
   */
  private static final Set<String> AWAY_CLASSES =
      Set.of("08", "28", "3D", "40", "53", "57", "58", "XX");

  /** Only reads; a lock that is not to be had. */
  private static final Set<String> AWAY = Set.of("25006", "55P03");

  private final PostgresUrl url;
  private final ArchiveSettings settings;
  private final Set<Integer> roomFor = ConcurrentHashMap.newKeySet();

  PostgresDialect(PostgresUrl url, ArchiveSettings settings) {
    this.url = url;
    this.settings = settings;
  }

  @Override
  public String name() {
    return url.name();
  }

  @Override
  public String migrations() {
    return "classpath:archive/postgresql";
  }

  @Override
  public DataSource writing() {
    return source(settings.storeMillisMax(), false);
  }

  @Override
  public DataSource reading(int statementMillisMax) {
    return source(statementMillisMax, true);
  }

  @Override
  public int writersMax(ArchiveSettings settings) {
    return settings.writersMax();
  }

  @Override
  public void insert(Connection connection, Columns rows) throws SQLException {
    if (rows.table().onConflict().isEmpty()) {
      PostgresCopy.in(connection, rows);
    } else {
      insertArrays(connection, rows);
    }
  }

  private static void insertArrays(Connection connection, Columns rows) throws SQLException {
    Table table = rows.table();
    String arrays =
        table.columns().stream()
            .map(column -> column.isText() ? "?::text[]" : "?::bigint[]")
            .collect(Collectors.joining(", "));
    String sql =
        "insert into %s (%s) select * from unnest(%s) %s"
            .formatted(table.name(), table.columnNames(), arrays, table.onConflict());
    List<Array> open = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int column = 0; column < table.columns().size(); column++) {
        Array array =
            table.columns().get(column).isText()
                ? connection.createArrayOf("text", rows.texts(column).toArray(String[]::new))
                : connection.createArrayOf("int8", rows.boxedNumbers(column));
        open.add(array);
        statement.setArray(column + 1, array);
      }
      statement.executeUpdate();
    } finally {
      for (Array array : open) {
        array.free();
      }
    }
  }

  @Override
  public void select(Connection connection, String sql, Collection<String> ids, RowReader reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(withIds(sql))) {
      statement.setArray(1, connection.createArrayOf("text", ids.toArray(String[]::new)));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          reader.read(rows);
        }
      }
    }
  }

  @Override
  public void makeRoom(DataSource writing, Set<Integer> months) throws SQLException {
    if (roomFor.containsAll(months)) {
      return;
    }
    try (Connection connection = writing.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      lockPartitions(statement);
      Set<String> there = partitions(statement);
      for (int month : months) {
        String name = partition(month);
        if (!there.contains(name)) {
          // A table of its own first: to attach it does not lock out those who read and write.
          statement.execute("create table " + name + " (like requests including all)");
          statement.execute(
              "alter table requests attach partition %s for values from (%d) to (%d)"
                  .formatted(name, startMillis(month), startMillis(month + 1)));
        }
      }
      connection.commit();
    }
    roomFor.addAll(months);
  }

  @Override
  public int dropRequests(DataSource writing, long beforeMillis, int rowsMax) throws SQLException {
    int dropped = 0;
    // A connection of its own, once a day: nobody who stores is kept waiting for one meanwhile.
    try (Connection connection = writing().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      lockPartitions(statement);
      for (String name : partitions(statement)) {
        if (startMillis(monthOf(name) + 1) <= beforeMillis) {
          statement.execute("drop table " + name);
          roomFor.remove(monthOf(name));
          dropped++;
        }
      }
      connection.commit();
    }
    return dropped;
  }

  @Override
  public boolean isAway(SQLException failure) {
    String state = failure.getSQLState();
    return failure instanceof SQLTransientException
        || (state != null
            && (AWAY.contains(state)
                || (state.length() == 5 && AWAY_CLASSES.contains(state.substring(0, 2)))));
  }

  /** Others may have dropped a partition that this one has seen. */
  @Override
  public void forgetRoom() {
    roomFor.clear();
  }

  /** The server does it, by {@code statement_timeout}. */
  @Override
  public void bound(Connection connection, int millisMax) {}

  private static int monthOf(String partition) {
    String[] parts = partition.split("_", -1);
    return Integer.parseInt(parts[1]) * 12 + Integer.parseInt(parts[2]) - 1;
  }

  private static String partition(int month) {
    return String.format(Locale.ROOT, "requests_%04d_%02d", month / 12, month % 12 + 1);
  }

  private static long startMillis(int month) {
    return YearMonth.of(month / 12, month % 12 + 1)
        .atDay(1)
        .atStartOfDay(ZoneOffset.UTC)
        .toInstant()
        .toEpochMilli();
  }

  private static void lockPartitions(Statement statement) throws SQLException {
    statement.execute("set local lock_timeout = " + LOCK_MILLIS_MAX);
    statement.execute("select pg_advisory_xact_lock(" + PARTITIONS_LOCK + ")");
  }

  private static Set<String> partitions(Statement statement) throws SQLException {
    Set<String> names = new TreeSet<>();
    try (ResultSet rows =
        statement.executeQuery(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
                + " where i.inhparent = 'requests'::regclass"
                + " and c.relname ~ '^requests_[0-9]{4}_[0-9]{2}$'")) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  private static String withIds(String sql) {
    return sql.replace("in #ids", "= any(?::text[])");
  }

  private DataSource source(int statementMillisMax, boolean isReadOnly) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url.url());
    try {
      for (var property : url.properties().entrySet()) {
        source.setProperty(property.getKey(), property.getValue());
      }
      source.setConnectTimeout(seconds(settings.connectMillisMax()));
      source.setLoginTimeout(seconds(settings.connectMillisMax()));
      // The server gives up first. This is for one that is not there any more.
      source.setSocketTimeout(seconds(statementMillisMax) + seconds(settings.connectMillisMax()));
      source.setTcpKeepAlive(true);
      source.setApplicationName("tollgate");
      source.setReadOnly(isReadOnly);
      String given = url.properties().getOrDefault("options", "");
      String plans = isReadOnly ? READING : PLANS;
      source.setOptions((given + " -c statement_timeout=" + statementMillisMax + plans).strip());
    } catch (SQLException unknown) {
      throw new IllegalArgumentException("a parameter of the archive's URL is wrong: " + name());
    }
    return source;
  }

  /** Rounded up: the driver takes 0 for no bound. */
  private static int seconds(int millis) {
    return Math.max(1, (millis + 999) / 1000);
  }
}
