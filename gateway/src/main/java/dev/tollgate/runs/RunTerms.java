package dev.tollgate.runs;

import dev.tollgate.domain.Money;
import dev.tollgate.ledger.HeldRun;
import dev.tollgate.pricing.TrainingPrice;
import dev.tollgate.runs.RunAsked.What;
import java.util.HashMap;
import java.util.Map;

/**
 * What is remembered of a run from its beginning: at which price it was bought, and what for.
 *
 * @param model empty where an amount is held
 * @param epochs 0 where an amount is held
 * @param tokens that were estimated; 0 where an amount is held
 * @param iterations of an auto-tune session, at most; 0 for any other
 * @param nanoUsdPerMtok the price of the moment; 0 where an amount is held
 * @param amountCents what was held for it
 * @param digest of all that was asked for
 */
public record RunTerms(
    Kind kind,
    String model,
    long epochs,
    long tokens,
    int iterations,
    long nanoUsdPerMtok,
    long multiplierPpm,
    long amountCents,
    String reference,
    String description,
    long leaseMillis,
    String digest) {
  /** What is held for. */
  public enum Kind {
    RUN("run"),
    AUTOTUNE("autotune"),
    AMOUNT("amount");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    public String key() {
      return key;
    }

    static Kind of(String key) {
      for (Kind kind : values()) {
        if (kind.key.equals(key)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("a run of kind " + key);
    }
  }

  static RunTerms of(RunAsked asked, long nanoUsdPerMtok, long multiplierPpm, long amountCents) {
    String digest = asked.digest();
    return switch (asked.what()) {
      case What.Run(String model, long epochs, long tokens, int iterations) ->
          new RunTerms(
              iterations > 0 ? Kind.AUTOTUNE : Kind.RUN,
              model,
              epochs,
              tokens,
              iterations,
              nanoUsdPerMtok,
              multiplierPpm,
              amountCents,
              asked.reference(),
              asked.description(),
              asked.leaseMillis(),
              digest);
      case What.Amount amount ->
          new RunTerms(
              Kind.AMOUNT,
              "",
              0,
              0,
              0,
              0,
              multiplierPpm,
              amountCents,
              asked.reference(),
              asked.description(),
              asked.leaseMillis(),
              digest);
    };
  }

  static RunTerms of(HeldRun run) {
    return new RunTerms(
        Kind.of(run.fact("kind")),
        run.fact("model"),
        number(run, "epochs"),
        number(run, "tokens"),
        Math.toIntExact(number(run, "iterations")),
        number(run, "price"),
        number(run, "multiplier_ppm"),
        number(run, "amount_cents"),
        run.fact("reference"),
        run.fact("description"),
        number(run, "lease_millis"),
        run.fact("digest"));
  }

  Map<String, String> facts() {
    Map<String, String> facts = new HashMap<>();
    facts.put("kind", kind.key());
    facts.put("model", model);
    facts.put("epochs", Long.toString(epochs));
    facts.put("tokens", Long.toString(tokens));
    facts.put("iterations", Integer.toString(iterations));
    facts.put("price", Long.toString(nanoUsdPerMtok));
    facts.put("multiplier_ppm", Long.toString(multiplierPpm));
    facts.put("amount_cents", Long.toString(amountCents));
    facts.put("reference", reference);
    facts.put("description", description);
    facts.put("lease_millis", Long.toString(leaseMillis));
    facts.put("digest", digest);
    return facts;
  }

  /** What training so many tokens costs at list price; may be beyond all that can be counted. */
  long listCents(long trained) {
    return new TrainingPrice(nanoUsdPerMtok).cents(epochs, trained);
  }

  public long amountNanoUsd() {
    return amountCents * Money.NANO_PER_CENT;
  }

  private static long number(HeldRun run, String name) {
    String text = run.fact(name);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }
}
