package dev.tollgate.archive;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The smallest archive there is: a table of events in an SQLite file, one transaction to a batch.
 * It can be told to fail.
 */
final class EventFile implements EventStore, AutoCloseable {
  private final Connection connection;
  private final AtomicInteger added = new AtomicInteger();
  private volatile boolean isAway;
  private volatile @Nullable Predicate<ArchiveEvent> refused;
  private volatile boolean isRefusingAsIfAway;

  private EventFile(Connection connection) {
    this.connection = connection;
  }

  static EventFile open(Path file) {
    try {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
      try (Statement statement = connection.createStatement()) {
        statement.execute("pragma busy_timeout = 30000");
        statement.execute("pragma synchronous = off");
        statement.execute(
            "create table if not exists events (id text primary key, shard integer, account text,"
                + " amount integer, position integer)");
      }
      connection.setAutoCommit(false);
      return new EventFile(connection);
    } catch (SQLException broken) {
      throw new ArchiveException("the file cannot be opened", broken);
    }
  }

  /** From now on, or no more, nothing is stored. */
  void setAway(boolean isAway) {
    this.isAway = isAway;
  }

  /** What it does not store, nor anything with it; null for nothing. */
  void refuse(@Nullable Predicate<ArchiveEvent> events) {
    refused = events;
  }

  /** Refuses with the same exception as when it is away. */
  void refuseAsIfAway(Predicate<ArchiveEvent> events) {
    isRefusingAsIfAway = true;
    refused = events;
  }

  @Override
  public synchronized int store(int shard, List<ArchiveEvent> events) {
    if (isAway) {
      throw new ArchiveException("away, as the test wants");
    }
    Predicate<ArchiveEvent> refusing = refused;
    if (refusing != null && events.stream().anyMatch(refusing)) {
      throw isRefusingAsIfAway
          ? new ArchiveException("refused, as the test wants")
          : new IllegalArgumentException("refused, as the test wants");
    }
    try (PreparedStatement insert =
        connection.prepareStatement("insert or ignore into events values (?, ?, ?, ?, ?)")) {
      int fresh = 0;
      for (ArchiveEvent event : events) {
        insert.setString(1, event.id());
        insert.setInt(2, shard);
        insert.setString(3, event.field("account"));
        insert.setLong(4, event.number("amount"));
        insert.setLong(5, event.position());
        fresh += insert.executeUpdate();
      }
      connection.commit();
      added.addAndGet(fresh);
      return fresh;
    } catch (SQLException broken) {
      throw new ArchiveException("the file cannot be written", broken);
    }
  }

  /** Of an account's events, the ids. */
  synchronized Set<String> ids(String account) {
    Set<String> ids = new HashSet<>();
    try (PreparedStatement select =
        connection.prepareStatement("select id from events where account = ?")) {
      select.setString(1, account);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
      connection.commit();
      return ids;
    } catch (SQLException broken) {
      throw new ArchiveException("the file cannot be read", broken);
    }
  }

  synchronized long sum(String account) {
    try (PreparedStatement select =
        connection.prepareStatement("select sum(amount) from events where account = ?")) {
      select.setString(1, account);
      try (ResultSet rows = select.executeQuery()) {
        long sum = rows.getLong(1);
        connection.commit();
        return sum;
      }
    } catch (SQLException broken) {
      throw new ArchiveException("the file cannot be read", broken);
    }
  }

  /** How many events were new to it. */
  int added() {
    return added.get();
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException broken) {
      throw new ArchiveException("the file cannot be closed", broken);
    }
  }
}
