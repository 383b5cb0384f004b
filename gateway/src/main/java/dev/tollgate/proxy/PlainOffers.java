package dev.tollgate.proxy;

import dev.tollgate.dialect.PlainCall;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.PlainRoute;
import dev.tollgate.pricing.Target;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A plain call: its route says what it costs and who answers it. */
final class PlainOffers implements Offers {
  private final PlainRoute route;

  PlainOffers(PlainRoute route) {
    this.route = route;
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    return CompletableFuture.completedFuture(find(catalog));
  }

  private Found find(Catalog catalog) {
    Provider provider = catalog.providers().get(route.provider());
    if (provider == null) {
      return new Found.Refused(
          new Refusal.UpstreamError("No provider serves " + route.match() + "."));
    }
    ModelRates rates = ModelRates.of(route.match(), new Target(route.provider(), ""), route.fees());
    return new Found.Offered(
        new Offer(rates, PlainCall.BY_THE_CALL, List.of(new Route(provider, ""))));
  }
}
