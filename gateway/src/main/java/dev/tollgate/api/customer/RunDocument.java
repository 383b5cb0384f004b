package dev.tollgate.api.customer;

import dev.tollgate.account.Times;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Spelling;
import dev.tollgate.ledger.HeldRun.Charged;
import dev.tollgate.ledger.HeldRun.State;
import dev.tollgate.runs.Run;
import dev.tollgate.runs.RunTerms;
import dev.tollgate.runs.RunTerms.Kind;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A hold of a run, as its backend sees it. Amounts are whole cents. */
final class RunDocument {
  private RunDocument() {}

  /**
   * @param iteration whose charge is told, too; 0 for none
   */
  static Map<String, ?> of(Run run, int iteration) {
    RunTerms terms = run.terms();
    boolean isHeld = run.now().state() == State.HELD;
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("id", run.id());
    data.put("status", Spelling.of(run.now().state()));
    data.put("kind", terms.kind().key());
    data.put("amount_cents", terms.amountCents());
    data.put("amount_usd", Money.decimal(terms.amountNanoUsd()));
    data.put("held_cents", Money.ceilCents(run.now().leftNanoUsd()));
    data.put("charged_cents", Money.ceilCents(run.chargedNanoUsd()));
    data.put("charged_usd", Money.decimal(run.chargedNanoUsd()));
    if (terms.kind() != Kind.AMOUNT) {
      data.put("model", terms.model());
      data.put("epochs", terms.epochs());
      data.put("training_tokens", terms.tokens());
    }
    if (terms.kind() == Kind.AUTOTUNE) {
      data.put("iterations", terms.iterations());
      data.put("iterations_settled", run.now().parts());
    }
    data.put("reference", terms.reference().isEmpty() ? null : terms.reference());
    data.put("description", terms.description().isEmpty() ? null : terms.description());
    data.put("created_at", Times.millis(run.now().createdAtMillis()));
    data.put("expires_at", isHeld ? Times.millis(run.now().deadlineMillis()) : null);
    Charged charged = iteration > 0 ? run.now().part() : run.now().end();
    if (charged != null) {
      data.put("settlement", settlement(charged, iteration));
    }
    return Map.of("data", data);
  }

  private static Map<String, ?> settlement(Charged charged, int iteration) {
    Map<String, Object> settlement = new LinkedHashMap<>();
    if (iteration > 0) {
      settlement.put("iteration", iteration);
    }
    settlement.put("charged_cents", Money.ceilCents(charged.nanoUsd()));
    settlement.put("adjustment_cents", Money.ceilCents(charged.adjustedNanoUsd()));
    settlement.put("balance_after_cents", Money.floorCents(charged.balanceNanoUsd()));
    return settlement;
  }
}
