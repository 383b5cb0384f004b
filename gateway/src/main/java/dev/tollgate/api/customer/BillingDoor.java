package dev.tollgate.api.customer;

import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.Times;
import dev.tollgate.account.UsageDocument;
import dev.tollgate.account.UsageReport;
import dev.tollgate.api.customer.Parameters.PageAsked;
import dev.tollgate.archive.Books.Entry;
import dev.tollgate.archive.Books.EntryFilter;
import dev.tollgate.archive.Books.EntryPage;
import dev.tollgate.domain.Money;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/billing/transactions} and {@code /v1/billing/usage}: what the books have of the
 * whole account. One per lane.
 */
public final class BillingDoor {
  private static final List<String> KINDS =
      List.of(
          "topup",
          "bonus",
          "signup_bonus",
          "debit_inference",
          "debit_request",
          "debit_run",
          "debit_autotune",
          "refund",
          "adjustment",
          "plan_fee");

  private final CustomerAccess access;
  private final AccountBooks books;

  public BillingDoor(CustomerAccess access, AccountBooks books) {
    this.access = access;
    this.books = books;
  }

  /** A page of the account's ledger, newest first; empty beyond the last. */
  public CompletionStage<Reply> transactions(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Parameters parameters = new Parameters(query);
          PageAsked page = parameters.page();
          EntryFilter filter = new EntryFilter(parameters.choices("kind", KINDS));
          return books
              .entries(granted.account().id(), filter, page.offset(), page.perPage())
              .thenApply(read -> CustomerAccess.reply(read, found -> document(page, found)));
        });
  }

  private static Map<String, ?> document(PageAsked page, EntryPage found) {
    Map<String, Object> meta = new LinkedHashMap<>();
    meta.put("page", page.page());
    meta.put("per_page", page.perPage());
    meta.put("total", found.total());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("data", found.entries().stream().map(BillingDoor::entry).toList());
    document.put("meta", meta);
    return document;
  }

  /** Its cents are by how many the balance in cents moved: they add up to that exactly. */
  private static Map<String, @Nullable Object> entry(Entry entry) {
    long afterNanoUsd = entry.balanceAfterNanoUsd();
    long afterCents = Money.floorCents(afterNanoUsd);
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", entry.id());
    document.put("kind", entry.kind());
    document.put(
        "amount_cents", afterCents - Money.floorCents(afterNanoUsd - entry.amountNanoUsd()));
    document.put("balance_after_cents", afterCents);
    document.put("reference_id", reference(entry));
    document.put("created_at", Times.millis(entry.atMillis()));
    document.put("amount_usd", Money.decimal(entry.amountNanoUsd()));
    document.put("description", description(entry));
    return document;
  }

  private static @Nullable String reference(Entry entry) {
    String reference = entry.request().isEmpty() ? entry.reference() : entry.request();
    return reference.isEmpty() ? null : reference;
  }

  private static String description(Entry entry) {
    String what =
        switch (entry.kind()) {
          case "topup" -> "Top-up";
          case "bonus" -> "Bonus of a top-up";
          case "signup_bonus" -> "Welcome bonus";
          case "debit_inference" -> "Inference";
          case "debit_request" -> "API call";
          case "debit_run" -> "Training run";
          case "debit_autotune" -> "Auto-tune iteration";
          case "refund" -> "Refund";
          case "adjustment" ->
              entry.request().isEmpty() ? "Adjustment" : "Adjustment to the actual cost";
          case "plan_fee" -> "Plan fee";
          default -> entry.kind();
        };
    return entry.model().isEmpty() ? what : what + ": " + entry.model();
  }

  /** By day, by model and by key, and by endpoint where that is asked for. */
  public CompletionStage<Reply> usage(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          Parameters parameters = new Parameters(query);
          String groupBy = parameters.choice("group_by", List.of("model", "key", "endpoint"));
          boolean isByEndpoint = "endpoint".equals(groupBy);
          return books
              .report(granted.account().id(), parameters.days(books.today()), isByEndpoint)
              .thenApply(
                  read -> CustomerAccess.reply(read, report -> document(report, isByEndpoint)));
        });
  }

  private static Map<String, ?> document(UsageReport report, boolean isByEndpoint) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("daily", UsageDocument.of("date", report.daily()));
    document.put("models", UsageDocument.of("model", report.models()));
    document.put("keys", UsageDocument.of("key_id", report.keys()));
    if (isByEndpoint) {
      document.put("endpoints", UsageDocument.of("endpoint", report.endpoints()));
    }
    document.put("total", UsageDocument.of(report.total()));
    return document;
  }
}
