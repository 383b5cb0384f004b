package dev.tollgate.archive;

import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;

/**
 * Stores batches. Whoever stores events of a shard writes the row of the shard first, and so waits
 * for others that do: what is known is known to both. From any number of threads.
 */
@Blocking
final class SqlEventStore implements EventStore {
  private static final String LOCK_SHARD =
      "insert into shards (shard, position) values (?, ?) on conflict (shard) do update set"
          + " position = case when excluded.position > shards.position then excluded.position else"
          + " shards.position end";

  private final Dialect dialect;
  private final DataSource writing;
  private final int writersMax;

  SqlEventStore(Dialect dialect, DataSource writing, int writersMax) {
    this.dialect = dialect;
    this.writing = writing;
    this.writersMax = writersMax;
  }

  @Override
  public int writersMax() {
    return writersMax;
  }

  @Override
  public int store(int shard, List<ArchiveEvent> events) {
    if (events.isEmpty()) {
      return 0;
    }
    try {
      dialect.makeRoom(writing, monthsOf(events));
      try (Connection connection = writing.getConnection()) {
        return store(connection, shard, events);
      }
    } catch (SQLException | RuntimeException failed) {
      dialect.forgetRoom();
      throw new ArchiveException(
          "events of shard %d up to %d were not stored in %s: %s"
              .formatted(shard, events.getLast().position(), dialect.name(), failed.getMessage()),
          failed);
    }
  }

  private int store(Connection connection, int shard, List<ArchiveEvent> events)
      throws SQLException {
    boolean isDone = false;
    connection.setAutoCommit(false);
    try {
      lock(connection, shard, events);
      int fresh = new Batch(dialect, connection).write(events);
      connection.commit();
      isDone = true;
      return fresh;
    } finally {
      if (!isDone) {
        rollBack(connection);
      }
    }
  }

  private static void lock(Connection connection, int shard, List<ArchiveEvent> events)
      throws SQLException {
    long position = events.stream().mapToLong(ArchiveEvent::position).max().orElse(0);
    try (PreparedStatement statement = connection.prepareStatement(LOCK_SHARD)) {
      statement.setInt(1, shard);
      statement.setLong(2, position);
      statement.executeUpdate();
    }
  }

  /** A connection that is broken has been rolled back by its end. */
  private static void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException broken) {
      // What failed before says more.
    }
  }

  private static Set<Integer> monthsOf(List<ArchiveEvent> events) {
    Set<Integer> months = new TreeSet<>();
    String last = "";
    for (ArchiveEvent event : events) {
      if (RequestEvent.of(event) != null) {
        long at = event.number("at");
        String day = UsageKey.day(at);
        if (!day.equals(last)) {
          months.add(Dialect.monthOf(at));
          last = day;
        }
      }
    }
    return months;
  }
}
