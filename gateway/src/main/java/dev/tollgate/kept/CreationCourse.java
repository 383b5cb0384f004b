package dev.tollgate.kept;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.KeptObjects;
import dev.tollgate.ledger.NewObject;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.metering.Tally;
import dev.tollgate.proxy.Bought;
import dev.tollgate.proxy.Course;
import dev.tollgate.proxy.Offers.Found;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something comes to be by the request: the ledger is told whose it is before the client hears of
 * it. Where it is paid for later, the hold stays with it.
 */
final class CreationCourse implements Course {
  private static final Logger LOG = LoggerFactory.getLogger(CreationCourse.class);

  private final Keeper keeper;
  private final ObjectKind kind;
  private final String purpose;
  private final Function<Bought, Map<String, String>> facts;
  private final Payment payment;

  /**
   * @param facts what is to be remembered of it
   */
  CreationCourse(
      Keeper keeper,
      ObjectKind kind,
      String purpose,
      Function<Bought, Map<String, String>> facts,
      Payment payment) {
    this.keeper = keeper;
    this.kind = kind;
    this.purpose = purpose;
    this.facts = facts;
    this.payment = payment;
  }

  /** An offer for one more of a kind, unless the account has as many as it may have. */
  static CompletionStage<Found> unlessTooMany(
      Keeper keeper, KeyRef caller, ObjectKind kind, Found offered) {
    int most = keeper.settings().objectsMax();
    return keeper
        .objects()
        .count(caller.account(), kind)
        .thenApply(
            count ->
                count < most
                    ? offered
                    : new Found.Refused(
                        new Refusal.InvalidRequest(
                            "The account has %d objects of the kind `%s`, and may not have more."
                                .formatted(count, kind.key()),
                            null)));
  }

  /** A training job is a run. */
  @Override
  public Refusal refusal(Refusal refusal) {
    return kind == ObjectKind.FINE_TUNING_JOB
            && refusal instanceof Refusal.InsufficientCredits credits
        ? new Refusal.NotAffordable(
            "This run is estimated at", credits.requiredNanoUsd(), credits.availableNanoUsd())
        : refusal;
  }

  @Override
  public CompletionStage<End> end(Bought bought, Tally tally, @Nullable String interruption) {
    String id = tally.object().id();
    if (id == null || id.length() > KeptObjects.ID_CHARACTERS_MAX) {
      LOG.warn("{}: {} has made a {} without an id", bought.request(), bought.route(), kind.key());
      return CompletableFuture.completedFuture(new End.Free());
    }
    NewObject object =
        new NewObject(
            bought.caller(),
            id,
            kind,
            bought.route().provider().settings().name(),
            bought.request(),
            purpose,
            facts.apply(bought),
            payment,
            keeper.settings().keptMillisOf(kind),
            0);
    End end = payment instanceof Payment.Later ? new End.Deferred() : new End.Charged("");
    return keeper.payments().keep(object).thenApply(kept -> end);
  }
}
