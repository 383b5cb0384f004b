package dev.tollgate.runs;

import dev.tollgate.domain.Money;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.HoldRequest.Terms;
import dev.tollgate.pricing.RateCard;
import dev.tollgate.pricing.TrainingPrice;
import dev.tollgate.runs.RunAsked.What;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What runs may cost, by the rate card of the moment. */
final class RunQuotes {
  /**
   * What is to be held, or why nothing can be.
   *
   * @param refusal null when it can be held
   * @param listCents in all, without the account's multiplier
   * @param terms whether that applies
   * @param tokens in all
   */
  record Quoted(
      @Nullable Refusal refusal,
      long nanoUsdPerMtok,
      long listCents,
      Terms terms,
      long tokens,
      String model) {

    long listNanoUsd() {
      return listCents * Money.NANO_PER_CENT;
    }

    /** What an account with that multiplier pays. */
    long cents(long multiplierPpm) {
      return terms == Terms.FINAL ? listCents : TrainingPrice.billedCents(listCents, multiplierPpm);
    }
  }

  private final Supplier<RateCard> card;

  RunQuotes(Supplier<RateCard> card) {
    this.card = card;
  }

  Quoted of(What what) {
    return switch (what) {
      case What.Amount(long cents) -> new Quoted(null, 0, cents, Terms.FINAL, 0, "");
      case What.Run run -> ofRun(run);
    };
  }

  private Quoted ofRun(What.Run run) {
    Long price = card.get().trainingNanoUsd().get(run.model());
    if (price == null) {
      return refused(new Refusal.ModelNotFound(run.model()));
    }
    long each = new TrainingPrice(price).cents(run.epochs(), run.tokens());
    long cents = each * run.trainings();
    if (cents >= TrainingPrice.CENTS_BEYOND) {
      return refused(
          new Refusal.InvalidRequest(
              "The run would cost more than can be counted, $"
                  + Money.usd(Money.MAX_NANO_USD)
                  + ".",
              "run.training_tokens"));
    }
    long tokens = run.epochs() * run.tokens();
    long most = Money.MAX_NANO_USD / run.trainings();
    return new Quoted(
        null, price, cents, Terms.CENTS, Math.min(tokens, most) * run.trainings(), run.model());
  }

  private static Quoted refused(Refusal refusal) {
    return new Quoted(refusal, 0, 0, Terms.CENTS, 0, "");
  }
}
