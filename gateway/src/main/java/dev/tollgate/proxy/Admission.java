package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Shortage;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldOutcome.Held;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.RateLimits;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PromptSize;
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
  private static final Quote NOTHING = new Quote(0, 0, 0, 0, 0, 0, 0);

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
    Quote quote = offer.isFree() ? NOTHING : quote(offer, prompt);
    HoldRequest hold =
        new HoldRequest(
            request,
            caller,
            quote.nanoUsd(),
            quote.tokens(),
            prompt.model(),
            catalog.settings().leaseMillis());
    return lane.ledger()
        .hold(hold)
        .handle(
            (outcome, failure) ->
                failure == null
                    ? decide(outcome, offer, prompt, quote)
                    : unavailable(request, caller));
  }

  /** Tokens that have no price, because fees alone do, cost nothing and are not held. */
  private Quote quote(Offer offer, Prompt prompt) {
    PromptSize size =
        new PromptSize(
            prompt.textBytes(),
            prompt.messages(),
            prompt.images(),
            prompt.imageTokens(),
            prompt.countedTokens(),
            producesTokens(offer, prompt) ? prompt.outputTokensMax() : null,
            prompt.answers());
    long input = offer.rates().isPriced(Meter.INPUT) ? inputTokens(offer, prompt, size) : 0;
    long output =
        producesTokens(offer, prompt) ? size.outputTokens(catalog.quotes(), offer.rates()) : 0;
    return Quote.of(
        offer.rates(), input, output, priced(offer, prompt.units()), prompt.serviceTier());
  }

  /** What the provider has stored may fill the model's context, as far as that is known. */
  private long inputTokens(Offer offer, Prompt prompt, PromptSize size) {
    long told = size.inputTokens(catalog.quotes(), offer.rates());
    long context = offer.rates().contextTokens();
    return prompt.hasStoredInput() && context != ModelRates.UNBOUNDED
        ? Math.max(told, context)
        : told;
  }

  private static boolean producesTokens(Offer offer, Prompt prompt) {
    Long cap = prompt.outputTokensMax();
    return soldByOutput(offer) && (cap == null || cap > 0);
  }

  private static boolean soldByOutput(Offer offer) {
    for (Meter meter : offer.soldBy()) {
      if (meter.isOutput()) {
        return true;
      }
    }
    return false;
  }

  private static Usage priced(Offer offer, Usage units) {
    return units.only(offer.rates()::isPriced);
  }

  private Decision decide(HoldOutcome outcome, Offer offer, Prompt prompt, Quote quote) {
    return switch (outcome) {
      case Held held -> {
        lane.listener().onHeld(held.heldNanoUsd());
        yield new Decision.Admitted(offer, prompt, quote, held);
      }
      case HoldOutcome.Refused(Refusal refusal, RateLimits limits) ->
          new Decision.Refused(withAffordableOutputTokens(refusal, quote), limits);
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
