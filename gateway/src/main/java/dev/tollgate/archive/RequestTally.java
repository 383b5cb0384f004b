package dev.tollgate.archive;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request, as its events tell of it one after the other: parts, an end, perhaps what a reaper
 * charged and a settlement takes back. What each event adds to the rollups is told as it comes. The
 * request counts there once, with the first event that charges; its duration is the longest of
 * them.
 */
final class RequestTally {
  private final String id;
  private final BiConsumer<UsageKey, UsageSums> rollups;
  private boolean isStored;
  private boolean isContinued;
  private boolean isContinuedStored;

  private @Nullable RequestPlace place;

  /** Events that charge, and have not been taken back. */
  private long charges;

  /** Where what a reaper charged was counted, and what. */
  private @Nullable UsageKey reapedKey;

  private UsageSums reaped = UsageSums.NONE;

  /** What is counted of it. */
  private UsageSums sums = UsageSums.NONE;

  private String account = "";
  private String key = "";
  private String model = "";
  private String endpoint = "";
  private String provider = "";
  private String outcome = "";
  private String estimated = "";
  private long status;
  private boolean isStreamed;
  private long startedAt;
  private long endedAt;
  private long firstByte = -1;
  private long position;

  RequestTally(String id, BiConsumer<UsageKey, UsageSums> rollups) {
    this.id = id;
    this.rollups = rollups;
  }

  /** From its row of {@code continued}. */
  void readContinued(ResultSet row) throws SQLException {
    isContinuedStored = true;
    isContinued = true;
    charges = row.getLong("charges");
    place = RequestPlace.readContinued(row);
    if (row.getLong("reaped") != 0) {
      reapedKey = UsageKey.read(row);
      reaped = UsageSums.read(row);
    }
  }

  /** It has ended before, by a settlement or a release: that was its only event. */
  void knowEnd(RequestPlace where, boolean isSettled) {
    if (!isContinuedStored && (place == null || where.position() > place.position())) {
      place = where;
    }
    if (!isContinuedStored && isSettled) {
      charges = 1;
    }
  }

  /** Where its row was written, unless it has been dropped since; null when it has none. */
  @Nullable RequestPlace place() {
    return place;
  }

  /** From its row of {@code requests}, after all else. */
  void readRequest(ResultSet row) throws SQLException {
    isStored = true;
    outcome = row.getString("outcome");
    sums =
        new UsageSums(
            0,
            row.getLong("input_tokens"),
            row.getLong("output_tokens"),
            row.getLong("cache_creation_tokens"),
            row.getLong("cache_read_tokens"),
            row.getLong("total_tokens"),
            row.getLong("list"),
            row.getLong("cost"),
            charges == 0 ? 0 : row.getLong("duration_ms"));
    account = row.getString("account");
    key = row.getString("key");
    model = row.getString("model");
    endpoint = row.getString("endpoint");
    provider = row.getString("provider");
    estimated = row.getString("estimated");
    status = row.getLong("status");
    isStreamed = row.getLong("streamed") != 0;
    startedAt = row.getLong("started_at");
    endedAt = row.getLong("ended_at");
    firstByte = row.getLong("first_byte_ms");
    position = row.getLong("position");
  }

  void take(ArchiveEvent event, RequestEvent kind) {
    switch (kind) {
      case SETTLE -> charge(event, "settled");
      case PART -> charge(event, outcome.isEmpty() ? "settled" : outcome);
      case REAP -> {
        UsageSums counted = charge(event, "reaped");
        reapedKey = UsageKey.of(event);
        reaped = counted;
      }
      case RELEASE -> release(event);
      case REAP_REVERSAL -> takeBack(event);
    }
    // A plain settlement is the last word; so is a release, unless a reaper has said it.
    isContinued |=
        kind != RequestEvent.SETTLE
            && (kind != RequestEvent.RELEASE || event.field("reason").equals("abandoned"));
  }

  private UsageSums charge(ArchiveEvent event, String newOutcome) {
    UsageSums all = UsageSums.of(event);
    UsageSums counted =
        all.with(charges == 0 ? 1 : 0, Math.max(0, all.duration() - sums.duration()));
    UsageKey where = UsageKey.of(event);
    rollups.accept(where, counted);
    sums = sums.plus(counted);
    charges++;
    outcome = newOutcome;
    account = where.account();
    key = where.key();
    model = where.model();
    endpoint = where.endpoint();
    provider = where.provider();
    status = event.number("status");
    isStreamed = event.field("streamed").equals("1");
    String reason = StoredText.name(event.field("estimated"));
    estimated = reason.isEmpty() ? estimated : reason;
    startedAt = event.number("started_at");
    firstByte = event.field("first_byte_ms").isEmpty() ? -1 : event.number("first_byte_ms");
    seen(event);
    return counted;
  }

  private void release(ArchiveEvent event) {
    outcome = event.field("reason").equals("abandoned") ? "reaped" : "released";
    name(event);
    startedAt = event.number("started_at");
    seen(event);
  }

  private void takeBack(ArchiveEvent event) {
    if (reapedKey == null) {
      // What the reaper charged is not here. The entry is, and the rollups say the same.
      UsageSums cost = new UsageSums(0, 0, 0, 0, 0, 0, 0, -event.number("amount"), 0);
      rollups.accept(UsageKey.of(event), cost);
      return;
    }
    charges--;
    UsageSums back = reaped.negated().with(charges == 0 ? -1 : 0, -reaped.duration());
    rollups.accept(reapedKey, back);
    boolean isDropped = outcome.isEmpty();
    sums = isDropped ? UsageSums.NONE : sums.plus(back);
    if (isDropped) {
      name(event);
    }
    reapedKey = null;
    reaped = UsageSums.NONE;
    outcome = charges == 0 ? "released" : "settled";
    estimated = charges == 0 ? "" : estimated;
    seen(event);
  }

  private void name(ArchiveEvent event) {
    account = StoredText.id(event.field("account"));
    key = StoredText.id(event.field("key"));
    model = StoredText.name(event.field("model"));
  }

  private void seen(ArchiveEvent event) {
    endedAt = event.number("at");
    position = event.position();
  }

  boolean isStored() {
    return isStored;
  }

  boolean isContinuedStored() {
    return isContinuedStored;
  }

  String id() {
    return id;
  }

  /** Nothing where only what is not here was taken back. */
  void addRequest(Columns rows) {
    if (outcome.isEmpty()) {
      return;
    }
    rows.add(id).add(account).add(key).add(model).add(endpoint).add(provider).add(outcome);
    rows.add(status).add(isStreamed ? 1 : 0).add(charges == 0 ? 0 : 1);
    rows.add(sums.input()).add(sums.output()).add(sums.cacheCreation()).add(sums.cacheRead());
    rows.add(sums.total()).add(sums.list()).add(sums.cost()).add(estimated);
    rows.add(startedAt).add(endedAt).add(duration()).add(firstByte).add(position);
    rows.endRow();
  }

  void addContinued(Columns rows) {
    if (!isContinued) {
      return;
    }
    rows.add(id).add(charges).add(endedAt).add(position).add(reapedKey == null ? 0 : 1);
    UsageKey where = reapedKey == null ? new UsageKey("", account, "", "", "", "") : reapedKey;
    reaped.addTo(where.addTo(rows)).endRow();
  }

  /** Of a request that was not charged it is as long as its hold was; that counts nowhere. */
  private long duration() {
    boolean isKnown = charges > 0 || startedAt == 0;
    return isKnown ? sums.duration() : Math.max(0, endedAt - startedAt);
  }
}
