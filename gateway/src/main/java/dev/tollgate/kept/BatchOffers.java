package dev.tollgate.kept;

import dev.tollgate.dialect.BatchLines;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.Reference;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.Offer;
import dev.tollgate.proxy.Offers;
import dev.tollgate.proxy.Provider;
import dev.tollgate.proxy.Route;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Batches: one purchase of all the requests in a file, at the card's prices of the service tier
 * {@code batch}. What the file asks for was read when it was uploaded. It goes to the provider as
 * it is, so that the model must have the same name there and here.
 */
final class BatchOffers implements Offers {
  private static final String SERVICE_TIER = "batch";
  private static final String INPUT_FILE = "input_file_id";
  private static final String ENDPOINT = "endpoint";

  /** What lines may ask for, and what that is sold by. */
  private static final Map<String, Set<Meter>> SOLD_BY =
      Map.of(
          "/v1/chat/completions", ModelRates.INPUT_AND_OUTPUT,
          "/v1/completions", ModelRates.INPUT_AND_OUTPUT,
          "/v1/responses", ModelRates.INPUT_AND_OUTPUT,
          "/v1/embeddings", ModelRates.INPUT_ALONE);

  private final String path;
  private final Keeper keeper;

  /**
   * @param path by which batches are bought
   */
  BatchOffers(String path, Keeper keeper) {
    this.path = path;
    this.keeper = keeper;
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    List<Reference> references = prompt.keeping().references();
    if (references.isEmpty()) {
      return CompletableFuture.completedFuture(refused("`input_file_id` is required.", INPUT_FILE));
    }
    return Owned.check(keeper, caller.account(), references)
        .thenCompose(
            owned ->
                owned.refusal() != null
                    ? CompletableFuture.completedFuture(new Found.Refused(owned.refusal()))
                    : offered(catalog, caller, prompt, owned.get(references.getFirst().id())));
  }

  private CompletionStage<Found> offered(
      Catalog catalog, KeyRef caller, Prompt prompt, KeptObject file) {
    BatchLines lines = FileFacts.of(file).batch();
    Set<Meter> soldBy = SOLD_BY.get(lines.url());
    String asked = prompt.keeping().field(ENDPOINT);
    Found refusal = null;
    if (!lines.fault().isEmpty()) {
      refusal = refused("The file cannot be a batch. " + lines.fault(), INPUT_FILE);
    } else if (!asked.equals(lines.url())) {
      refusal = refused("`endpoint` must be the `url` of all lines of the file.", ENDPOINT);
    } else if (soldBy == null) {
      refusal = refused("`endpoint` is not offered in batches.", ENDPOINT);
    }
    return refusal != null || soldBy == null
        ? CompletableFuture.completedFuture(refusal)
        : CreationCourse.unlessTooMany(
            keeper,
            caller,
            ObjectKind.BATCH,
            priced(catalog, prompt, file, FileFacts.of(file), soldBy));
  }

  private Found priced(
      Catalog catalog, Prompt prompt, KeptObject file, FileFacts facts, Set<Meter> soldBy) {
    BatchLines lines = facts.batch();
    ModelRates rates = catalog.card().models().get(lines.model());
    Route route = rates == null ? null : route(catalog, rates, file.provider());
    if (rates == null || route == null || !rates.isPricedFor(soldBy)) {
      return new Found.Refused(new Refusal.ModelNotFound(lines.model()));
    }
    long longest = Math.ceilDiv(lines.lineBytesMax(), catalog.quotes().textBytesPerToken());
    if (!rates.tiers().isEmpty() && longest > rates.tiers().getFirst().aboveInputTokens()) {
      return refused(
          "A line of the file may be longer than %d tokens, from where on the model has another price."
              .formatted(rates.tiers().getFirst().aboveInputTokens()),
          INPUT_FILE);
    }
    CreationCourse course =
        new CreationCourse(
            keeper,
            ObjectKind.BATCH,
            "",
            bought -> DeferredPrice.facts(path, bought, lines.lines()),
            new Payment.Later(keeper.settings().leaseMillis()));
    Offer offer = new Offer(rates.inServiceTier(SERVICE_TIER), soldBy, List.of(route), course);
    return new Found.Offered(offer, asOne(catalog, prompt, facts, offer));
  }

  /** All lines as one request; what is no text in them is counted as text too, but for images. */
  private static Prompt asOne(Catalog catalog, Prompt prompt, FileFacts facts, Offer offer) {
    BatchLines lines = facts.batch();
    long uncapped = Math.min(catalog.quotes().holdOutputTokens(), offer.rates().maxOutputTokens());
    long output =
        offer.soldBy().contains(Meter.OUTPUT)
            ? Math.addExact(
                lines.cappedTokens(), Math.multiplyExact(lines.uncappedAnswers(), uncapped))
            : 0;
    long idBytes = Math.multiplyExact(lines.tokenIds(), catalog.quotes().textBytesPerToken());
    return prompt.asOne(
        lines.model(), Math.addExact(facts.bytes(), idBytes), lines.images(), output);
  }

  /** Null where the provider of the file does not serve the model by its own name. */
  private static @Nullable Route route(Catalog catalog, ModelRates rates, String provider) {
    Provider keeping = catalog.providers().get(provider);
    boolean serves =
        rates.targets().stream()
            .anyMatch(it -> it.provider().equals(provider) && it.model().equals(rates.name()));
    return keeping != null && serves ? new Route(keeping, rates.name()) : null;
  }

  private static Found refused(String message, String param) {
    return new Found.Refused(new Refusal.InvalidRequest(message, param));
  }
}
