package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.AccountBooks;
import dev.tollgate.account.CreditDocuments;
import dev.tollgate.account.Credits;
import dev.tollgate.account.OwnKeys;
import dev.tollgate.account.Times;
import dev.tollgate.archive.Books.Entry;
import dev.tollgate.archive.Books.EntryFilter;
import dev.tollgate.archive.Books.EntryPage;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.AccountState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/payment/usage}, {@code history} and {@code revoke}: a token's calls and purchases, in
 * credits, and its end. One per lane.
 */
public final class PaymentDoor {
  private static final int PURCHASES_MAX = 100;
  private static final EntryFilter PURCHASES = new EntryFilter(List.of("topup"));

  private final CustomerAccess access;
  private final AccountBooks books;
  private final OwnKeys keys;
  private final Credits credits;
  private final CreditDocuments documents;

  public PaymentDoor(CustomerAccess access, AccountBooks books, OwnKeys keys, Credits credits) {
    this.access = access;
    this.books = books;
    this.keys = keys;
    this.credits = credits;
    this.documents = new CreditDocuments(credits);
  }

  /** The last calls of this key. */
  public CompletionStage<Reply> usage(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted ->
            books
                .recentCalls(granted.key().ref())
                .thenApply(
                    read ->
                        CustomerAccess.reply(
                            read, calls -> documents.usage(granted.account(), calls))));
  }

  /** What the account has bought; of its purchases the last ones, newest first. */
  public CompletionStage<Reply> history(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted ->
            books
                .entries(granted.account().id(), PURCHASES, 0, PURCHASES_MAX)
                .thenApply(
                    read -> CustomerAccess.reply(read, page -> document(granted.account(), page))));
  }

  private Map<String, ?> document(AccountState account, EntryPage page) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("ok", true);
    answer.put("current_balance", credits.owned(account.balanceNanoUsd()));
    answer.put("total_purchased_usd", Money.decimal(account.lifetimeTopupNanoUsd()));
    answer.put("total_credits_added", credits.owned(account.lifetimeCreditNanoUsd()));
    answer.put("purchase_count", page.total());
    answer.put("purchases", page.entries().stream().map(this::purchase).toList());
    return answer;
  }

  private Map<String, @Nullable Object> purchase(Entry entry) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", entry.id());
    document.put("amount_usd", Money.decimal(entry.amountNanoUsd()));
    document.put("credits", credits.owned(entry.amountNanoUsd()));
    document.put("at", Times.seconds(entry.atMillis()));
    document.put("reference", entry.reference().isEmpty() ? null : entry.reference());
    return document;
  }

  /** Burns the caller's own key, for good. */
  public CompletionStage<Reply> revoke(ServerRequest request, Query query, byte[] body) {
    return access.serve(request, granted -> revoke(request, granted));
  }

  private CompletionStage<Reply> revoke(ServerRequest request, Access.Granted granted) {
    return keys.revoke(granted, granted.key().id().value())
        .thenApply(
            outcome -> {
              if (outcome instanceof OwnKeys.Outcome.Refused(Refusal refusal)) {
                return access.refuse(request, refusal);
              }
              Map<String, Object> answer = new LinkedHashMap<>();
              answer.put("ok", true);
              answer.put("revoked", true);
              answer.put("key_id", granted.key().id().value());
              return Json.reply(200, answer);
            });
  }
}
