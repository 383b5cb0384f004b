package dev.tollgate.kept;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.Reference;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.Offer;
import dev.tollgate.proxy.Offers;
import dev.tollgate.proxy.Route;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Requests that may refer to something that a provider keeps: it must be the caller's own, and only
 * the provider that has it can serve them.
 */
final class ReferringOffers implements Offers {
  private final Offers offers;
  private final Keeper keeper;

  ReferringOffers(Offers offers, Keeper keeper) {
    this.offers = offers;
    this.keeper = keeper;
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    CompletionStage<Found> found = offers.find(catalog, caller, prompt, pathParameters);
    List<Reference> references = prompt.keeping().references();
    return references.isEmpty()
        ? found
        : Owned.check(keeper, caller.account(), references)
            .thenCombine(found, (owned, offered) -> narrowed(owned, offered, references));
  }

  private static Found narrowed(Owned owned, Found found, List<Reference> references) {
    if (owned.refusal() != null) {
      return new Found.Refused(owned.refusal());
    }
    if (!(found instanceof Found.Offered(Offer offer, Prompt sold))) {
      return found;
    }
    List<Route> routes =
        offer.routes().stream()
            .filter(route -> route.provider().settings().name().equals(owned.provider()))
            .toList();
    return routes.isEmpty()
        ? new Found.Refused(
            new Refusal.InvalidRequest(
                "The model is not served where what the request refers to is kept.",
                references.getFirst().param()))
        : new Found.Offered(new Offer(offer.rates(), offer.soldBy(), routes, offer.course()), sold);
  }
}
