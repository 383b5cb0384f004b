package dev.tollgate.archive;

import dev.tollgate.domain.Blocking;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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
  private final Columns receipts = new Columns(Table.RECEIPTS);
  private final OwnerFields owners = new OwnerFields();
  private final Map<UsageKey, UsageSums> rollups = new LinkedHashMap<>();
  private final Map<EntryKey, EntrySum> entrySums = new LinkedHashMap<>();
  private final Map<String, RequestTally> tallies = new LinkedHashMap<>();

  /**
   * An event, with what is asked of it again and again.
   *
   * @param id as it is stored
   * @param kind null where it says nothing of a request
   * @param request as it is stored; empty where it says nothing of one
   */
  private record Item(ArchiveEvent event, String id, @Nullable RequestEvent kind, String request) {
    static Item of(ArchiveEvent event) {
      @Nullable RequestEvent kind = RequestEvent.of(event);
      String request = kind == null ? "" : StoredText.id(event.field("request"));
      return new Item(event, StoredText.id(event.id()), kind, request);
    }

    /** Whether it may come after the end of its request, by what it says itself. */
    boolean isMore() {
      return kind != null && (kind != RequestEvent.SETTLE || !event.field("object").isEmpty());
    }

    String settlement() {
      return StoredText.id(event.field("request") + ":settle");
    }

    String release() {
      return StoredText.id(event.field("request") + ":release");
    }
  }

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
    List<Item> items = events.stream().map(Item::of).toList();
    Map<String, RequestPlace> known = known(items);
    List<Item> fresh = new ArrayList<>(items.size());
    Set<String> seen = HashSet.newHashSet(items.size());
    for (Item item : items) {
      if (!known.containsKey(item.id()) && seen.add(item.id())) {
        fresh.add(item);
      }
      // Not only of new events: an object is noted twice under one id, and the newest wins anyway.
      owners.take(item.event());
    }
    readTallies(fresh, known);
    for (Item item : fresh) {
      take(item);
    }
    writeAll();
    return fresh.size();
  }

  /** Those of the events, and of the ends of requests of which there is more to tell. */
  private Map<String, RequestPlace> known(List<Item> items) throws SQLException {
    Set<String> ids = LinkedHashSet.newLinkedHashSet(items.size());
    for (Item item : items) {
      ids.add(item.id());
      if (item.isMore()) {
        ids.add(item.settlement());
        ids.add(item.release());
      }
    }
    Map<String, RequestPlace> known = new HashMap<>();
    for (String table : List.of("entries", "marks")) {
      dialect.select(
          connection,
          "select id, account, position, at from " + table + " where id in #ids",
          ids,
          row -> known.put(row.getString("id"), RequestPlace.readEvent(row)));
    }
    return known;
  }

  private void readTallies(List<Item> fresh, Map<String, RequestPlace> known) throws SQLException {
    for (Item item : fresh) {
      if (item.kind() != null) {
        tallies.computeIfAbsent(item.request(), id -> new RequestTally(id, this::addUsage));
      }
    }
    if (tallies.isEmpty()) {
      return;
    }
    dialect.select(
        connection,
        "select * from continued where request in #ids",
        tallies.keySet(),
        row -> tally(row.getString("request")).readContinued(row));
    for (Item item : fresh) {
      if (item.isMore()) {
        knowEnds(item, known);
      }
    }
    readRequests();
  }

  private void knowEnds(Item item, Map<String, RequestPlace> known) {
    RequestTally tally = tally(item.request());
    @Nullable RequestPlace released = known.get(item.release());
    if (released != null) {
      tally.knowEnd(released, false);
    }
    @Nullable RequestPlace settled = known.get(item.settlement());
    if (settled != null) {
      tally.knowEnd(settled, true);
    }
  }

  private void readRequests() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select * from requests where " + RequestPlace.CONDITION)) {
      for (RequestTally tally : tallies.values()) {
        @Nullable RequestPlace place = tally.place();
        if (place != null) {
          place.bind(statement, tally.id());
          try (ResultSet rows = statement.executeQuery()) {
            if (rows.next()) {
              tally.readRequest(rows);
            }
          }
        }
      }
    }
  }

  private void take(Item item) {
    ArchiveEvent event = item.event();
    long amount = event.number("amount");
    if (amount == 0) {
      marks.add(item.id()).add(StoredText.id(event.field("account")));
      marks.add(event.number("at")).add(event.position()).endRow();
    } else {
      addEntry(item, amount);
    }
    if (item.kind() != null) {
      tally(item.request()).take(event, item.kind());
    }
  }

  private void addEntry(Item item, long amount) {
    ArchiveEvent event = item.event();
    String account = StoredText.id(event.field("account"));
    String kind = StoredText.name(event.field("kind"));
    entries.add(item.id()).add(account).add(kind).add(amount);
    entries.add(event.number("balance_after")).add(StoredText.id(event.field("request")));
    entries.add(StoredText.id(event.field("key"))).add(StoredText.name(event.field("model")));
    entries.add(StoredText.text(event.field("reference"))).add(event.number("at"));
    entries.add(event.position()).endRow();
    entrySums.merge(new EntryKey(account, kind), new EntrySum(1, amount), EntrySum::plus);
    if (isPayment(kind, amount)) {
      receipts.add(item.id()).add(account).add(kind).add(amount);
      receipts.add(event.number("balance_after")).add(StoredText.text(event.field("reference")));
      receipts.add(event.number("at")).add(event.position()).endRow();
    }
  }

  /** Whether its account gets a receipt for it. */
  private static boolean isPayment(String kind, long amount) {
    return kind.equals("topup") ? amount > 0 : kind.equals("plan_fee") && amount < 0;
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
    insert(receipts);
    insert(entrySumRows());
    writeTallies();
    insert(rollupRows());
    insert(owners.rows());
  }

  private void writeTallies() throws SQLException {
    Columns requests = new Columns(Table.REQUESTS);
    Columns continued = new Columns(Table.CONTINUED);
    try (PreparedStatement drop =
            connection.prepareStatement("delete from requests where " + RequestPlace.CONDITION);
        PreparedStatement dropContinued =
            connection.prepareStatement("delete from continued where request = ?")) {
      for (RequestTally tally : tallies.values()) {
        @Nullable RequestPlace place = tally.place();
        if (tally.isStored() && place != null) {
          place.bind(drop, tally.id());
          drop.addBatch();
        }
        if (tally.isContinuedStored()) {
          dropContinued.setString(1, tally.id());
          dropContinued.addBatch();
        }
        tally.addRequest(requests);
        tally.addContinued(continued);
      }
      drop.executeBatch();
      dropContinued.executeBatch();
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
}
