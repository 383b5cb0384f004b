package dev.tollgate.proxy;

import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.domain.Shortage;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldOutcome.Held;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.RateLimits;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PromptSize;
import dev.tollgate.pricing.Quote;
import dev.tollgate.pricing.Target;
import java.util.ArrayList;
import java.util.List;
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
  /** Where a request may go: who serves, and under which name it knows the model. */
  record Route(Provider provider, String model) {}

  /** Whether the request may be served. */
  sealed interface Decision {
    /**
     * @param routes in order; at least one
     */
    record Admitted(ModelRates rates, Quote quote, Held hold, List<Route> routes)
        implements Decision {}

    /**
     * @param limits what is left of the budgets of a minute, where there are any
     */
    record Refused(Refusal refusal, RateLimits limits) implements Decision {}
  }

  private final Lane lane;
  private final Catalog catalog;
  private final String dialect;
  private final Endpoint endpoint;

  Admission(Lane lane, Catalog catalog, String dialect, Endpoint endpoint) {
    this.lane = lane;
    this.catalog = catalog;
    this.dialect = dialect;
    this.endpoint = endpoint;
  }

  CompletionStage<Decision> admit(RequestId request, KeyRef caller, Prompt prompt) {
    ModelRates rates = catalog.card().find(prompt.model(), endpoint.pricedMeters());
    if (rates == null) {
      return refused(new Refusal.ModelNotFound(prompt.model()));
    }
    List<Route> routes = routesTo(rates);
    if (routes.isEmpty()) {
      return refused(new Refusal.ModelNotFound(prompt.model()));
    }
    Quote quote = quote(rates, prompt);
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
                    ? decide(outcome, rates, quote, routes)
                    : unavailable(request, caller));
  }

  private Quote quote(ModelRates rates, Prompt prompt) {
    PromptSize size =
        new PromptSize(
            prompt.textBytes(),
            prompt.messages(),
            prompt.images(),
            producesTokens(prompt) ? prompt.outputTokensMax() : null,
            prompt.answers());
    long input = size.inputTokens(catalog.quotes());
    long output = producesTokens(prompt) ? size.outputTokens(catalog.quotes(), rates) : 0;
    return Quote.of(rates, input, output, prompt.serviceTier());
  }

  private boolean producesTokens(Prompt prompt) {
    Long cap = prompt.outputTokensMax();
    return endpoint.pricedMeters().contains(Meter.OUTPUT) && (cap == null || cap > 0);
  }

  /** Only providers that speak the caller's dialect: nothing is translated. */
  private List<Route> routesTo(ModelRates rates) {
    List<Route> routes = new ArrayList<>(rates.targets().size());
    for (Target target : rates.targets()) {
      Provider provider = catalog.providers().get(target.provider());
      if (provider != null && provider.settings().dialect().equals(dialect)) {
        routes.add(new Route(provider, target.model()));
      }
    }
    return routes;
  }

  private Decision decide(HoldOutcome outcome, ModelRates rates, Quote quote, List<Route> routes) {
    return switch (outcome) {
      case Held held -> {
        lane.listener().onHeld(held.heldNanoUsd());
        yield new Decision.Admitted(rates, quote, held, routes);
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

  private static CompletionStage<Decision> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new Decision.Refused(refusal, RateLimits.NONE));
  }
}
