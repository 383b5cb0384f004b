package dev.tollgate.api.customer;

import dev.tollgate.api.customer.Parameters.PageAsked;
import dev.tollgate.billing.Office;
import dev.tollgate.billing.invoice.InvoiceFields;
import dev.tollgate.billing.invoice.InvoicePdf;
import dev.tollgate.billing.invoice.Invoices;
import dev.tollgate.billing.invoice.Invoices.Filter;
import dev.tollgate.billing.invoice.StoredInvoice;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * {@code GET /v1/billing/invoices} and what is below it: the account's own invoices. One per lane.
 */
public final class InvoicesDoor {
  /** What the paths name. */
  public static final String INVOICE = "invoice";

  private final CustomerAccess access;
  private final Office office;
  private final Invoices invoices;
  private final InstantSource clock;

  public InvoicesDoor(
      CustomerAccess access, Office office, Invoices invoices, InstantSource clock) {
    this.access = access;
    this.office = office;
    this.invoices = invoices;
    this.clock = clock;
  }

  /** A page, newest first; empty beyond the last. */
  public CompletionStage<Reply> list(ServerRequest request, Query query, byte[] body) {
    return access.serve(
        request,
        granted -> {
          PageAsked page = new Parameters(query).page();
          long now = clock.millis();
          Filter filter = new Filter(granted.account().id(), null, now);
          return office
              .handle(() -> invoices.page(filter, page.offset(), page.perPage()))
              .thenApply(
                  found ->
                      Json.reply(
                          200,
                          InvoiceFields.page(
                              found.invoices().stream()
                                  .map(invoice -> InvoiceFields.summary(invoice, now))
                                  .toList(),
                              page.page(),
                              page.perPage(),
                              found.total())));
        });
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return answer(
        request,
        invoice -> Json.reply(200, Map.of("data", InvoiceFields.whole(invoice, clock.millis()))));
  }

  /** The paper, to be shown rather than kept. */
  public CompletionStage<Reply> pdf(ServerRequest request, Query query, byte[] body) {
    return answer(request, InvoicesDoor::paper);
  }

  private static Reply paper(StoredInvoice invoice) {
    String name = invoice.invoice().number().replaceAll("[^A-Za-z0-9._-]", "-");
    return Reply.of(200, "application/pdf", InvoicePdf.render(invoice.invoice()))
        .with(HttpHeaderNames.CONTENT_DISPOSITION, "inline; filename=\"" + name + ".pdf\"");
  }

  /** Another account's invoice is not found, like one that never was. */
  private CompletionStage<Reply> answer(
      ServerRequest request, Function<StoredInvoice, Reply> reply) {
    return access.serve(
        request,
        granted -> {
          AccountId account = granted.account().id();
          String id = request.pathParameters().getOrDefault(INVOICE, "");
          return office
              .handle(() -> find(account, id).map(reply))
              .thenApply(
                  found ->
                      found.orElseGet(
                          () -> access.refuse(request, new Refusal.NotFound("invoice"))));
        });
  }

  private Optional<StoredInvoice> find(AccountId account, String id) {
    return invoices.find(account, id);
  }
}
