package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.Eventually;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import dev.tollgate.testing.LogWatch;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database that does not come to an end within the time that a batch has. */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(120)
class SlowArchiveTest {
  private static final int STORE_MILLIS_MAX = 200;
  private static final int EVENTS = 150;

  @TempDir private Path directory;

  @Test
  void drainIntoPostgresqlThatIsTooSlow_givesUpEachTime_andStoresAllWhenItIsQuickAgain()
      throws Exception {
    String url = PostgresForTests.shared().newDatabase();
    assertGivesUpAndGoesOn(
        new ArchiveSettings.Elsewhere(url),
        url,
        "lock table daily_usage in access exclusive mode",
        "statement timeout");
  }

  @Test
  void drainIntoASqliteThatIsLocked_givesUpEachTime_andStoresAllWhenItIsFree() throws Exception {
    Path file = directory.resolve("archive.db");
    assertGivesUpAndGoesOn(
        new ArchiveSettings.SqliteFile(file), "jdbc:sqlite:" + file, "begin immediate", "locked");
  }

  private static void assertGivesUpAndGoesOn(
      ArchiveSettings.Where where, String url, String lock, String why) throws Exception {
    ArchiveSettings settings =
        new ArchiveSettings(where, 1, 16, 1, 5_000, 5_000, STORE_MILLIS_MAX, 400, 10);
    try (RedisServerForTests server = RedisServerForTests.start();
        RedisForTests redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
        Archive archive = Archive.open(settings);
        LogWatch log = LogWatch.of(DrainLoop.class);
        DrainForTests one =
            DrainForTests.of(
                    RedisForTests.open(RedisForTests.settings(server.uri()), 1),
                    DrainForTests.SETTINGS,
                    archive.store(),
                    "one")
                .start()) {
      KeyRef key;
      try (Connection other = DriverManager.getConnection(url);
          Statement statement = other.createStatement()) {
        begin(other, url);
        statement.execute(lock);
        key = redis.keyWith(10 * USD);
        for (int i = 0; i < EVENTS; i++) {
          redis.spend(key, USD / 1_000);
        }
        Eventually.until("it has tried often", () -> one.drain().failures() >= 10);
        assertThat(one.drain().state().isStoreAway()).isTrue();
        assertThat(one.drain().state().refused()).as("no event is to blame").isZero();
        assertThat(one.drain().state().waiting()).isPositive();
        statement.execute("rollback");
      }

      Eventually.until("nothing waits", () -> one.drain().state().waiting() == 0);
      assertThat(one.drain().state().status()).isEqualTo("ok");
      assertThat(log.messages())
          .singleElement()
          .asString()
          .startsWith("the archive takes nothing now")
          .contains(why);
      ArchivedForTests archived = ArchivedForTests.of(url, key.account());
      archived.assertConsistent();
      assertThat(archived.eventIds()).hasSize(EVENTS + 3);
      assertThat(archived.balanceNanoUsd()).isEqualTo(redis.state(key.account()).balanceNanoUsd());
    }
  }

  /** SQLite's own begin says of what kind it is. */
  private static void begin(Connection connection, String url) throws SQLException {
    if (url.startsWith("jdbc:postgresql:")) {
      connection.setAutoCommit(false);
    }
  }
}
