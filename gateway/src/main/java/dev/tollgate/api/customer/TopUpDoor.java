package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.account.Fields;
import dev.tollgate.account.IdempotencyKey;
import dev.tollgate.account.Rights;
import dev.tollgate.account.Times;
import dev.tollgate.api.customer.Parameters.PageAsked;
import dev.tollgate.billing.payment.Document;
import dev.tollgate.billing.payment.Outcome;
import dev.tollgate.billing.payment.Payer;
import dev.tollgate.billing.payment.Payment;
import dev.tollgate.billing.payment.PaymentPage;
import dev.tollgate.billing.payment.Payments;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.Accounts.AccountStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/billing/topup}, {@code /funds} and {@code /payments}: money that a customer pays in.
 * Any key may open a checkout, where a person pays; only one without limits may charge what was
 * saved. One per lane.
 */
public final class TopUpDoor {
  private final CustomerAccess access;
  private final Payments payments;

  public TopUpDoor(CustomerAccess access, Payments payments) {
    this.access = access;
    this.payments = payments;
  }

  /** Opens a checkout. */
  public CompletionStage<Reply> topUp(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          long cents = cents(body, "amount_cents");
          String key = IdempotencyKey.of(request.headers());
          if (granted.account().status() != AccountStatus.ACTIVE) {
            return refused(request, new Refusal.AccountSuspended());
          }
          return payments
              .topUp(payer(granted), cents, key)
              .thenApply(outcome -> reply(request, outcome));
        });
  }

  /** Charges the saved method, or opens a checkout. */
  public CompletionStage<Reply> addFunds(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          long cents = cents(body, "amount");
          String key = IdempotencyKey.of(request.headers());
          Refusal refusal = Rights.refusalToChange(granted);
          if (refusal != null) {
            return refused(request, refusal);
          }
          return payments
              .addFunds(payer(granted), cents, key)
              .thenApply(outcome -> reply(request, outcome));
        });
  }

  private long cents(byte[] body, String name) {
    Fields fields = Bodies.fields(body);
    Long cents = fields.integer(name, payments.centsMin(), payments.centsMax());
    fields.rejectOthers();
    if (cents == null) {
      throw new Fields.Fault(name, name + " is required: whole cents.");
    }
    return cents;
  }

  private static Payer payer(Access.Granted granted) {
    return new Payer(granted.account().id(), granted.account().email());
  }

  private CompletionStage<Reply> refused(ServerRequest request, Refusal refusal) {
    return CompletableFuture.completedFuture(access.refuse(request, refusal));
  }

  private Reply reply(ServerRequest request, Outcome<Document> outcome) {
    return switch (outcome) {
      case Outcome.Done<Document>(Document document) ->
          Reply.json(document.status(), document.json());
      case Outcome.Refused<Document>(Refusal refusal) -> access.refuse(request, refusal);
    };
  }

  /** A page of the account's payments, newest first; empty beyond the last. */
  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          PageAsked page = new Parameters(query).page();
          return payments
              .list(granted.account().id(), page.offset(), page.perPage())
              .thenApply(
                  outcome ->
                      switch (outcome) {
                        case Outcome.Done<PaymentPage>(PaymentPage found) ->
                            Json.reply(200, document(page, found));
                        case Outcome.Refused<PaymentPage>(Refusal refusal) ->
                            access.refuse(request, refusal);
                      });
        });
  }

  private static Map<String, ?> document(PageAsked page, PaymentPage found) {
    Map<String, Object> meta = new LinkedHashMap<>();
    meta.put("page", page.page());
    meta.put("per_page", page.perPage());
    meta.put("total", found.total());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("data", found.payments().stream().map(TopUpDoor::document).toList());
    document.put("meta", meta);
    return document;
  }

  private static Map<String, @Nullable Object> document(PaymentPage.Listed listed) {
    Payment payment = listed.payment();
    boolean isOpen = payment.status() == Payment.Status.OPEN && !payment.checkoutUrl().isEmpty();
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", payment.id());
    document.put("status", Spelling.of(payment.status()));
    document.put("source", Spelling.of(payment.source()));
    document.put("amount_cents", payment.amountCents());
    document.put("bonus_cents", Money.floorCents(payment.bonusNanoUsd()));
    document.put("refunded_cents", listed.refundedCents());
    document.put("session_id", payment.session().isEmpty() ? null : payment.session());
    document.put("checkout_url", isOpen ? payment.checkoutUrl() : null);
    document.put("created_at", Times.millis(payment.createdAtMillis()));
    document.put(
        "paid_at", payment.paidAtMillis() == 0 ? null : Times.millis(payment.paidAtMillis()));
    return document;
  }
}
