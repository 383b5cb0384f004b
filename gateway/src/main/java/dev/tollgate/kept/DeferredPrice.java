package dev.tollgate.kept;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.Money;
import dev.tollgate.ledger.HoldOutcome.Held;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.pricing.FrozenRates;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.proxy.Bought;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * What is remembered of a purchase that is paid for later: the prices of its moment, what was held,
 * and what its request told, should the answer not tell.
 *
 * @param endpoint the path by which it was bought
 * @param upstreamModel the provider's name of the model
 * @param requests how many are in it
 */
record DeferredPrice(
    String endpoint,
    ModelRates rates,
    String upstreamModel,
    long heldNanoUsd,
    long multiplierPpm,
    long requests,
    String serviceTier,
    long textBytes,
    int messages,
    int images) {
  private static final BigInteger PPM = BigInteger.valueOf(1_000_000);

  static Map<String, String> facts(String endpoint, Bought bought, long requests) {
    Prompt prompt = bought.prompt();
    Map<String, String> facts = new HashMap<>();
    facts.put("endpoint", endpoint);
    facts.put("model", prompt.model());
    facts.put("upstream_model", bought.route().model());
    facts.put("rates", FrozenRates.write(bought.offer().rates()));
    facts.put("held", Long.toString(bought.hold().heldNanoUsd()));
    facts.put("multiplier_ppm", Long.toString(bought.hold().multiplierPpm()));
    facts.put("requests", Long.toString(requests));
    facts.put("service_tier", prompt.serviceTier() == null ? "" : prompt.serviceTier());
    facts.put("text_bytes", Long.toString(prompt.textBytes()));
    facts.put("messages", Integer.toString(prompt.messages()));
    facts.put("images", Integer.toString(prompt.images()));
    return facts;
  }

  /**
   * @throws IllegalArgumentException when the object lacks what it costs
   */
  static DeferredPrice of(KeptObject object) {
    if (object.fact("rates").isEmpty()) {
      throw new IllegalArgumentException("there is no price of " + object.id());
    }
    return new DeferredPrice(
        object.fact("endpoint"),
        FrozenRates.read(object.fact("model"), object.fact("rates")),
        object.fact("upstream_model"),
        Long.parseLong(object.fact("held")),
        Long.parseLong(object.fact("multiplier_ppm")),
        Long.parseLong(object.fact("requests")),
        object.fact("service_tier"),
        Long.parseLong(object.fact("text_bytes")),
        Integer.parseInt(object.fact("messages")),
        Integer.parseInt(object.fact("images")));
  }

  Held hold(KeptObject object) {
    return new Held(heldNanoUsd, multiplierPpm, object.createdAtMillis());
  }

  /** As far as an estimate needs it. */
  Prompt prompt() {
    return Prompt.remembered(
        rates.name(), textBytes, messages, images, serviceTier.isEmpty() ? null : serviceTier);
  }

  /** What was held, at list price. */
  long listHeldNanoUsd() {
    if (multiplierPpm == 0) {
      return heldNanoUsd;
    }
    BigInteger list =
        BigInteger.valueOf(heldNanoUsd).multiply(PPM).divide(BigInteger.valueOf(multiplierPpm));
    return list.min(BigInteger.valueOf(Money.MAX_NANO_USD)).longValue();
  }
}
