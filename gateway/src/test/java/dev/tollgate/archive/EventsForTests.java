package dev.tollgate.archive;

import java.util.LinkedHashMap;
import java.util.Map;

/** Events as the ledger's scripts write them. */
final class EventsForTests {
  /** 2026-11-26 12:00 UTC. */
  static final long NOON = 1_795_694_400_000L;

  private EventsForTests() {}

  /** Field, value, field, value. */
  static ArchiveEvent event(long position, String... fields) {
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < fields.length; i += 2) {
      all.put(fields[i], fields[i + 1]);
    }
    return new ArchiveEvent(7, position, all);
  }

  /** The same with other or further fields. */
  static ArchiveEvent with(ArchiveEvent event, String... fields) {
    Map<String, String> all = new LinkedHashMap<>(event.fields());
    for (int i = 0; i < fields.length; i += 2) {
      all.put(fields[i], fields[i + 1]);
    }
    return new ArchiveEvent(event.shard(), event.position(), all);
  }

  static ArchiveEvent moved(ArchiveEvent event, long position) {
    return new ArchiveEvent(event.shard(), position, event.fields());
  }

  /** A settlement within its hold, of {@code input=1000 output=500}, that took 800 ms. */
  static ArchiveEvent settle(long position, String request, long cost) {
    return with(
        ofRequest(position, request, "settle", "debit_inference", -cost),
        "balance_after",
        Long.toString(1_000_000_000 - cost),
        "cost",
        Long.toString(cost),
        "held",
        Long.toString(cost),
        "list",
        Long.toString(cost),
        "hold_unknown",
        "0",
        "usage",
        "input=1000 output=500",
        "endpoint",
        "/v1/chat/completions",
        "provider",
        "openai",
        "upstream_model",
        "gpt-5-2026-01-01",
        "status",
        "200",
        "streamed",
        "1",
        "estimated",
        "",
        "attempts",
        "openai:ok:780",
        "started_at",
        Long.toString(NOON + position - 800),
        "duration_ms",
        "800",
        "first_byte_ms",
        "120");
  }

  /** What all events of a request have. */
  private static ArchiveEvent ofRequest(
      long position, String request, String act, String kind, long amount) {
    return event(
        position,
        "id",
        request + ":" + act,
        "act",
        act,
        "kind",
        kind,
        "account",
        "acct_1",
        "key",
        "key_1",
        "request",
        request,
        "at",
        Long.toString(NOON + position),
        "amount",
        Long.toString(amount),
        "balance_after",
        "1000000000",
        "model",
        "gpt-5");
  }

  static ArchiveEvent part(long position, String request, int number, long cost) {
    return with(
        settle(position, request, cost),
        "id",
        request + ":settle:" + number,
        "part",
        Integer.toString(number));
  }

  static ArchiveEvent reap(long position, String request, long cost) {
    return with(
        settle(position, request, cost),
        "id",
        request + ":reap",
        "act",
        "reap",
        "reason",
        "abandoned",
        "estimated",
        "abandoned");
  }

  static ArchiveEvent adjustment(long position, String request, long amount) {
    return money(position, request, "adjustment", amount);
  }

  static ArchiveEvent reversal(long position, String request, long amount) {
    return with(money(position, request, "reap_reversal", amount), "reason", "settled_late");
  }

  private static ArchiveEvent money(long position, String request, String name, long amount) {
    return with(
        ofRequest(position, request, "adjustment", "adjustment", amount),
        "id",
        request + ":" + name);
  }

  static ArchiveEvent release(long position, String request, String reason) {
    return with(
        ofRequest(position, request, "release", "release", 0),
        "held",
        "5000",
        "reason",
        reason,
        "started_at",
        Long.toString(NOON + position - 300));
  }

  static ArchiveEvent credit(long position, String credit, long amount) {
    return event(
        position,
        "id",
        credit + ":credit",
        "act",
        "credit",
        "kind",
        "topup",
        "account",
        "acct_1",
        "at",
        Long.toString(NOON + position),
        "amount",
        Long.toString(amount),
        "balance_after",
        Long.toString(amount),
        "reference",
        "invoice " + credit);
  }
}
