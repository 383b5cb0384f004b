package dev.tollgate.archive;

import static dev.tollgate.archive.EventsForTests.NOON;
import static dev.tollgate.archive.EventsForTests.adjustment;
import static dev.tollgate.archive.EventsForTests.credit;
import static dev.tollgate.archive.EventsForTests.event;
import static dev.tollgate.archive.EventsForTests.moved;
import static dev.tollgate.archive.EventsForTests.part;
import static dev.tollgate.archive.EventsForTests.reap;
import static dev.tollgate.archive.EventsForTests.release;
import static dev.tollgate.archive.EventsForTests.reversal;
import static dev.tollgate.archive.EventsForTests.settle;
import static dev.tollgate.archive.EventsForTests.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.domain.AccountId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store promises, whatever the database. */
abstract class EventStoreContract {
  static final AccountId ACCOUNT = new AccountId("acct_1");
  static final Books.UsageScope ALL = new Books.UsageScope(null, null, null, null);

  private Archive archive;

  abstract ArchiveSettings.Where where();

  abstract Connection connect() throws SQLException;

  @BeforeEach
  void open() {
    archive = Archive.open(ArchiveSettings.of(where()));
  }

  @AfterEach
  void close() {
    archive.close();
  }

  Archive archive() {
    return archive;
  }

  @Test
  void store_batchAgain_changesNothing() throws SQLException {
    List<ArchiveEvent> batch =
        List.of(
            credit(1, "c1", 1_000),
            settle(2, "req_1", 500),
            with(settle(3, "req_2", 0), "usage", "input=5"),
            release(4, "req_3", "upstream"),
            reap(5, "req_4", 70));
    assertThat(store(batch)).isEqualTo(5);
    String before = everything();

    assertThat(store(batch)).isZero();

    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void store_eventTwiceInABatch_isStoredOnce() {
    assertThat(store(List.of(settle(1, "req_1", 500), settle(1, "req_1", 500)))).isEqualTo(1);

    assertThat(usage().costNanoUsd()).isEqualTo(500);
  }

  @Test
  void store_eventsAgainMonthsLaterAtOtherPlaces_changeNothing() throws SQLException {
    List<ArchiveEvent> batch =
        List.of(settle(1, "req_1", 500), settle(2, "req_2", 0), release(3, "req_3", "upstream"));
    store(batch);
    String before = everything();

    int fresh = 0;
    for (ArchiveEvent event : batch) {
      fresh += store(List.of(moved(event, event.position() + (9L << 40))));
    }

    assertThat(fresh).isZero();
    // The shard has come further, and that is all.
    assertThat(everything()).isEqualTo(before);
    assertThat(strings("select position from shards")).containsExactly("" + (3 + (9L << 40)));
  }

  @Test
  void store_requestsDroppedAndEventsAgain_areNotCountedAgain() throws SQLException {
    List<ArchiveEvent> batch =
        List.of(settle(1, "req_1", 500), settle(2, "req_2", 0), part(3, "req_3", 1, 40));
    store(batch);
    Books.UsageSum before = usage();
    archive.dropOldRequests(NOON + 500L * 86_400_000);
    assertThat(requests()).isEmpty();

    assertThat(store(batch)).isZero();
    store(List.of(part(9, "req_1", 1, 7), settle(10, "req_3", 2)));

    assertThat(usage().requests()).isEqualTo(before.requests());
    assertThat(usage().costNanoUsd()).isEqualTo(before.costNanoUsd() + 9);
    assertRollupsEqualEntries();
  }

  @Test
  void store_costBeyondTheHold_isCountedOnce() throws SQLException {
    store(List.of(with(settle(1, "req_1", 500), "amount", "-300"), adjustment(2, "req_1", -200)));

    assertThat(usage().costNanoUsd()).isEqualTo(500);
    assertThat(usage().requests()).isEqualTo(1);
    assertThat(entries().entries())
        .extracting(Books.Entry::amountNanoUsd)
        .containsExactly(-200L, -300L);
    assertRollupsEqualEntries();
  }

  @Test
  void store_settledAfterTheReaper_isWhatTheSettlementSays() throws SQLException {
    ArchiveEvent reaped =
        with(reap(1, "req_1", 70), "model", "alias", "at", "" + (NOON - 86_400_000));
    List<ArchiveEvent> late = List.of(reversal(2, "req_1", 70), settle(3, "req_1", 500));
    store(List.of(reaped));
    assertThat(requests()).extracting(Books.Request::outcome).containsExactly("reaped");
    assertThat(usage().requests()).isEqualTo(1);

    store(late);

    assertThat(usage()).isEqualTo(new Books.UsageSum(1, 1_000, 500, 0, 0, 1_500, 500, 500, 800));
    assertThat(strings("select requests || ' ' || cost from daily_usage where model = 'alias'"))
        .containsExactly("0 0");
    assertThat(requests()).hasSize(1);
    assertThat(requests().getFirst().outcome()).isEqualTo("settled");
    assertThat(requests().getFirst().costNanoUsd()).isEqualTo(500);
    assertThat(requests().getFirst().estimated()).isEmpty();
    assertRollupsEqualEntries();
  }

  @Test
  void store_releasedAfterTheReaper_countsNothing() throws SQLException {
    store(List.of(reap(1, "req_1", 70)));
    store(List.of(reversal(2, "req_1", 70)));

    assertThat(usage()).isEqualTo(Books.UsageSum.NONE);
    assertThat(requests()).extracting(Books.Request::outcome).containsExactly("released");
    assertRollupsEqualEntries();
  }

  @Test
  void store_reversalOfWhatIsNotHere_equalsItsEntry() throws SQLException {
    store(List.of(reversal(1, "req_1", 70)));

    assertThat(usage().costNanoUsd()).isEqualTo(-70);
    assertThat(requests()).isEmpty();
    assertRollupsEqualEntries();
  }

  @Test
  void store_partsInSeveralBatches_countOneRequest() throws SQLException {
    store(List.of(part(1, "run_1", 1, 10), part(2, "run_1", 2, 20)));
    store(List.of(part(3, "run_1", 3, 30)));
    store(List.of(settle(4, "run_1", 40)));

    assertThat(usage()).isEqualTo(new Books.UsageSum(1, 4_000, 2_000, 0, 0, 6_000, 100, 100, 800));
    assertThat(requests()).hasSize(1);
    assertThat(requests().getFirst().costNanoUsd()).isEqualTo(100);
    assertThat(requests().getFirst().position()).isEqualTo(4);
    assertThat(requests().getFirst().totalTokens()).isEqualTo(6_000);
    assertRollupsEqualEntries();
  }

  @Test
  void store_partAfterTheEnd_isAddedToItsRequest() throws SQLException {
    store(List.of(settle(1, "run_1", 40)));
    store(List.of(part(2, "run_1", 1, 10)));
    store(List.of(release(3, "run_2", "cancelled")));
    store(List.of(part(4, "run_2", 1, 5)));

    assertThat(usage().requests()).isEqualTo(2);
    assertThat(usage().costNanoUsd()).isEqualTo(55);
    assertThat(requests()).extracting(Books.Request::costNanoUsd).containsExactly(5L, 50L);
    assertThat(requests())
        .extracting(Books.Request::outcome)
        .containsExactly("released", "settled");
    assertRollupsEqualEntries();
  }

  @Test
  void store_objectPaidAfterItsHoldWasReleased_isOneSettledRequest() throws SQLException {
    store(List.of(release(1, "req_1", "unseen"), release(2, "req_2", "abandoned")));
    store(List.of(with(settle(3, "req_1", 8), "object", "batch_1"), settle(4, "req_2", 9)));

    assertThat(requests()).extracting(Books.Request::outcome).containsExactly("settled", "settled");
    assertThat(usage().requests()).isEqualTo(2);
    assertRollupsEqualEntries();
  }

  @Test
  void store_everyMeter_isInItsColumn() {
    String usage =
        "input=1 cache_read=2 cache_write_5m=4 cache_write_1h=8 output=16 reasoning=32"
            + " audio_input=64 audio_output=128 image_input=256 image_output=512 request=1024"
            + " web_search=2048 of_a_newer_gateway=4096";
    store(List.of(with(settle(1, "req_1", 5), "usage", usage)));

    Books.UsageSum sum = usage();
    assertThat(sum.inputTokens()).isEqualTo(1 + 64 + 256);
    assertThat(sum.outputTokens()).isEqualTo(16 + 32 + 128 + 512);
    assertThat(sum.cacheCreationTokens()).isEqualTo(4 + 8);
    assertThat(sum.cacheReadTokens()).isEqualTo(2);
    assertThat(sum.totalTokens()).isEqualTo(1_023);
  }

  @Test
  void store_sqlAndUnicodeInEveryField_areText() throws SQLException {
    String nasty = "x'); drop table entries; --\\\t\r\n\"$1 ?{}%s \uD83D\uDE00 ñ\u0301 \\N \\.";
    ArchiveEvent plain = settle(1, "req_1", 500);
    Map<String, String> fields = new TreeMap<>(plain.fields());
    for (String name :
        List.of("account", "key", "model", "endpoint", "provider", "kind", "estimated")) {
      fields.put(name, nasty + name);
    }
    fields.put("request", nasty);
    fields.put("id", nasty + ":settle");
    fields.put("reference", nasty);
    AccountId account = new AccountId(nasty + "account");

    store(List.of(new ArchiveEvent(7, 1, fields)));

    Books.Entry entry = entries(account).entries().getFirst();
    assertThat(entry.id()).isEqualTo(nasty + ":settle");
    assertThat(entry.reference()).isEqualTo(nasty);
    assertThat(entry.kind()).isEqualTo(nasty + "kind");
    Books.RequestFilter filter =
        new Books.RequestFilter(
            new dev.tollgate.domain.KeyId(nasty + "key"),
            nasty + "model",
            nasty + "endpoint",
            200,
            null,
            null,
            null);
    Books.Request request = archive.books().requests(account, filter, 10).getFirst();
    assertThat(request.id()).isEqualTo(nasty);
    assertThat(request.provider()).isEqualTo(nasty + "provider");
    assertThat(request.estimated()).isEqualTo(nasty + "estimated");
  }

  @Test
  void store_whatNoDatabaseKeeps_doesNotStopTheStream() {
    String model = "gpt\u0000-\uD800" + "m".repeat(9_000);
    store(
        List.of(
            with(
                settle(1, "req_1", 5),
                "model",
                model,
                "endpoint",
                "\u0000",
                "provider",
                "ü".repeat(9_000)),
            with(credit(2, "c".repeat(5_000), 9), "reference", "\u0000\uDC00")));

    assertThat(requests().getFirst().model()).startsWith("gpt\uFFFD-\uFFFDmmm").hasSize(200);
    assertThat(entries().entries().getFirst().reference()).isEqualTo("\uFFFD\uFFFD");
  }

  @Test
  void store_eventThatCannotBeRead_storesNoneOfItsBatch() throws SQLException {
    String before = everything();

    assertThatThrownBy(
            () ->
                store(List.of(settle(1, "req_1", 5), with(settle(2, "req_2", 5), "cost", "five"))))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("shard 7");

    assertThat(everything()).isEqualTo(before);
    assertThat(store(List.of(settle(1, "req_1", 5)))).isEqualTo(1);
  }

  @Test
  void store_ownersInAnyOrder_keepTheNewestOfEachField() throws SQLException {
    List<ArchiveEvent> events = new ArrayList<>();
    events.add(
        event(
            1,
            "id",
            "acct_1:account:0",
            "act",
            "account",
            "kind",
            "created",
            "account",
            "acct_1",
            "at",
            "5",
            "status",
            "active",
            "name",
            "first"));
    for (int revision = 1; revision <= 11; revision++) {
      events.add(
          event(
              1 + revision,
              "id",
              "acct_1:account:" + revision,
              "act",
              "account",
              "kind",
              "changed",
              "account",
              "acct_1",
              "at",
              Integer.toString(5 + revision),
              "name",
              "name " + revision,
              "budgets",
              ""));
    }
    events.add(
        event(
            20,
            "id",
            "acct_1:file_1:object",
            "act",
            "object",
            "kind",
            "file",
            "account",
            "acct_1",
            "key",
            "key_1",
            "at",
            "30",
            "object",
            "file_1",
            "deferred",
            "0"));
    // As keep.lua does: noted again, under the same id.
    events.add(with(events.getLast(), "deferred", "1"));
    events.add(
        event(
            21,
            "id",
            "x",
            "act",
            "of_a_newer_gateway",
            "account",
            "acct_1",
            "at",
            "31",
            "what",
            "ever"));
    Collections.reverse(events);

    for (ArchiveEvent event : events) {
      store(List.of(event));
    }

    assertThat(
            strings(
                "select field || '=' || value from owners where kind = 'account' order by field"))
        .containsExactly(
            "at=16", "budgets=", "created_at=5", "kind=changed", "name=name 11", "status=active");
    assertThat(strings("select value from owners where kind = 'object' and field = 'deferred'"))
        .containsExactly("1");
    assertThat(strings("select value from owners where id = 'x' and field = 'what'"))
        .containsExactly("ever");
  }

  int store(List<ArchiveEvent> events) {
    return archive.store().store(7, events);
  }

  Books.UsageSum usage() {
    return archive.books().usage(ALL);
  }

  Books.EntryPage entries() {
    return entries(ACCOUNT);
  }

  private Books.EntryPage entries(AccountId account) {
    return archive.books().entries(account, Books.EntryFilter.ALL, 0, 1_000);
  }

  List<Books.Request> requests() {
    return archive.books().requests(ACCOUNT, Books.RequestFilter.ALL, 1_000);
  }

  void assertRollupsEqualEntries() throws SQLException {
    assertThat(
            strings(
                "select account || ' ' || sum(cost) from daily_usage group by account having"
                    + " sum(cost) <> 0 order by account"))
        .isEqualTo(
            strings(
                "select account || ' ' || -sum(amount) from entries where request <> '' group by"
                    + " account having sum(amount) <> 0 order by account"));
    assertThat(
            strings(
                "select account, kind, sum(entries), sum(amount) from entry_sums group by account,"
                    + " kind"))
        .hasSameSizeAs(strings("select account, kind from entries group by account, kind"));
  }

  /** Each first column of an answer, as text. */
  List<String> strings(String sql) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    }
    return found;
  }

  /** Every row but those of the shards. */
  private String everything() throws SQLException {
    StringBuilder all = new StringBuilder();
    for (String table :
        List.of(
            "entries", "entry_sums", "marks", "requests", "continued", "daily_usage", "owners")) {
      try (Connection connection = connect();
          Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery("select * from " + table + " order by 1, 2, 3, 4")) {
        while (rows.next()) {
          all.append('\n').append(table);
          for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
            all.append('|').append(rows.getString(column));
          }
        }
      }
    }
    return all.toString();
  }
}
