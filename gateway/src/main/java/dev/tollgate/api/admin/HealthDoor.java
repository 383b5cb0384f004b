package dev.tollgate.api.admin;

import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** {@code /health/live} and {@code /health/ready}: without a token, for whoever restarts things. */
public final class HealthDoor {
  private final BooleanSupplier isLedgerAvailable;
  private final IntSupplier unsettled;

  /**
   * @param unsettled settlements that wait for the ledger
   */
  public HealthDoor(BooleanSupplier isLedgerAvailable, IntSupplier unsettled) {
    this.isLedgerAvailable = isLedgerAvailable;
    this.unsettled = unsettled;
  }

  /** The process runs and its event loop turns. */
  public CompletionStage<Reply> live(ServerRequest request, Query query, byte[] body) {
    return CompletableFuture.completedFuture(Json.reply(200, Map.of("status", "live")));
  }

  /** Requests would be admitted: 503 while they would not. */
  public CompletionStage<Reply> ready(ServerRequest request, Query query, byte[] body) {
    boolean isReady = isLedgerAvailable.getAsBoolean();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("status", isReady ? "ready" : "not_ready");
    document.put("ledger", isReady ? "available" : "unavailable");
    document.put("unsettled", unsettled.getAsInt());
    return CompletableFuture.completedFuture(Json.reply(isReady ? 200 : 503, document));
  }
}
