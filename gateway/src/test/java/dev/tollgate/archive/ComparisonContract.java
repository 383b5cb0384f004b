package dev.tollgate.archive;

import static dev.tollgate.ledger.RedisForTests.USD;
import static dev.tollgate.ledger.RedisForTests.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Budget;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.ledger.AuditDifference;
import dev.tollgate.ledger.AuditDifference.What;
import dev.tollgate.ledger.AuditOutcome;
import dev.tollgate.ledger.AuditReport;
import dev.tollgate.ledger.AuditSettings;
import dev.tollgate.ledger.BudgetChange;
import dev.tollgate.ledger.Eventually;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.ledger.RedisForTests;
import dev.tollgate.ledger.RedisServerForTests;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An audit tells whatever the ledger and its archive do not agree on, and nothing else. */
@Tag(RedisForTests.ON_ITS_OWN)
@Timeout(120)
abstract class ComparisonContract {
  private static final AuditSettings SETTINGS =
      new AuditSettings(60_000, 100, 3, 10, 50, 1_000, 30_000, 100_000);

  private RedisServerForTests server;
  private RedisForTests redis;
  private Archive archive;
  private DrainForTests drain;
  private ExecutorService readers;
  private KeyRef key;

  abstract ArchiveSettings.Where where();

  /** To the same database. */
  abstract Connection connect() throws SQLException;

  /** Money in, requests, a key that was changed, one that was not, another account. */
  @BeforeEach
  void fill() throws Exception {
    server = RedisServerForTests.start();
    redis = RedisForTests.open(RedisForTests.settings(server.uri()), 1);
    archive = Archive.open(ArchiveSettings.of(where()));
    drain =
        DrainForTests.of(
            RedisForTests.open(RedisForTests.settings(server.uri()), 1),
            DrainForTests.settings(20, 600_000, 20_000, 1_000_000, 3_600_000),
            archive.store(),
            "gateway-1");
    readers = Executors.newFixedThreadPool(2);
    key = redis.keyWith(10 * USD);
    redis.key(key.account());
    redis.change(key, BudgetChange.put(quota(5 * USD)));
    redis.credit(key.account(), 7);
    redis.spend(key, USD);
    redis.spend(key, 3);
    redis.keyWith(USD);
  }

  private static Budget quota(long nanoUsd) {
    return RedisForTests.quota(nanoUsd);
  }

  @AfterEach
  void close() {
    drain.close();
    readers.shutdownNow();
    archive.close();
    redis.close();
    server.close();
  }

  private AuditReport audit() {
    AuditOutcome outcome =
        await(
            redis
                .connections()
                .audit(0, archive.audited(30_000, drain.drain(), readers), SETTINGS)
                .run(60_000));
    return ((AuditOutcome.Done) outcome).report();
  }

  /** What differs after the archive has been changed behind its back. */
  private List<AuditDifference> differencesAfter(String sql) throws SQLException {
    drain.start();
    assertThat(audit().isClean()).isTrue();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
    AuditReport report = audit();
    assertThat(report.isClean()).isFalse();
    assertThat(report.unarchived()).isZero();
    assertThat(report.differences())
        .allSatisfy(difference -> assertThat(difference.account()).isNotNull());
    return report.differences();
  }

  @Test
  void ledgerAndArchive_asTheyShouldBe_agree() {
    drain.start();

    AuditReport report = audit();

    assertThat(report.differences()).isEmpty();
    assertThat(report.isClean()).isTrue();
    assertThat(report.accounts()).isEqualTo(2);
  }

  @Test
  void balance_thatNoEntryExplains_isTold() {
    drain.start();
    redis.changeBalance(key.account(), 1);

    assertThat(audit().differences())
        .extracting(AuditDifference::what, AuditDifference::expected, AuditDifference::actual)
        .containsExactlyInAnyOrder(
            tuple(What.BALANCE, 9 * USD + 4, 1L), tuple(What.ARCHIVED_BALANCE, 9 * USD + 4, 1L));
  }

  @Test
  void topUp_thatIsMissingFromTheArchive_isTold() throws Exception {
    List<AuditDifference> differences =
        differencesAfter("delete from entries where amount = 7 and kind = 'topup'");

    assertThat(differences)
        .extracting(AuditDifference::what, AuditDifference::expected, AuditDifference::actual)
        .containsExactlyInAnyOrder(
            tuple(What.ARCHIVED_BALANCE, 9 * USD - 3, 9 * USD + 4),
            tuple(What.ARCHIVED_TOPUP, 10 * USD, 10 * USD + 7),
            tuple(What.ARCHIVED_CREDIT, 10 * USD, 10 * USD + 7),
            tuple(What.ARCHIVED_SUM, 9 * USD - 3, 9 * USD + 4));
  }

  @Test
  void debit_thatIsMissingFromTheArchive_isTold() throws Exception {
    assertThat(differencesAfter("delete from entries where amount = -3"))
        .extracting(AuditDifference::what)
        .containsExactlyInAnyOrder(What.ARCHIVED_BALANCE, What.ARCHIVED_USAGE, What.ARCHIVED_SUM);
  }

  @Test
  void rollup_thatIsNotWhatEntriesSay_isTold() throws Exception {
    assertThat(differencesAfter("update daily_usage set cost = cost + 1"))
        .extracting(AuditDifference::what, AuditDifference::expected, AuditDifference::actual)
        .containsExactly(tuple(What.ARCHIVED_USAGE, USD + 3, USD + 4));
  }

  @Test
  void limit_thatIsAnotherInTheArchive_isTold() throws Exception {
    String ofTheKey = " where kind = 'key' and id = '" + key.key().value() + "'";

    assertThat(
            differencesAfter(
                "update owners set value = 'quota|usd|lifetime|9|'"
                    + ofTheKey
                    + " and field = 'budgets'"))
        .extracting(AuditDifference::what, AuditDifference::key, AuditDifference::field)
        .containsExactly(tuple(What.FIELD, key.key().value(), "budgets"));
  }

  @Test
  void change_thatRedisHasForgotten_isTold() throws Exception {
    String ofTheKey = " where kind = 'key' and id = '" + key.key().value() + "'";

    assertThat(differencesAfter("update owners set revision = 4" + ofTheKey))
        .extracting(AuditDifference::what, AuditDifference::expected, AuditDifference::actual)
        .containsExactly(tuple(What.REVISION, 4L, 1L));
  }

  @Test
  void change_thatTheArchiveDoesNotHave_isTold() throws Exception {
    String ofTheKey = " where kind = 'key' and id = '" + key.key().value() + "'";

    assertThat(differencesAfter("update owners set revision = 0" + ofTheKey))
        .extracting(AuditDifference::what, AuditDifference::expected, AuditDifference::actual)
        .containsExactly(tuple(What.REVISION, 0L, 1L));
  }

  @Test
  void accountAndKey_thatAreNotArchived_areTold() throws Exception {
    assertThat(
            differencesAfter("delete from owners where account = '" + key.account().value() + "'"))
        .extracting(AuditDifference::what)
        .containsExactly(What.UNARCHIVED, What.UNARCHIVED, What.UNARCHIVED);
  }

  @Test
  void accountAndKey_thatRedisDoesNotHave_areTold() throws Exception {
    assertThat(
            differencesAfter(
                "insert into owners (kind, account, id, field, value, revision) values"
                    + " ('account', 'acct_lost', 'acct_lost', 'name', 'x', 0),"
                    + " ('key', 'acct_lost', 'key_lost', 'name', 'x', 0),"
                    + " ('object', 'acct_lost', 'file_1', 'provider', 'x', 0)"))
        .extracting(AuditDifference::what, AuditDifference::account, AuditDifference::key)
        .containsExactly(
            tuple(What.ACCOUNT_MISSING, "acct_lost", null),
            tuple(What.KEY_MISSING, "acct_lost", "key_lost"));
  }

  @Test
  void archiveThatIsBehind_isNoProof() {
    drain.close();

    AuditReport report = audit();

    assertThat(report.differences()).isEmpty();
    assertThat(report.unarchived()).isPositive();
    assertThat(report.isClean()).isFalse();
  }

  @Test
  void archiveThatMayNotBeAsked_isNoProof() {
    drain.start();
    readers.shutdown();

    AuditReport report = audit();

    assertThat(report.differences()).isEmpty();
    assertThat(report.unarchived()).isPositive();
  }

  @Test
  void audits_whileMoneyMovesAndKeysChange_findNothing() throws Exception {
    drain.start();
    List<KeyRef> keys = List.of(key, redis.keyWith(1_000 * USD), redis.keyWith(1_000 * USD));
    AtomicBoolean isOver = new AtomicBoolean();
    AtomicInteger bought = new AtomicInteger();
    Thread buyer =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; !isOver.get(); i++) {
                    KeyRef buying = keys.get(i % 3);
                    redis.spend(buying, 1 + i % 7);
                    redis.change(buying, BudgetChange.put(quota(100 * USD + i)));
                    redis.credit(buying.account(), 1 + i % 5);
                    bought.incrementAndGet();
                  }
                });
    try {
      for (int audits = 0; audits < 8; audits++) {
        int before = bought.get();
        AuditReport report = audit();
        assertThat(report.differences()).isEmpty();
        assertThat(report.unarchived()).isZero();
        Eventually.until("more is bought", () -> bought.get() > before);
      }
    } finally {
      isOver.set(true);
      buyer.join();
    }
  }

  private Optional<KeptObject> kept(String id) {
    return await(redis.connections().objects(0).find(key.account(), id));
  }

  private void archiveObject(String id, String kind, String deferred) throws SQLException {
    Map<String, String> fields =
        Map.of(
            "kind",
            kind,
            "provider",
            "acme",
            "key",
            key.key().value(),
            "request",
            redis.nextRequest().value(),
            "created_at",
            Long.toString(System.currentTimeMillis()),
            "deferred",
            deferred);
    try (Connection connection = connect();
        PreparedStatement statement =
            connection.prepareStatement(
                "insert into owners (kind, account, id, field, value, revision)"
                    + " values ('object', ?, ?, ?, ?, 0)")) {
      for (Map.Entry<String, String> field : fields.entrySet()) {
        statement.setString(1, key.account().value());
        statement.setString(2, id);
        statement.setString(3, field.getKey());
        statement.setString(4, field.getValue());
        statement.executeUpdate();
      }
    }
  }

  @Test
  void emptiedRedis_afterItWasRestored_agreesWithItsArchive() throws Exception {
    drain.start();
    assertThat(audit().isClean()).isTrue();
    AccountId account = key.account();
    long balance = redis.state(account).balanceNanoUsd();
    redis.flushAll();
    archiveObject("file_kept", "file", "0");
    archiveObject("batch_owed", "batch", "1");
    archiveObject("file_gone", "forgotten", "0");

    Restore.Outcome outcome =
        new Restore(
                archive.reading(30_000),
                redis.connections().restore(),
                86_400_000,
                kind -> 86_400_000,
                InstantSource.system())
            .run(accounts -> {});

    assertThat(outcome).isEqualTo(new Restore.Outcome(2, 0, 3, 2, 3, 2));
    assertThat(kept("file_kept")).isPresent();
    assertThat(kept("batch_owed")).hasValueSatisfying(batch -> assertThat(batch.isOwed()).isTrue());
    assertThat(kept("file_gone")).isEmpty();
    assertThat(redis.state(account).balanceNanoUsd()).isEqualTo(balance);
    assertThat(audit().differences()).isEmpty();
    redis.spend(key, 11);
    redis.change(key, BudgetChange.put(quota(6 * USD)));
    assertThat(audit().differences()).isEmpty();
    assertThat(audit().unarchived()).isZero();
  }
}
