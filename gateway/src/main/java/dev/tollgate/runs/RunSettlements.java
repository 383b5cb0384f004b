package dev.tollgate.runs;

import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.HeldRun;
import dev.tollgate.ledger.HeldRun.Charged;
import dev.tollgate.ledger.HeldRun.State;
import dev.tollgate.ledger.Ledger;
import dev.tollgate.ledger.LedgerUnavailableException;
import dev.tollgate.ledger.RequestFacts;
import dev.tollgate.ledger.Settlement;
import dev.tollgate.runs.RunOutcome.Done;
import dev.tollgate.runs.RunOutcome.Refused;
import dev.tollgate.runs.RunTerms.Kind;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * How runs end. The ledger decides which of several ends comes first, and this tells by what the
 * run says afterwards: whoever told the same gets the same answer, all others a conflict. What the
 * ledger does not answer is told to it again by its journal. One per event loop; stages complete
 * there, and fail as the ledger's do.
 */
public final class RunSettlements {
  private static final String ENDPOINT = "/v1/billing/holds";
  private static final int OK = 200;
  private static final int NO_PART = 0;

  private final Ledger ledger;
  private final Runs runs;
  private final InstantSource clock;

  public RunSettlements(Ledger ledger, Runs runs, InstantSource clock) {
    this.ledger = ledger;
    this.runs = runs;
    this.clock = clock;
  }

  /** Charges a run, or an iteration of it. */
  public CompletionStage<RunOutcome> settle(KeyRef caller, String id, SettleAsked asked) {
    int part = asked.iteration() == null ? NO_PART : asked.iteration();
    return runs.find(caller, id, part)
        .thenCompose(
            found -> {
              if (found.isEmpty()) {
                return Runs.unknown();
              }
              Run run = Run.of(found.get());
              Refusal fault = RunCharge.fault(run.terms(), asked);
              if (fault != null) {
                return Runs.refused(fault);
              }
              RunCharge charge = RunCharge.of(run.terms(), asked);
              return part == NO_PART
                  ? end(caller, run, charge, NO_PART)
                  : iteration(caller, run, charge, part)
                      .thenCompose(
                          outcome ->
                              asked.isFinal() && outcome instanceof Done(Run now, int number)
                                  ? end(caller, now, RunCharge.NOTHING, number)
                                  : CompletableFuture.completedFuture(outcome));
            });
  }

  /** Gives back what is left of a run, and charges nothing more. */
  public CompletionStage<RunOutcome> release(KeyRef caller, String id) {
    return runs.find(caller, id, NO_PART)
        .thenCompose(
            found -> {
              if (found.isEmpty()) {
                return Runs.unknown();
              }
              Run run = Run.of(found.get());
              return isOver(run)
                  ? CompletableFuture.completedFuture(released(run))
                  : told(
                      ledger.releaseForGood(run.now().request(), caller, "released", id),
                      caller,
                      run,
                      NO_PART,
                      RunSettlements::released);
            });
  }

  private CompletionStage<RunOutcome> end(KeyRef caller, Run run, RunCharge charge, int part) {
    if (isOver(run)) {
      return CompletableFuture.completedFuture(ended(run, charge, part));
    }
    return told(
        ledger.settleKept(of(run, charge, clock.millis())),
        caller,
        run,
        part,
        now -> ended(now, charge, part));
  }

  private CompletionStage<RunOutcome> iteration(
      KeyRef caller, Run run, RunCharge charge, int part) {
    if (run.now().part() != null || isOver(run)) {
      return CompletableFuture.completedFuture(iterated(run, charge, part));
    }
    return told(
            ledger.settlePart(of(run, charge, clock.millis()), part),
            caller,
            run,
            part,
            now -> iterated(now, charge, part))
        .thenCompose(
            outcome ->
                outcome instanceof Done(Run now, int number) && now.now().state() == State.HELD
                    ? runs.renewed(caller, now, number)
                    : CompletableFuture.completedFuture(outcome));
  }

  /** What has become of a run once the ledger has been told. */
  private CompletionStage<RunOutcome> told(
      CompletionStage<?> act, KeyRef caller, Run run, int part, Function<Run, RunOutcome> judge) {
    return act.thenCompose(answered -> runs.find(caller, run.id(), part))
        .thenApply(found -> found.map(Run::of).map(judge).orElseGet(RunSettlements::forgotten))
        .exceptionally(RunSettlements::unanswered);
  }

  /** That the ledger is away; anything else is a bug, and thrown. */
  private static RunOutcome unanswered(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof LedgerUnavailableException) {
      return new Refused(
          new Refusal.Overloaded("The ledger has not answered. It is told again; ask again."));
    }
    throw new CompletionException(cause);
  }

  private static RunOutcome forgotten() {
    return new Refused(new Refusal.NotFound("hold"));
  }

  private static boolean isOver(Run run) {
    return run.now().state() == State.SETTLED || run.now().state() == State.RELEASED;
  }

  private static RunOutcome ended(Run run, RunCharge charge, int part) {
    Charged end = run.now().end();
    if (end != null) {
      return charge.isSameAs(end) ? new Done(run, part) : conflict("was settled at another count");
    }
    return run.now().state() == State.RELEASED ? conflict("was released") : unsettled();
  }

  private static RunOutcome iterated(Run run, RunCharge charge, int part) {
    Charged charged = run.now().part();
    if (charged != null) {
      return charge.isSameAs(charged)
          ? new Done(run, part)
          : conflict("has that iteration settled at another count");
    }
    return isOver(run)
        ? conflict(run.now().state() == State.RELEASED ? "was released" : "was settled")
        : unsettled();
  }

  private static RunOutcome released(Run run) {
    return switch (run.now().state()) {
      case RELEASED -> new Done(run);
      case SETTLED -> conflict("was settled");
      case HELD, EXPIRED -> unsettled();
    };
  }

  private static RunOutcome conflict(String what) {
    return new Refused(new Refusal.Conflict("The hold " + what + "."));
  }

  /** The account is gone, or the ledger has lost what it has just answered. */
  private static RunOutcome unsettled() {
    return new Refused(new Refusal.LedgerUnavailable());
  }

  static Settlement of(Run run, RunCharge charge, long nowMillis) {
    HeldRun now = run.now();
    RunTerms terms = run.terms();
    long left =
        now.state() == State.HELD
            ? now.leftNanoUsd()
            : Math.max(0, terms.amountNanoUsd() - now.partsNanoUsd());
    RequestFacts facts =
        new RequestFacts(
            ENDPOINT,
            terms.model(),
            "",
            "",
            OK,
            false,
            "",
            "",
            now.createdAtMillis(),
            Math.max(0, nowMillis - now.createdAtMillis()),
            -1);
    return new Settlement(
        now.request(),
        now.owner(),
        terms.kind() == Kind.AUTOTUNE ? "debit_autotune" : "debit_run",
        charge.costNanoUsd(),
        charge.listNanoUsd(),
        left,
        charge.usage(),
        facts,
        now.id());
  }
}
