package dev.tollgate.kept;

import dev.tollgate.dialect.Keeping;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.Offer;
import dev.tollgate.proxy.Offers;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Responses: sold as their model is, and kept by the provider unless the request says that they are
 * not to be. Conversations cannot be told apart by customer, and are not offered.
 */
final class ResponseOffers implements Offers {
  private static final String CONVERSATION = "conversation";

  private final Offers offers;
  private final String path;
  private final Keeper keeper;

  ResponseOffers(Offers offers, String path, Keeper keeper) {
    this.offers = offers;
    this.path = path;
    this.keeper = keeper;
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    Keeping asked = prompt.keeping();
    if (!asked.field(CONVERSATION).isEmpty()) {
      return CompletableFuture.completedFuture(
          new Found.Refused(
              new Refusal.InvalidRequest(
                  "Conversations are not offered; `previous_response_id` is.", CONVERSATION)));
    }
    boolean isInBackground = asked.field("background").equals("true");
    boolean isKept = isInBackground || !asked.field("store").equals("false");
    CompletionStage<Found> found = offers.find(catalog, caller, prompt, pathParameters);
    return isKept ? found.thenApply(offered -> kept(offered, isInBackground)) : found;
  }

  private Found kept(Found found, boolean isInBackground) {
    return found instanceof Found.Offered(Offer offer, Prompt sold)
        ? new Found.Offered(
            new Offer(
                offer.rates(),
                offer.soldBy(),
                offer.routes(),
                new ResponseCourse(keeper, path, isInBackground)),
            sold)
        : found;
  }
}
