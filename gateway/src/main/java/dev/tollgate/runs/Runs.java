package dev.tollgate.runs;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.ledger.HeldRun;
import dev.tollgate.ledger.HeldRuns;
import dev.tollgate.ledger.HoldOutcome;
import dev.tollgate.ledger.HoldRequest;
import dev.tollgate.ledger.KeptObjects;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.NewObject;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.runs.RunAsked.What;
import dev.tollgate.runs.RunOutcome.Done;
import dev.tollgate.runs.RunOutcome.Refused;
import dev.tollgate.runs.RunQuotes.Quoted;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Holds for runs. A run is a hold and an object of the kind {@code run}, which says what it is
 * about and outlives the hold. The hold lives for a moment until the object is noted, and from then
 * on for its own lease. One per event loop; stages complete there, and fail as the ledger's do.
 */
public final class Runs {
  private final Ledger ledger;
  private final HeldRuns runs;
  private final KeptObjects objects;
  private final RunQuotes quotes;
  private final RunSettings settings;
  private final long keptMillis;
  private final LongSupplier firstLeaseMillis;

  /**
   * @param keptMillis for which a run is known
   * @param firstLeaseMillis of a hold whose run is not noted yet
   */
  public Runs(
      Ledger ledger,
      HeldRuns runs,
      KeptObjects objects,
      Supplier<RateCard> card,
      RunSettings settings,
      long keptMillis,
      LongSupplier firstLeaseMillis) {
    this.ledger = ledger;
    this.runs = runs;
    this.objects = objects;
    this.quotes = new RunQuotes(card);
    this.settings = settings;
    this.keptMillis = keptMillis;
    this.firstLeaseMillis = firstLeaseMillis;
  }

  /** Holds for a run, or for a price that its backend has made. */
  public CompletionStage<RunOutcome> hold(KeyRef caller, RunAsked asked, RunIds ids) {
    Quoted quoted = quotes.of(asked.what());
    Refusal refusal = quoted.refusal();
    return refusal == null ? new Holding(caller, asked, quoted, ids).begin() : refused(refusal);
  }

  /** A run of the caller's own; looking at it renews its lease. */
  public CompletionStage<RunOutcome> show(KeyRef caller, String id) {
    return find(caller, id, 0)
        .thenCompose(
            found -> {
              if (found.isEmpty()) {
                return unknown();
              }
              Run run = Run.of(found.get());
              return run.now().state() == HeldRun.State.HELD
                  ? renewed(caller, run, 0)
                  : CompletableFuture.completedFuture(new Done(run));
            });
  }

  CompletionStage<RunOutcome> renewed(KeyRef caller, Run run, int part) {
    return ledger
        .renew(RunSettlements.of(run, RunCharge.NOTHING, 0), run.terms().leaseMillis())
        .thenCompose(isOpen -> find(caller, run.id(), part))
        .thenApply(now -> new Done(Run.of(now.orElse(run.now())), part));
  }

  /** One of the caller's own. To any other key, of whatever account, it does not exist. */
  CompletionStage<Optional<HeldRun>> find(KeyRef caller, String id, int part) {
    return runs.find(caller.account(), id, part)
        .thenApply(found -> found.filter(run -> run.owner().equals(caller)));
  }

  static CompletionStage<RunOutcome> unknown() {
    return refused(new Refusal.NotFound("hold"));
  }

  static CompletionStage<RunOutcome> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new Refused(refusal));
  }

  /** One hold that is being taken. */
  private final class Holding {
    private final KeyRef caller;
    private final RunAsked asked;
    private final Quoted quoted;
    private final RunIds ids;

    Holding(KeyRef caller, RunAsked asked, Quoted quoted, RunIds ids) {
      this.caller = caller;
      this.asked = asked;
      this.quoted = quoted;
      this.ids = ids;
    }

    CompletionStage<RunOutcome> begin() {
      return ids.isRepeatable() ? unlessKnown(0) : unlessTooMany();
    }

    /** Whatever has come of an earlier request is its answer again. */
    private CompletionStage<RunOutcome> unlessKnown(int number) {
      return number == ids.ids().size()
          ? unlessTooMany()
          : unlessKnown(ids.ids().get(number), () -> unlessKnown(number + 1));
    }

    private CompletionStage<RunOutcome> unlessKnown(
        String id, Supplier<CompletionStage<RunOutcome>> otherwise) {
      return runs.find(caller.account(), id, 0)
          .thenCompose(
              found ->
                  found.isPresent()
                      ? CompletableFuture.completedFuture(answer(found.get()))
                      : otherwise.get());
    }

    /** What is known by that id, if it is what was asked for. */
    private RunOutcome answer(HeldRun known) {
      return known.fact("digest").equals(asked.digest())
          ? new Done(Run.of(known))
          : new Refused(new Refusal.Conflict("This Idempotency-Key was used for another hold."));
    }

    private CompletionStage<RunOutcome> unlessTooMany() {
      return objects
          .count(caller.account(), ObjectKind.RUN)
          .thenCompose(
              count ->
                  count < settings.runsMax()
                      ? hold(0)
                      : refused(
                          new Refusal.InvalidRequest(
                              "The account has %d runs, and may not have more.".formatted(count),
                              null)));
    }

    private CompletionStage<RunOutcome> hold(int number) {
      if (number == ids.ids().size()) {
        return refused(new Refusal.LedgerUnavailable());
      }
      String id = ids.ids().get(number);
      RequestId request = new RequestId(id);
      HoldRequest wanted =
          new HoldRequest(
              request,
              caller,
              quoted.listNanoUsd(),
              quoted.tokens(),
              quoted.model(),
              firstLeaseMillis.getAsLong(),
              quoted.terms());
      return ledger
          .hold(wanted)
          .handle((outcome, failure) -> failure == null ? held(number, id, outcome) : gone(request))
          .thenCompose(stage -> stage);
    }

    /**
     * It may have taken effect. The release keeps a late one out; but not where it could be that of
     * another request with the same key. That one is kept, or else reaped in a moment.
     */
    private CompletionStage<RunOutcome> gone(RequestId request) {
      if (ids.isRepeatable()) {
        ledger.leave(request);
      } else {
        var unused = ledger.release(request, caller, "hold_unanswered");
      }
      return refused(new Refusal.LedgerUnavailable());
    }

    private CompletionStage<RunOutcome> held(int number, String id, HoldOutcome outcome) {
      return switch (outcome) {
        case HoldOutcome.Held held -> keep(id, held);
        // Perhaps one of this id has ended: long ago and unheard of, or just now.
        case HoldOutcome.Refused(Refusal.LedgerUnavailable away, var limits) ->
            ids.isRepeatable() ? unlessKnown(id, () -> hold(number + 1)) : refused(away);
        case HoldOutcome.Refused(Refusal refusal, var limits) -> refused(ofRun(refusal));
      };
    }

    private Refusal ofRun(Refusal refusal) {
      return refusal instanceof Refusal.InsufficientCredits credits
          ? new Refusal.NotAffordable(
              "This %s is estimated at".formatted(named(asked.what())),
              credits.requiredNanoUsd(),
              credits.availableNanoUsd())
          : refusal;
    }

    /** Notes what is held for. Another request may have done so meanwhile. */
    private CompletionStage<RunOutcome> keep(String id, HoldOutcome.Held held) {
      RequestId request = new RequestId(id);
      RunTerms terms =
          RunTerms.of(
              asked,
              quoted.nanoUsdPerMtok(),
              held.multiplierPpm(),
              quoted.cents(held.multiplierPpm()));
      if (terms.amountNanoUsd() != held.heldNanoUsd()) {
        ledger.leave(request); // of a request with the same key, and another body
        return refused(new Refusal.Conflict("This Idempotency-Key was used for another hold."));
      }
      NewObject run =
          new NewObject(
              caller,
              id,
              ObjectKind.RUN,
              "",
              request,
              "",
              terms.facts(),
              new NewObject.Payment.Later(asked.leaseMillis()),
              keptMillis,
              0);
      return ledger
          .keep(run)
          .handle((isKept, away) -> away == null && isKept ? read(id) : giveUp(id))
          .thenCompose(stage -> stage);
    }

    private CompletionStage<RunOutcome> read(String id) {
      return runs.find(caller.account(), id, 0)
          .thenApply(
              found ->
                  found
                      .map(this::answer)
                      .orElseGet(() -> new Refused(new Refusal.LedgerUnavailable())));
    }

    /** Nobody is told its id; with a key to repeat it by, it is found again. */
    private CompletionStage<RunOutcome> giveUp(String id) {
      if (!ids.isRepeatable()) {
        var unused = ledger.releaseForGood(new RequestId(id), caller, "not_kept", id);
      }
      return refused(new Refusal.LedgerUnavailable());
    }
  }

  /** What a refusal calls it. */
  static String named(What what) {
    return switch (what) {
      case What.Amount amount -> "purchase";
      case What.Run run -> run.iterations() > 0 ? "auto-tune session" : "run";
    };
  }
}
