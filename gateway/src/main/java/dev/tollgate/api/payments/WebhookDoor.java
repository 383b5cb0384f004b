package dev.tollgate.api.payments;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.billing.payment.Heard;
import dev.tollgate.billing.payment.Outcome;
import dev.tollgate.billing.payment.Payments;
import dev.tollgate.domain.Refusal;
import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.RefusalRenderer;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * {@code POST /webhooks/stripe}. What is not to be told again is answered with 200, also where it
 * was of no use; what something of ours was away for, with 503. One per lane.
 */
public final class WebhookDoor {
  public static final String PATH = "/webhooks/stripe";

  private static final String SIGNATURE = "stripe-signature";

  private final Payments payments;
  private final RefusalRenderer refusals;

  public WebhookDoor(Payments payments, RefusalRenderer refusals) {
    this.payments = payments;
    this.refusals = refusals;
  }

  public CompletionStage<Reply> receive(ServerRequest request, Query query, byte[] body) {
    String signature = request.headers().get(SIGNATURE, "");
    return payments
        .receive(new String(body, UTF_8), signature)
        .thenApply(
            outcome ->
                switch (outcome) {
                  case Outcome.Done<Heard>(Heard heard) -> reply(request, heard);
                  case Outcome.Refused<Heard>(Refusal refusal) -> refuse(request, refusal);
                });
  }

  private Reply reply(ServerRequest request, Heard heard) {
    return switch (heard) {
      case TAKEN, IGNORED, MISMATCHED -> Json.reply(200, Map.of("received", true));
      case FORGED ->
          refuse(
              request,
              new Refusal.InvalidRequest(
                  "This is no event that was signed with the webhook's secret lately.", SIGNATURE));
      case POSTPONED ->
          refuse(request, new Refusal.Overloaded("The payment provider did not say more of it."));
    };
  }

  private Reply refuse(ServerRequest request, Refusal refusal) {
    return refusals.render(refusal, request.path(), request.id());
  }
}
