package dev.tollgate.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.AccountId;
import dev.tollgate.ledger.Eventually;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A PostgreSQL that dies, is slow, does not let one in, or only reads. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresAwayTest {
  private PostgresForTests server;

  @BeforeAll
  void start() {
    server = PostgresForTests.start();
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void store_serverKilledInMidBatch_storesEachBatchOnceAfterwards()
      throws InterruptedException, ExecutionException {
    StreamsForTests streams = new StreamsForTests(4);
    List<ArchiveEvent> stream = streams.stream(3_000);
    List<List<ArchiveEvent>> batches = streams.batches(stream);
    String url = server.newDatabase();
    try (Archive archive = Archive.open(ArchiveSettings.of(new ArchiveSettings.Elsewhere(url)));
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      int next = 0;
      for (int kill = 0; kill < 2; kill++) {
        int from = next;
        Future<Integer> storing =
            thread.submit(
                () -> {
                  int at = from;
                  storeOnceUp(archive, batches.get(at++));
                  try {
                    while (at < batches.size()) {
                      archive.store().store(7, batches.get(at));
                      at++;
                    }
                  } catch (ArchiveException died) {
                    // It is the batch that comes again.
                  }
                  return at;
                });
        awaitStored(archive, 20 + kill * 40);
        server.kill();
        next = storing.get();
        server.launch();
      }
      for (; next < batches.size(); next++) {
        storeOnceUp(archive, batches.get(next));
      }
      new ArchivePropertyTest.Model(stream).assertEquals(archive.books());
    }
  }

  @Test
  void books_tableLocked_giveUpInTime() throws SQLException {
    String url = server.newDatabase();
    ArchiveSettings settings =
        new ArchiveSettings(
            new ArchiveSettings.Elsewhere(url), 1, 16, 1, 5_000, 100, 30_000, 400, 10);
    try (Archive archive = Archive.open(settings);
        Connection other = DriverManager.getConnection(url);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("lock table requests in access exclusive mode");

      assertThatThrownBy(
              () -> archive.books().requests(new AccountId("acct_1"), Books.RequestFilter.ALL, 10))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("did not answer");

      other.rollback();
      assertThat(archive.books().requests(new AccountId("acct_1"), Books.RequestFilter.ALL, 10))
          .isEmpty();
    }
  }

  @Test
  void open_wrongPassword_namesTheDatabaseAlone() {
    for (String url :
        List.of(
            "jdbc:postgresql://tollgate:s3cret@127.0.0.1:" + server.port() + "/postgres",
            "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?user=x&password=s3cret",
            "jdbc:postgresql://tollgate:s3cret@127.0.0.1:1/postgres?connectTimeout=1")) {
      ArchiveSettings settings = ArchiveSettings.of(new ArchiveSettings.Elsewhere(url));
      assertThat(settings.toString()).doesNotContain("s3cret");
      assertThatThrownBy(() -> Archive.open(settings))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("postgresql://127.0.0.1:")
          .satisfies(thrown -> assertThat(everything(thrown)).doesNotContain("s3cret"));
    }
  }

  @Test
  void open_databaseThatOnlyReads_isRefused() throws SQLException {
    String url = server.newDatabase();
    ArchiveSettings settings = ArchiveSettings.of(new ArchiveSettings.Elsewhere(url));
    Archive.open(settings).close();
    String name = url.substring(url.lastIndexOf('/') + 1, url.indexOf('?'));
    execute(url, "alter database " + name + " set default_transaction_read_only = on");

    assertThatThrownBy(() -> Archive.open(settings))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("read-only");
  }

  @Test
  void open_newerSchema_isRefused() throws SQLException {
    String url = server.newDatabase();
    ArchiveSettings settings = ArchiveSettings.of(new ArchiveSettings.Elsewhere(url));
    Archive.open(settings).close();
    execute(url, SqliteArchiveTest.NEWER);

    assertThatThrownBy(() -> Archive.open(settings))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("version 999")
        .hasMessageContaining("newer");
  }

  private static void execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Until so many entries are there: the kill comes while more are on their way. */
  private static void awaitStored(Archive archive, int entries) {
    Eventually.until(entries + " are stored", () -> stored(archive) >= entries);
  }

  /** None, while the database does not answer: a connection of before a kill may fail once more. */
  private static long stored(Archive archive) {
    long there = 0;
    try {
      for (int account = 0; account < 3; account++) {
        AccountId id = new AccountId("acct_" + account);
        there += archive.books().entries(id, Books.EntryFilter.ALL, 0, 1).total();
      }
      return there;
    } catch (ArchiveException away) {
      return 0;
    }
  }

  /** A connection of before the kill may fail once more. */
  private static void storeOnceUp(Archive archive, List<ArchiveEvent> batch) {
    for (int attempt = 0; attempt < 4; attempt++) {
      try {
        archive.store().store(7, batch);
        return;
      } catch (ArchiveException broken) {
        // The pool has thrown it away; the next is a new one.
      }
    }
    throw new AssertionError("does not store again");
  }

  private static String everything(Throwable thrown) {
    StringBuilder all = new StringBuilder();
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      all.append(cause).append('\n');
    }
    return all.toString();
  }
}
