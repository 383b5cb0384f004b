package dev.tollgate.cli;

import dev.tollgate.archive.PostgresForTests;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A PostgreSQL in which one gateway, by its user, can be made to stand still in the middle of a
 * batch: a trigger waits for a lock that the test has. All others go on.
 */
final class HaltingDatabase implements AutoCloseable {
  /** Any number that nobody else locks. */
  private static final long LOCK = 4_711;

  /** Where in the transaction of a batch. */
  enum Place {
    /** Before the first row. */
    BEGUN,
    /** All rows are written, and nobody else sees them. */
    WRITTEN,
    /** The gateway has asked for the commit, and has no answer. */
    COMMITTING
  }

  private static final String[] TRIGGERS = {
    "create role halted superuser login password 'halted'",
    "create table halt (place text primary key)",
    """
    create function halt() returns trigger language plpgsql as $$ begin
      if session_user = 'halted' and exists (select from halt where place = tg_argv[0]) then
        perform pg_advisory_xact_lock(%d);
      end if;
      return null;
    end $$\
    """
        .formatted(LOCK),
    "create trigger halt_begun before insert on shards for each statement"
        + " execute function halt('BEGUN')",
    "create trigger halt_written after insert on daily_usage for each statement"
        + " execute function halt('WRITTEN')",
    "create constraint trigger halt_committing after insert or update on shards"
        + " deferrable initially deferred for each row execute function halt('COMMITTING')"
  };

  private final PostgresForTests server;
  private final String url;
  private final Connection test;

  private HaltingDatabase(PostgresForTests server) throws SQLException {
    this.server = server;
    this.url = server.newDatabase();
    this.test = DriverManager.getConnection(url);
  }

  static HaltingDatabase start() throws SQLException {
    return new HaltingDatabase(PostgresForTests.start());
  }

  /** For everybody. */
  String url() {
    return url;
  }

  /** Of the same database, for the gateway that is to stand still. */
  String haltedUrl() {
    String name = url.substring(url.lastIndexOf('/'), url.indexOf('?'));
    return "jdbc:postgresql://halted:halted@127.0.0.1:" + server.port() + name;
  }

  /** To be called once, when the tables are there. */
  void prepare() throws SQLException {
    for (String sql : TRIGGERS) {
      execute(sql);
    }
  }

  /** From now on that gateway comes no further than this. */
  void halt(Place place) throws SQLException {
    execute("select pg_advisory_lock(" + LOCK + ")");
    execute("insert into halt values ('" + place + "')");
  }

  boolean isHalted() throws SQLException {
    try (Statement statement = test.createStatement();
        ResultSet waiting =
            statement.executeQuery(
                "select 1 from pg_stat_activity where usename = 'halted'"
                    + " and wait_event = 'advisory'")) {
      return waiting.next();
    }
  }

  void goOn() throws SQLException {
    execute("delete from halt");
    execute("select pg_advisory_unlock_all()");
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = test.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    test.close();
    server.close();
  }
}
