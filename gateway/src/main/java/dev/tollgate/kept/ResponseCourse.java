package dev.tollgate.kept;

import dev.tollgate.domain.ObjectKind;
import dev.tollgate.ledger.KeptObjects;
import dev.tollgate.ledger.NewObject;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Bought;
import dev.tollgate.proxy.Course;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A response that the provider keeps. As a rule it is paid for when it has been answered; one in
 * the background goes on when its client has gone, and is paid for when somebody sees it done.
 */
final class ResponseCourse implements Course {
  private final Keeper keeper;
  private final String path;
  private final boolean isInBackground;
  private @Nullable CompletionStage<Boolean> told;

  ResponseCourse(Keeper keeper, String path, boolean isInBackground) {
    this.keeper = keeper;
    this.path = path;
    this.isInBackground = isInBackground;
  }

  /** A stream may go on for long: its id is to be of use as soon as the client knows it. */
  @Override
  public void onNamed(Bought bought, String id) {
    if (id.length() <= KeptObjects.ID_CHARACTERS_MAX) {
      told = keep(bought, id, new Payment.ByRequest());
    }
  }

  @Override
  public CompletionStage<End> end(Bought bought, Tally tally, @Nullable String interruption) {
    String id = tally.object().id();
    if (id == null || id.length() > KeptObjects.ID_CHARACTERS_MAX) {
      return CompletableFuture.completedFuture(new End.Charged(""));
    }
    if (isInBackground && !Payments.isFinal(tally.object().status())) {
      return keep(bought, id, new Payment.Later(keeper.settings().leaseMillis()))
          .thenApply(kept -> new End.Deferred());
    }
    CompletionStage<Boolean> known =
        told == null ? keep(bought, id, new Payment.ByRequest()) : told;
    return known.thenApply(kept -> new End.Charged(id));
  }

  private CompletionStage<Boolean> keep(Bought bought, String id, Payment payment) {
    return keeper
        .payments()
        .keep(
            new NewObject(
                bought.caller(),
                id,
                ObjectKind.RESPONSE,
                bought.route().provider().settings().name(),
                bought.request(),
                "",
                DeferredPrice.facts(path, bought, 1),
                payment,
                keeper.settings().keptMillisOf(ObjectKind.RESPONSE),
                keeper.settings().objectsMax()));
  }
}
