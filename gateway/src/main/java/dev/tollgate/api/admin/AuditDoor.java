package dev.tollgate.api.admin;

import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Audit;
import dev.tollgate.ledger.AuditDifference;
import dev.tollgate.ledger.AuditOutcome;
import dev.tollgate.ledger.AuditReport;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /admin/v1/audit}: does all that Redis has agree with itself, and with the archive? Answers
 * when everything has been looked at; {@code /admin/v1/audit/progress} says meanwhile how far that
 * is.
 */
public final class AuditDoor {
  private final Audit audit;
  private final LongSupplier leaseMillis;
  private final RefusalRenderer refusals;

  /**
   * @param leaseMillis of holds, as it is now
   */
  public AuditDoor(Audit audit, LongSupplier leaseMillis, RefusalRenderer refusals) {
    this.audit = audit;
    this.leaseMillis = leaseMillis;
    this.refusals = refusals;
  }

  /** 409 while another runs, 503 when it could not be brought to an end. */
  public CompletionStage<Reply> audit(ServerRequest request, Query query, byte[] body) {
    return audit
        .run(leaseMillis.getAsLong())
        .thenApply(
            outcome ->
                switch (outcome) {
                  case AuditOutcome.Done(var report) -> Json.reply(200, document(report));
                  case AuditOutcome.UnderWay() ->
                      refuse(request, new Refusal.Conflict("Another audit is under way."));
                  case AuditOutcome.OutOfTime(var millis) ->
                      refuse(
                          request,
                          new Refusal.Overloaded(
                              "The audit was given up after "
                                  + millis
                                  + " ms; limits.audit.audit_millis_max allows no more."));
                  case AuditOutcome.RedisChanged() ->
                      refuse(
                          request,
                          new Refusal.Overloaded(
                              "Redis was restarted or replaced during the audit; ask again."));
                });
  }

  public CompletionStage<Reply> progress(ServerRequest request, Query query, byte[] body) {
    Audit.Progress progress = audit.progress();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("running", progress.isRunning());
    document.put("shards_done", progress.shardsDone());
    document.put("shards", progress.shards());
    return CompletableFuture.completedFuture(Json.reply(200, document));
  }

  private static Map<String, Object> document(AuditReport report) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("ok", report.isClean());
    document.put("accounts", report.accounts());
    document.put("entries", report.events());
    document.put("holds", report.holds());
    document.put("differences", report.differences().stream().map(AuditDoor::document).toList());
    document.put("truncated", report.isTruncated());
    document.put("unproven", report.unproven());
    document.put("unarchived", report.unarchived());
    document.put("duration_ms", report.durationMillis());
    return document;
  }

  private static Map<String, @Nullable Object> document(AuditDifference difference) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("account", difference.account());
    document.put("what", lowerCase(difference.what()));
    document.put("key", difference.key());
    document.put("request", difference.request());
    document.put("budget", difference.budget());
    document.put("event", difference.event());
    document.put("field", difference.field());
    document.put("unit", lowerCase(difference.measure()));
    document.put("expected", amount(difference, difference.expected()));
    document.put("actual", amount(difference, difference.actual()));
    return document;
  }

  /** USD as a decimal, times as text, counts as they are. */
  private static @Nullable Object amount(AuditDifference difference, @Nullable Long amount) {
    if (amount == null) {
      return null;
    }
    return switch (difference.measure()) {
      case USD -> Money.decimal(amount);
      case TIME -> Instant.ofEpochMilli(amount).toString();
      case TOKENS, REQUESTS, HOLDS, EVENTS, BUCKET, REVISION, NOTHING -> amount;
    };
  }

  private static String lowerCase(Enum<?> value) {
    return Spelling.of(value);
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    return refusals.render(refusal, request.path(), request.id());
  }
}
