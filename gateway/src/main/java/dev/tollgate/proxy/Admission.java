package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Shortage;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldOutcome.Held;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.RateLimits;
import dev.tollgate.pricing.Quote;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The first half of the purchase: finds the price, quotes the worst case, and holds it.
 *
 * <p>A hold whose answer did not come may have taken effect all the same; it is released in the
 * background, and the release keeps a late one out.
 */
final class Admission {
  /** Whether the request may be served. */
  sealed interface Decision {
    /**
     * It is held.
     *
     * @param prompt what is sold
     */
    record Admitted(Offer offer, Prompt prompt, Quote quote, Held hold) implements Decision {}

    /**
     * @param limits what is left of the budgets of a minute, where there are any
     */
    record Refused(Refusal refusal, RateLimits limits) implements Decision {}
  }

  private final Lane lane;
  private final Catalog catalog;
  private final Offers offers;

  Admission(Lane lane, Catalog catalog, Offers offers) {
    this.lane = lane;
    this.catalog = catalog;
    this.offers = offers;
  }

  CompletionStage<Decision> admit(
      RequestId request, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    return offers
        .find(catalog, caller, prompt, pathParameters)
        .thenCompose(
            found ->
                switch (found) {
                  case Offers.Found.Offered(Offer offer, Prompt sold) ->
                      hold(request, caller, sold == null ? prompt : sold, offer);
                  case Offers.Found.Refused(Refusal refusal) ->
                      CompletableFuture.completedFuture(
                          new Decision.Refused(refusal, RateLimits.NONE));
                });
  }

  private CompletionStage<Decision> hold(
      RequestId request, KeyRef caller, Prompt prompt, Offer offer) {
    Quote quote = OfferQuote.of(catalog, offer, prompt);
    HoldRequest hold =
        new HoldRequest(
            request,
            caller,
            quote.nanoUsd(),
            quote.tokens(),
            prompt.model(),
            catalog.settings().leaseMillis(),
            offer.terms());
    return lane.ledger()
        .hold(hold)
        .handle(
            (outcome, failure) ->
                failure == null
                    ? decide(outcome, offer, prompt, quote)
                    : unavailable(request, caller));
  }

  private Decision decide(HoldOutcome outcome, Offer offer, Prompt prompt, Quote quote) {
    return switch (outcome) {
      case Held held -> {
        lane.listener().onHeld(held.heldNanoUsd());
        yield new Decision.Admitted(offer, prompt, quote, held);
      }
      case HoldOutcome.Refused(Refusal refusal, RateLimits limits) ->
          new Decision.Refused(
              offer.course().refusal(withAffordableOutputTokens(refusal, quote)), limits);
    };
  }

  /** Says how long an answer would still fit, where that is what stood in the way. */
  private static Refusal withAffordableOutputTokens(Refusal refusal, Quote quote) {
    return switch (refusal) {
      case Refusal.InsufficientCredits credits ->
          credits.withAffordableOutputTokens(
              quote.affordableOutputTokens(credits.availableNanoUsd(), credits.requiredNanoUsd()));
      case Refusal.OverBudget over ->
          over.with(
              over.shortage()
                  .withAffordableOutputTokens(affordableOutputTokens(over.shortage(), quote)));
      default -> refusal;
    };
  }

  private static @Nullable Long affordableOutputTokens(Shortage shortage, Quote quote) {
    return switch (shortage.unit()) {
      case USD -> quote.affordableOutputTokens(shortage.remaining(), shortage.asked());
      case TOKENS -> {
        long left = shortage.remaining() - quote.inputTokens();
        yield left < 0 || quote.outputTokens() == 0 ? null : Math.min(left, quote.outputTokens());
      }
      case REQUESTS, CONCURRENT -> null;
    };
  }

  private Decision unavailable(RequestId request, KeyRef caller) {
    var unused = lane.ledger().release(request, caller, "hold_unanswered");
    return new Decision.Refused(new Refusal.LedgerUnavailable(), RateLimits.NONE);
  }
}
