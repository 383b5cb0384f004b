package dev.tollgate.api.admin;

import dev.tollgate.account.BookDesk;
import dev.tollgate.account.Fields;
import dev.tollgate.account.IdempotencyKey;
import dev.tollgate.billing.Office;
import dev.tollgate.billing.invoice.InvoiceFields;
import dev.tollgate.billing.invoice.InvoicePayments;
import dev.tollgate.billing.invoice.InvoicePayments.NewPayment;
import dev.tollgate.billing.invoice.InvoicePayments.Noted;
import dev.tollgate.billing.invoice.InvoicePayments.Payment;
import dev.tollgate.billing.invoice.Invoices;
import dev.tollgate.billing.invoice.Invoices.Filter;
import dev.tollgate.billing.invoice.StoredInvoice;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Ids;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Spelling;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.ledger.CreditOutcome;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.LedgerUnavailableException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Invoices of one account or of all, and the payments on them. On the ops port's event loop. */
public final class InvoicesDoor {
  /** What the paths name. */
  public static final String INVOICE = "invoice";

  private static final int PAGE_MAX = 1_000_000_000;
  private static final int PER_PAGE_MAX = 100;
  private static final int PER_PAGE_DEFAULT = 20;

  private final Office office;
  private final Invoices invoices;
  private final InvoicePayments payments;
  private final Ledger ledger;
  private final Ids ids;
  private final InstantSource clock;
  private final RefusalRenderer refusals;

  public InvoicesDoor(
      Office office,
      Invoices invoices,
      InvoicePayments payments,
      Ledger ledger,
      Ids ids,
      InstantSource clock,
      RefusalRenderer refusals) {
    this.office = office;
    this.invoices = invoices;
    this.payments = payments;
    this.ledger = ledger;
    this.ids = ids;
    this.clock = clock;
    this.refusals = refusals;
  }

  /** A page of all invoices, newest first. */
  public CompletionStage<Reply> listAll(ServerRequest request, Query query, byte[] body) {
    return page(request, query, null);
  }

  /** A page of an account's invoices, newest first. */
  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    return page(request, query, account(request));
  }

  private CompletionStage<Reply> page(
      ServerRequest request, Query query, @Nullable AccountId account) {
    int page = Bodies.number(query, "page", 1, PAGE_MAX, 1);
    int perPage = Bodies.number(query, "per_page", 1, PER_PAGE_MAX, PER_PAGE_DEFAULT);
    long now = clock.millis();
    Filter filter = new Filter(account, status(query.first("status")), now);
    return office
        .handle(() -> invoices.page(filter, (page - 1L) * perPage, perPage))
        .thenApply(
            found ->
                Json.reply(
                    200,
                    InvoiceFields.page(
                        found.invoices().stream()
                            .map(invoice -> InvoiceFields.summary(invoice, now))
                            .toList(),
                        page,
                        perPage,
                        found.total())))
        .exceptionally(failure -> refuseFailure(request, failure));
  }

  private static StoredInvoice.@Nullable Status status(@Nullable String word) {
    if (word == null) {
      return null;
    }
    return Arrays.stream(StoredInvoice.Status.values())
        .filter(status -> Spelling.of(status).equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new Fields.Fault(
                    "status", "status must be one of open, partly_paid, paid, overdue."));
  }

  /** All of an invoice, with its payments. */
  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    AccountId account = account(request);
    String id = Bodies.pathParameter(request, INVOICE);
    return office
        .handle(() -> invoices.find(account, id).map(this::document))
        .thenApply(
            found ->
                found
                    .map(document -> Json.reply(200, document))
                    .orElseGet(() -> refuse(request, new Refusal.NotFound("invoice"))))
        .exceptionally(failure -> refuseFailure(request, failure));
  }

  private Map<String, @Nullable Object> document(StoredInvoice invoice) {
    Map<String, @Nullable Object> document = InvoiceFields.whole(invoice, clock.millis());
    document.put(
        "payments",
        payments.of(invoice.invoice().id()).stream().map(InvoicesDoor::payment).toList());
    return document;
  }

  /** Books what was paid on an invoice; with an {@code Idempotency-Key} at most once for it. */
  public CompletionStage<Reply> pay(ServerRequest request, Query query, byte[] body) {
    Fields fields = Bodies.fields(body);
    Long amount = fields.usd("amount_usd", false);
    String said = fields.text("reference");
    fields.rejectOthers();
    if (amount == null || amount == 0 || amount % Money.NANO_PER_CENT != 0) {
      throw new Fields.Fault("amount_usd", "amount_usd is required, in whole cents, and not 0.");
    }
    String key = IdempotencyKey.of(request.headers());
    String id = ids.nextRequestId().value();
    NewPayment payment =
        new NewPayment(
            id,
            account(request),
            Bodies.pathParameter(request, INVOICE),
            amount / Money.NANO_PER_CENT,
            said == null ? "" : said,
            key == null ? id : "key:" + key,
            clock.millis());
    return office
        .handle(() -> payments.note(payment))
        .thenCompose(noted -> afterNote(request, noted))
        .exceptionally(failure -> refuseFailure(request, failure));
  }

  private CompletionStage<Reply> afterNote(ServerRequest request, Noted noted) {
    return switch (noted) {
      case Noted.Taken(Payment payment, boolean isReplay) ->
          payment.state() == InvoicePayments.State.BOOKED
              ? office.handle(() -> paid(200, payment))
              : book(request, payment);
      case Noted.NoInvoice none -> refused(request, new Refusal.NotFound("invoice"));
      case Noted.Conflict conflict ->
          refused(
              request, new Refusal.Conflict("This Idempotency-Key was used for another payment."));
      case Noted.TooMuch(long openCents) ->
          refused(
              request,
              new Refusal.InvalidRequest(
                  "More than is open on this invoice, which is "
                      + Money.dollars(openCents * Money.NANO_PER_CENT)
                      + ". Book the rest as a credit.",
                  "amount_usd"));
    };
  }

  /** It is noted: when the ledger is away, it is booked later. */
  private CompletionStage<Reply> book(ServerRequest request, Payment payment) {
    return ledger
        .credit(payment.credit())
        .thenCompose(outcome -> office.handle(() -> concluded(request, payment, outcome)))
        .exceptionallyCompose(
            failure ->
                cause(failure) instanceof LedgerUnavailableException
                    ? office.handle(() -> paid(202, payment))
                    : CompletableFuture.failedFuture(failure));
  }

  private Reply concluded(ServerRequest request, Payment noted, CreditOutcome outcome) {
    Payment payment = payments.conclude(noted, outcome);
    return switch (outcome) {
      case CreditOutcome.Credited credited -> paid(201, payment);
      case CreditOutcome.OutOfRange outOfRange ->
          refuse(
              request,
              new Refusal.InvalidRequest(
                  "The balance would leave the range of ±$" + Money.usd(Money.MAX_NANO_USD) + ".",
                  "amount_usd"));
      case CreditOutcome.UnknownAccount unknown -> refuse(request, new Refusal.NotFound("account"));
      case CreditOutcome.Conflict conflict ->
          throw new IllegalStateException("the id of a payment was used for another credit");
      case CreditOutcome.Insufficient insufficient ->
          throw new IllegalStateException("refused below a floor that was not asked for");
    };
  }

  /** Blocks. */
  private Reply paid(int status, Payment payment) {
    Optional<StoredInvoice> invoice =
        invoices.find(new AccountId(payment.account()), payment.invoice());
    Map<String, @Nullable Object> document = payment(payment);
    document.put(
        "invoice", invoice.map(found -> InvoiceFields.summary(found, clock.millis())).orElse(null));
    return Json.reply(status, document);
  }

  private static Map<String, @Nullable Object> payment(Payment payment) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("id", payment.id());
    document.put("amount_usd", Money.decimal(payment.cents() * Money.NANO_PER_CENT));
    document.put("amount_cents", payment.cents());
    document.put("reference", payment.reference().isEmpty() ? null : payment.reference());
    document.put("status", Spelling.of(payment.state()));
    document.put("created_at", Instant.ofEpochMilli(payment.atMillis()).toString());
    return document;
  }

  private Reply refuseFailure(ServerRequest request, Throwable failure) {
    Refusal refusal = BookDesk.refusalFor(failure);
    if (refusal == null) {
      throw new CompletionException(cause(failure));
    }
    return refuse(request, refusal);
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
    return cause == null ? failure : cause;
  }

  private CompletionStage<Reply> refused(ServerRequest request, Refusal refusal) {
    return CompletableFuture.completedFuture(refuse(request, refusal));
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    return refusals.render(refusal, request.path(), request.id());
  }

  private static AccountId account(ServerRequest request) {
    return new AccountId(Bodies.pathParameter(request, "id"));
  }
}
