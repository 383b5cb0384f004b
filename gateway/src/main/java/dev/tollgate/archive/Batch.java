package dev.tollgate.archive;

import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a batch of events of one shard writes, worked out within the transaction that writes it. */
@Blocking
final class Batch {
  private final Dialect dialect;
  private final Connection connection;
  private final Columns entries = new Columns(Table.ENTRIES);
  private final Columns marks = new Columns(Table.MARKS);
  private final OwnerFields owners = new OwnerFields();
  private final Map<UsageKey, UsageSums> rollups = new LinkedHashMap<>();
  private final Map<EntryKey, EntrySum> entrySums = new LinkedHashMap<>();
  private final Map<String, RequestTally> tallies = new LinkedHashMap<>();

  private record EntryKey(String account, String kind) {}

  private record EntrySum(long entries, long amount) {
    EntrySum plus(EntrySum more) {
      return new EntrySum(entries + more.entries, Math.addExact(amount, more.amount));
    }
  }

  Batch(Dialect dialect, Connection connection) {
    this.dialect = dialect;
    this.connection = connection;
  }

  /**
   * @return how many events were new
   */
  int write(List<ArchiveEvent> events) throws SQLException {
    Set<String> known = knownIds(events);
    List<ArchiveEvent> fresh = new ArrayList<>(events.size());
    Set<String> seen = new HashSet<>();
    for (ArchiveEvent event : events) {
      String id = StoredText.id(event.id());
      if (!known.contains(id) && seen.add(id)) {
        fresh.add(event);
      }
      // Not only of new events: an object is noted twice under one id, and the newest wins anyway.
      owners.take(event);
    }
    readTallies(fresh, known);
    for (ArchiveEvent event : fresh) {
      take(event);
    }
    writeAll();
    return fresh.size();
  }

  /** Those of the events, and of the settlements of requests of which there is more to tell. */
  private Set<String> knownIds(List<ArchiveEvent> events) throws SQLException {
    Set<String> ids = new LinkedHashSet<>();
    for (ArchiveEvent event : events) {
      ids.add(StoredText.id(event.id()));
      @Nullable RequestEvent kind = RequestEvent.of(event);
      if (kind != null && kind != RequestEvent.SETTLE) {
        ids.add(settlementOf(event.field("request")));
      }
    }
    Set<String> known = new HashSet<>();
    for (String table : List.of("entries", "marks")) {
      dialect.select(
          connection,
          "select id from " + table + " where id in #ids",
          ids,
          row -> known.add(row.getString(1)));
    }
    return known;
  }

  private void readTallies(List<ArchiveEvent> fresh, Set<String> known) throws SQLException {
    Set<String> looked = new LinkedHashSet<>();
    for (ArchiveEvent event : fresh) {
      @Nullable RequestEvent kind = RequestEvent.of(event);
      if (kind == null) {
        continue;
      }
      String request = StoredText.id(event.field("request"));
      boolean isFirst =
          tallies.put(request, new RequestTally(request, this::addUsage)) == null;
      // One that is settled, and that is all: the row is not looked for, for there is none.
      if (!isFirst || kind != RequestEvent.SETTLE || !event.field("object").isEmpty()) {
        looked.add(request);
      }
    }
    if (tallies.isEmpty()) {
      return;
    }
    dialect.select(
        connection,
        "select * from continued where request in #ids",
        tallies.keySet(),
        row -> {
          String request = row.getString("request");
          tally(request).readContinued(row);
          looked.add(request);
        });
    if (!looked.isEmpty()) {
      dialect.select(
          connection,
          "select * from requests where id in #ids",
          looked,
          row -> tally(row.getString("id")).readRequest(row));
    }
    for (String request : looked) {
      if (known.contains(settlementOf(request))) {
        tally(request).knowSettled();
      }
    }
  }

  private void take(ArchiveEvent event) {
    long amount = event.number("amount");
    if (amount == 0) {
      marks.add(StoredText.id(event.id())).endRow();
    } else {
      addEntry(event, amount);
    }
    @Nullable RequestEvent kind = RequestEvent.of(event);
    if (kind != null) {
      tally(StoredText.id(event.field("request"))).take(event, kind);
    }
  }

  private void addEntry(ArchiveEvent event, long amount) {
    String account = StoredText.id(event.field("account"));
    String kind = StoredText.name(event.field("kind"));
    entries.add(StoredText.id(event.id())).add(account).add(kind).add(amount);
    entries.add(event.number("balance_after")).add(StoredText.id(event.field("request")));
    entries.add(StoredText.id(event.field("key"))).add(StoredText.name(event.field("model")));
    entries.add(StoredText.text(event.field("reference"))).add(event.number("at"));
    entries.add(event.position()).endRow();
    entrySums.merge(new EntryKey(account, kind), new EntrySum(1, amount), EntrySum::plus);
  }

  private void addUsage(UsageKey where, UsageSums more) {
    rollups.merge(where, more, UsageSums::plus);
  }

  private RequestTally tally(String request) {
    RequestTally tally = tallies.get(request);
    if (tally == null) {
      throw new IllegalStateException("not looked for: " + request);
    }
    return tally;
  }

  private void writeAll() throws SQLException {
    insert(entries);
    insert(marks);
    insert(entrySumRows());
    writeTallies();
    insert(rollupRows());
    insert(owners.rows());
  }

  private void writeTallies() throws SQLException {
    List<String> replaced = new ArrayList<>();
    List<String> replacedContinued = new ArrayList<>();
    Columns requests = new Columns(Table.REQUESTS);
    Columns continued = new Columns(Table.CONTINUED);
    for (RequestTally tally : tallies.values()) {
      if (tally.isStored()) {
        replaced.add(tally.id());
      }
      if (tally.isContinuedStored()) {
        replacedContinued.add(tally.id());
      }
      tally.addRequest(requests);
      tally.addContinued(continued);
    }
    if (!replaced.isEmpty()) {
      dialect.delete(connection, "requests", replaced);
    }
    if (!replacedContinued.isEmpty()) {
      dialect.delete(connection, "continued", replacedContinued);
    }
    insert(requests);
    insert(continued);
  }

  private Columns rollupRows() {
    Columns rows = new Columns(Table.DAILY_USAGE);
    rollups.forEach((where, sums) -> sums.addTo(where.addTo(rows)).endRow());
    return rows;
  }

  private Columns entrySumRows() {
    Columns rows = new Columns(Table.ENTRY_SUMS);
    new HashMap<>(entrySums)
        .forEach(
            (key, sum) ->
                rows.add(key.account())
                    .add(key.kind())
                    .add(sum.entries())
                    .add(sum.amount())
                    .endRow());
    return rows;
  }

  private void insert(Columns rows) throws SQLException {
    if (!rows.isEmpty()) {
      dialect.insert(connection, rows);
    }
  }

  private static String settlementOf(String request) {
    return StoredText.id(request + ":settle");
  }
}
