package dev.tollgate.api.admin;

import dev.tollgate.account.Fields;
import dev.tollgate.account.IdempotencyKey;
import dev.tollgate.billing.payment.Document;
import dev.tollgate.billing.payment.Outcome;
import dev.tollgate.billing.payment.Payment;
import dev.tollgate.billing.payment.PaymentPage;
import dev.tollgate.billing.payment.Payments;
import dev.tollgate.billing.payment.Refund;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code /admin/v1/accounts/{id}/payments}: what an account has paid, and refunds of it. */
public final class PaymentsDoor {
  private static final int PAGE_MAX = 1_000;

  private final Payments payments;
  private final RefusalRenderer refusals;

  public PaymentsDoor(Payments payments, RefusalRenderer refusals) {
    this.payments = payments;
    this.refusals = refusals;
  }

  /** The newest, as many as {@code limit} says. */
  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    int limit = Bodies.pageSize(query.first("limit"), PAGE_MAX);
    return payments
        .list(account(request), 0, limit)
        .thenApply(
            outcome ->
                switch (outcome) {
                  case Outcome.Done<PaymentPage>(PaymentPage found) ->
                      Json.reply(
                          200,
                          Map.of(
                              "data",
                              found.payments().stream().map(PaymentsDoor::document).toList()));
                  case Outcome.Refused<PaymentPage>(Refusal refusal) -> refuse(request, refusal);
                });
  }

  private static Map<String, ?> document(PaymentPage.Listed listed) {
    Payment payment = listed.payment();
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", payment.id());
    document.put("status", Spelling.of(payment.status()));
    document.put("source", Spelling.of(payment.source()));
    document.put("provider", payment.provider());
    document.put("amount_cents", payment.amountCents());
    document.put("bonus_usd", Money.decimal(payment.bonusNanoUsd()));
    document.put("refunded_cents", listed.refundedCents());
    document.put("session_id", orNull(payment.session()));
    document.put("payment_intent", orNull(payment.intent()));
    document.put("created_at", time(payment.createdAtMillis()));
    document.put("paid_at", payment.paidAtMillis() == 0 ? null : time(payment.paidAtMillis()));
    document.put("refunds", listed.refunds().stream().map(PaymentsDoor::document).toList());
    return document;
  }

  private static Map<String, ?> document(Refund refund) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", refund.id());
    document.put("kind", Spelling.of(refund.kind()));
    document.put("status", Spelling.of(refund.status()));
    document.put("amount_cents", refund.amountCents());
    document.put("bonus_usd", Money.decimal(refund.bonusNanoUsd()));
    document.put("provider_id", orNull(refund.providerId()));
    document.put("created_at", time(refund.createdAtMillis()));
    return document;
  }

  /** Sends back what is left of a payment, or less; with an {@code Idempotency-Key} once for it. */
  public CompletionStage<Reply> refund(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    Long cents = fields.integer("amount_cents", 1, Money.MAX_NANO_USD / Money.NANO_PER_CENT);
    fields.rejectOthers();
    return payments
        .refund(
            account(request),
            Bodies.pathParameter(request, "payment_id"),
            cents,
            IdempotencyKey.of(request.headers()))
        .thenApply(
            outcome ->
                switch (outcome) {
                  case Outcome.Done<Document>(Document document) ->
                      Reply.json(document.status(), document.json());
                  case Outcome.Refused<Document>(Refusal refusal) -> refuse(request, refusal);
                });
  }

  private static AccountId account(ServerRequest request) {
    return new AccountId(Bodies.pathParameter(request, "id"));
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    return refusals.render(refusal, request.path(), request.id());
  }
}
