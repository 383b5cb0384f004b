package dev.tollgate.runs;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.HeldRun.Charged;
import dev.tollgate.pricing.TrainingPrice;
import dev.tollgate.runs.RunTerms.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What a run, or an iteration of it, is to be charged.
 *
 * @param tokens that were trained, over all epochs; 0 where the price itself was told
 */
record RunCharge(long listNanoUsd, long costNanoUsd, long tokens) {
  /** Of an end that comes after all that cost anything. */
  static final RunCharge NOTHING = new RunCharge(0, 0, 0);

  private static final String TOKENS = "training_tokens";
  private static final String CENTS = "amount_cents";
  private static final String ITERATION = "iteration";

  /** Why a run cannot be settled so; null when it can. */
  static @Nullable Refusal fault(RunTerms terms, SettleAsked asked) {
    boolean isPriced = asked.tokens() != null || asked.cents() != null;
    if (terms.kind() == Kind.AMOUNT && asked.tokens() != null) {
      return fault("An amount is held, and no run: settle `amount_cents`.", TOKENS);
    }
    if (terms.kind() == Kind.AUTOTUNE) {
      if (asked.iteration() == null && (isPriced || !asked.isFinal())) {
        return fault("`iteration` is required: each is settled by its number.", ITERATION);
      }
      if (asked.iteration() != null && asked.iteration() > terms.iterations()) {
        return fault(
            "`iteration` must be a whole number from 1 to %d.".formatted(terms.iterations()),
            ITERATION);
      }
    } else if (asked.iteration() != null) {
      return fault("Only auto-tune sessions have iterations.", ITERATION);
    }
    if (!isPriced && !(terms.kind() == Kind.AUTOTUNE && asked.iteration() == null)) {
      boolean isAmount = terms.kind() == Kind.AMOUNT;
      return fault(
          isAmount
              ? "`amount_cents` is required."
              : "`training_tokens` or `amount_cents` is required.",
          isAmount ? CENTS : TOKENS);
    }
    return asked.tokens() != null && cents(terms, asked.tokens()) >= TrainingPrice.CENTS_BEYOND
        ? fault("The run would cost more than can be counted.", TOKENS)
        : null;
  }

  private static Refusal fault(String message, String param) {
    return new Refusal.InvalidRequest(message, param);
  }

  private static long cents(RunTerms terms, long tokens) {
    return TrainingPrice.billedCents(terms.listCents(tokens), terms.multiplierPpm());
  }

  /** Of what has no fault. */
  static RunCharge of(RunTerms terms, SettleAsked asked) {
    if (asked.cents() != null) {
      long nanoUsd = asked.cents() * Money.NANO_PER_CENT;
      return new RunCharge(nanoUsd, nanoUsd, 0);
    }
    if (asked.tokens() == null) {
      return NOTHING;
    }
    long listCents = Math.min(terms.listCents(asked.tokens()), TrainingPrice.CENTS_BEYOND - 1);
    return new RunCharge(
        listCents * Money.NANO_PER_CENT,
        cents(terms, asked.tokens()) * Money.NANO_PER_CENT,
        Math.min(terms.epochs() * asked.tokens(), Money.MAX_NANO_USD));
  }

  Usage usage() {
    return Usage.builder().set(Meter.INPUT, tokens).build();
  }

  /** Whether it is what has been charged before, as far as that is known. */
  boolean isSameAs(Charged charged) {
    return charged.nanoUsd() == costNanoUsd && (charged.tokens() < 0 || charged.tokens() == tokens);
  }
}
