package dev.tollgate.api.payments;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.billing.payment.Outcome;
import dev.tollgate.billing.payment.Payment;
import dev.tollgate.billing.payment.Payments;
import dev.tollgate.billing.payment.SimulatedAct;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * {@code /simulated/checkout/{session}}: the page that stands in for a payment provider's, for demo
 * and tests. Like there, whoever knows its address may pay. One per lane.
 */
public final class SimulatedDoor {
  public static final String PATH = "/simulated/checkout/{session}";

  private final Payments payments;
  private final RefusalRenderer refusals;

  public SimulatedDoor(Payments payments, RefusalRenderer refusals) {
    this.payments = payments;
    this.refusals = refusals;
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return payments
        .simulated(session(request))
        .thenApply(outcome -> reply(request, outcome, payment -> CheckoutPage.of(payment, null)));
  }

  /** A form with an {@code act}. */
  public CompletionStage<Reply> act(ServerRequest request, Query query, byte[] body) {
    Optional<SimulatedAct> act = actOf(body);
    if (act.isEmpty()) {
      return CompletableFuture.completedFuture(
          refuse(request, new Refusal.InvalidRequest("There is no such act.", "act")));
    }
    return payments
        .simulate(session(request), act.get())
        .thenApply(
            outcome -> reply(request, outcome, payment -> CheckoutPage.of(payment, act.get())));
  }

  private static Optional<SimulatedAct> actOf(byte[] body) {
    Query form = Query.parse(new String(body, UTF_8));
    String act = form == null ? null : form.first("act");
    return act == null ? Optional.empty() : SimulatedAct.of(act);
  }

  private Reply reply(
      ServerRequest request, Outcome<Payment> outcome, Function<Payment, String> page) {
    return switch (outcome) {
      case Outcome.Done<Payment>(Payment payment) ->
          Reply.of(200, "text/html; charset=utf-8", page.apply(payment).getBytes(UTF_8));
      case Outcome.Refused<Payment>(Refusal refusal) -> refuse(request, refusal);
    };
  }

  private static String session(ServerRequest request) {
    return request.pathParameters().getOrDefault("session", "");
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    return refusals.render(refusal, request.path(), request.id());
  }
}
