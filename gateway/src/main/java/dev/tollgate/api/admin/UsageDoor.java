package dev.tollgate.api.admin;

import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.BookDesk;
import dev.tollgate.account.Days;
import dev.tollgate.account.UsageDocument;
import dev.tollgate.account.UsageReport;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * {@code /admin/v1/usage} and {@code /api/admin/usage}: what was used on one day, by all accounts,
 * as far as the books have come.
 */
public final class UsageDoor {
  private static final String DATE = "date";

  private final AccountBooks books;
  private final RefusalRenderer refusals;

  public UsageDoor(AccountBooks books, RefusalRenderer refusals) {
    this.books = books;
    this.refusals = refusals;
  }

  public CompletionStage<Reply> usage(ServerRequest request, Query query, byte[] body) {
    List<String> dates = query.all(DATE);
    LocalDate day = dates.isEmpty() ? books.today() : Days.day(DATE, String.join(",", dates));
    return books
        .siteReport(day)
        .thenApply(report -> Json.reply(200, document(day, report)))
        .exceptionally(failure -> refuse(request, failure));
  }

  private Reply refuse(ServerRequest request, Throwable failure) {
    Refusal refusal = BookDesk.refusalFor(failure);
    if (refusal == null) {
      throw new CompletionException(failure);
    }
    return refusals.render(refusal, request.path(), request.id());
  }

  private static Map<String, ?> document(LocalDate day, UsageReport report) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("ok", true);
    document.put("date", day.toString());
    document.put("total", UsageDocument.of(report.total()));
    document.put("endpoints", UsageDocument.of("endpoint", report.endpoints()));
    document.put("models", UsageDocument.of("model", report.models()));
    document.put("providers", UsageDocument.of("provider", report.providers()));
    return document;
  }
}
