package dev.tollgate.api.admin;

import dev.tollgate.archive.DrainState;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.JournalState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** {@code /health/live} and {@code /health/ready}: without a token, for whoever restarts things. */
public final class HealthDoor {
  private final BooleanSupplier isLedgerAvailable;
  private final Supplier<List<String>> serversAway;
  private final Supplier<JournalState> journal;
  private final Supplier<DrainState> archive;

  /**
   * @param serversAway the servers of the ledger that cannot be reached now
   * @param journal what it is like now
   * @param archive how far it is behind
   */
  public HealthDoor(
      BooleanSupplier isLedgerAvailable,
      Supplier<List<String>> serversAway,
      Supplier<JournalState> journal,
      Supplier<DrainState> archive) {
    this.isLedgerAvailable = isLedgerAvailable;
    this.serversAway = serversAway;
    this.journal = journal;
    this.archive = archive;
  }

  /** The process runs and its event loop turns. */
  public CompletionStage<Reply> live(ServerRequest request, Query query, byte[] body) {
    return CompletableFuture.completedFuture(Json.reply(200, Map.of("status", "live")));
  }

  /** Requests would be admitted: 503 while they would not, of no account. */
  public CompletionStage<Reply> ready(ServerRequest request, Query query, byte[] body) {
    JournalState state = journal.get();
    boolean isAvailable = isLedgerAvailable.getAsBoolean();
    DrainState behind = archive.get();
    boolean isReady = isAvailable && state.refusal() == null && !behind.isFull();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("status", isReady ? "ready" : "not_ready");
    document.put("ledger", isAvailable ? "available" : "unavailable");
    if (!isAvailable) {
      document.put("ledger_servers_away", serversAway.get());
    }
    document.put("journal", document(state));
    document.put("archive", document(behind));
    return CompletableFuture.completedFuture(Json.reply(isReady ? 200 : 503, document));
  }

  private static Map<String, Object> document(JournalState state) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("status", state.refusal() == null ? "ok" : state.refusal());
    document.put("depth", state.depth());
    document.put("oldest_seconds", state.oldestMillis() / 1_000);
    document.put("bytes", state.bytes());
    document.put("replaying", state.isReplaying());
    return document;
  }

  private static Map<String, Object> document(DrainState state) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("status", state.status());
    document.put("lag_seconds", state.lagMillis() / 1_000);
    document.put("events_waiting", state.waiting());
    document.put("events_refused", state.refused());
    document.put("longest_stream", state.longestStream());
    document.put("shards_full", state.fullShards());
    return document;
  }
}
