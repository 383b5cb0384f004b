package dev.tollgate.kept;

import dev.tollgate.dialect.Keeping;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.Reference;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.HoldRequest.Terms;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.Target;
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
 * Fine-tuning jobs, where the card has a price for training the model: that times the tokens of the
 * file times the epochs is held, in whole cents, and what the provider has counted is charged when
 * the job has succeeded. All else is refused: no price, no service.
 */
final class JobOffers implements Offers {
  private static final String TRAINING_FILE = "training_file";
  private static final int EPOCHS_MAX = 1_000;

  /** Where requests name the epochs: at the top as they used to be, else with their method. */
  private static final List<String> EPOCHS =
      List.of(
          "hyperparameters.n_epochs",
          "method.supervised.hyperparameters.n_epochs",
          "method.dpo.hyperparameters.n_epochs");

  /** What is paid by the token trained. */
  private static final Set<String> METHODS = Set.of("", "supervised", "dpo");

  private final String path;
  private final Keeper keeper;

  /**
   * @param path by which jobs are bought
   */
  JobOffers(String path, Keeper keeper) {
    this.path = path;
    this.keeper = keeper;
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    Long price = catalog.card().trainingNanoUsd().get(prompt.model());
    if (price == null) {
      return refused(new Refusal.ModelNotFound(prompt.model()));
    }
    List<Reference> references = prompt.keeping().references();
    Reference training = null;
    for (Reference reference : references) {
      training = reference.param().equals(TRAINING_FILE) ? reference : training;
    }
    if (training == null) {
      return refused("`training_file` is required.", TRAINING_FILE);
    }
    String file = training.id();
    return Owned.check(keeper, caller.account(), references)
        .thenCompose(
            owned ->
                owned.refusal() != null
                    ? refused(owned.refusal())
                    : offered(catalog, caller, prompt, owned.get(file), price));
  }

  private CompletionStage<Found> offered(
      Catalog catalog, KeyRef caller, Prompt prompt, KeptObject file, long price) {
    Keeping asked = prompt.keeping();
    if (!METHODS.contains(asked.field("method.type"))) {
      return refused("Only supervised and dpo are offered.", "method.type");
    }
    long epochs = keeper.settings().heldEpochs();
    for (String place : EPOCHS) {
      String text = asked.field(place);
      if (!text.isEmpty() && !text.equals("auto")) {
        epochs = text.matches("[0-9]{1,4}") ? Long.parseLong(text) : 0;
        if (epochs < 1 || epochs > EPOCHS_MAX) {
          return refused("`n_epochs` must be an integer from 1 to " + EPOCHS_MAX + ".", place);
        }
      }
    }
    Provider provider = catalog.providers().get(file.provider());
    Found offered =
        offer(prompt, file, price, epochs, catalog.quotes().textBytesPerToken(), provider);
    return CreationCourse.unlessTooMany(keeper, caller, ObjectKind.FINE_TUNING_JOB, offered);
  }

  private Found offer(
      Prompt prompt,
      KeptObject file,
      long price,
      long epochs,
      long bytesPerToken,
      @Nullable Provider provider) {
    if (provider == null) {
      return new Found.Refused(new Refusal.ModelNotFound(prompt.model()));
    }
    CreationCourse course =
        new CreationCourse(
            keeper,
            ObjectKind.FINE_TUNING_JOB,
            "",
            bought -> DeferredPrice.facts(path, bought, 1),
            new Payment.Later(keeper.settings().leaseMillis()));
    ModelRates rates =
        ModelRates.of(
            prompt.model(),
            new Target(file.provider(), prompt.model()),
            Prices.builder().set(Meter.INPUT, price).build());
    Offer offer =
        new Offer(
            rates,
            ModelRates.INPUT_ALONE,
            List.of(new Route(provider, prompt.model())),
            course,
            Terms.CENTS);
    return new Found.Offered(
        offer, prompt.asOne(prompt.model(), trainedBytes(file, epochs, bytesPerToken), 0, 0));
  }

  /** As many as the tokens of all epochs are taken from: those of each are whole. */
  private static long trainedBytes(KeptObject file, long epochs, long bytesPerToken) {
    long tokens = Math.ceilDiv(FileFacts.of(file).bytes(), bytesPerToken);
    return Math.multiplyExact(Math.multiplyExact(tokens, epochs), bytesPerToken);
  }

  private static CompletionStage<Found> refused(String message, String param) {
    return refused(new Refusal.InvalidRequest(message, param));
  }

  private static CompletionStage<Found> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new Found.Refused(refusal));
  }
}
