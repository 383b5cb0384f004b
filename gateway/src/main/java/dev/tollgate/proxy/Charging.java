package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import dev.tollgate.ledger.HoldOutcome.Held;
import dev.tollgate.metering.Tally;
import dev.tollgate.metering.TokenEstimator;
import dev.tollgate.pricing.Cost;
import dev.tollgate.pricing.ModelRates;
import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The second half of the purchase: from what an answer says of itself to what it costs. Where it
 * does not say, the usage is estimated off the event loop, and the charge never exceeds the hold.
 */
public final class Charging {
  /**
   * English text has about four bytes to a token; the quote's ratio is meant to exceed, this is
   * not.
   */
  private static final int BYTES_PER_TOKEN = 4;

  private static final int TOKENS_PER_MESSAGE = 4;
  private static final int TOKENS_PER_IMAGE = 1000;
  private static final Meter[] METERS = Meter.values();

  public static final Charge NOTHING = new Charge(Usage.NONE, 0, 0, "");

  private final TokenEstimator estimator;
  private final EventLoop eventLoop;

  Charging(TokenEstimator estimator, EventLoop eventLoop) {
    this.estimator = estimator;
    this.eventLoop = eventLoop;
  }

  /**
   * @param interruption why the answer is not whole; null when it is
   * @return completes on the event loop; at once when nothing has to be estimated
   */
  public CompletionStage<Charge> charge(
      Offer offer, Prompt prompt, Held hold, Tally tally, @Nullable String interruption) {
    if (tally.isError() || tally.isPending() || offer.isFree()) {
      return CompletableFuture.completedFuture(NOTHING);
    }
    if (!offer.isByTokens()) {
      return CompletableFuture.completedFuture(byFees(offer, prompt, hold, tally, interruption));
    }
    Usage reported = tally.reported();
    if (reported != null && !tally.isStrange()) {
      Usage usage = withUnits(split(offer.rates(), reported, tally), offer, prompt, tally);
      return CompletableFuture.completedFuture(
          price(offer.rates(), usage, prompt, tally, hold, ""));
    }
    String reason = estimateReason(tally, interruption);
    return estimator
        .estimate(tally.delivered())
        .thenApplyAsync(
            outputTokens -> {
              Usage usage = withUnits(estimated(prompt, tally, outputTokens), offer, prompt, tally);
              return price(offer.rates(), usage, prompt, tally, hold, reason);
            },
            eventLoop);
  }

  private static String estimateReason(Tally tally, @Nullable String interruption) {
    return tally.isStrange()
        ? "strange_usage"
        : interruption == null ? "missing_usage" : interruption;
  }

  /**
   * What an answer that is still coming has cost so far, reckoned at once and without a tokenizer:
   * what is charged should this gateway not live to do it.
   *
   * @return {@link #NOTHING} where nothing has been delivered
   */
  static Charge soFar(Offer offer, Prompt prompt, Held hold, Tally tally) {
    Usage reported = tally.isStrange() ? null : tally.reported();
    boolean isNothing =
        reported == null && tally.delivered().bytes() == 0 && tally.counted().isNone();
    if (tally.isError() || tally.isPending() || offer.isFree() || isNothing) {
      return NOTHING;
    }
    if (!offer.isByTokens()) {
      return byFees(offer, prompt, hold, tally, "abandoned");
    }
    Usage usage =
        reported != null
            ? split(offer.rates(), reported, tally)
            : estimated(
                prompt, tally, Math.ceilDiv(tally.delivered().bytes(), (long) BYTES_PER_TOKEN));
    return price(
        offer.rates(), withUnits(usage, offer, prompt, tally), prompt, tally, hold, "abandoned");
  }

  /**
   * Where fees alone are charged, tokens are only noted. An answer that did not come whole, and
   * counts nothing itself, has not delivered what the request asked for.
   */
  private static Charge byFees(
      Offer offer, Prompt prompt, Held hold, Tally tally, @Nullable String interruption) {
    Usage tokens = tally.reported() == null ? Usage.NONE : tally.reported();
    Usage usage = withUnits(tokens, offer, prompt, tally);
    String estimated = "";
    for (Meter meter : offer.soldBy()) {
      if (tally.counted().count(meter) == 0 && !meter.isToldByRequest()) {
        estimated = estimateReason(tally, interruption);
      }
    }
    if (tally.isStrange()) {
      estimated = "strange_usage";
    }
    Usage priced = usage.only(offer.rates()::isPriced);
    Charge charge = price(offer.rates(), priced, prompt, tally, hold, estimated);
    return new Charge(usage, charge.listNanoUsd(), charge.billedNanoUsd(), charge.estimated());
  }

  /**
   * Adds what costs a fee each: as the answer counts it, else as the request tells. What has no
   * price is another measure of what the tokens pay for, unless it comes on top of them.
   */
  private static Usage withUnits(Usage tokens, Offer offer, Prompt prompt, Tally tally) {
    if (prompt.units().isNone() && tally.counted().isNone()) {
      return tokens;
    }
    Usage.Builder usage = tokens.toBuilder();
    for (Meter meter : METERS) {
      if (meter.kind() == Meter.Kind.FEE) {
        boolean isPriced = offer.rates().isPriced(meter);
        boolean isOnTop = meter.isToldByAnswerAlone();
        long counted = isPriced || isOnTop ? tally.counted().count(meter) : 0;
        long told = isPriced && !isOnTop ? prompt.units().count(meter) : 0;
        usage.set(meter, counted > 0 ? counted : told);
      }
    }
    return usage.build();
  }

  /** Reasoning is part of the output that is reported; a card may price it apart. */
  private static Usage split(ModelRates rates, Usage reported, Tally tally) {
    long reasoning = Math.min(tally.reasoningTokens(), reported.count(Meter.OUTPUT));
    if (reasoning == 0 || !rates.isPricedApart(Meter.REASONING)) {
      return reported;
    }
    return reported.toBuilder()
        .set(Meter.OUTPUT, reported.count(Meter.OUTPUT) - reasoning)
        .set(Meter.REASONING, reasoning)
        .build();
  }

  private static Usage estimated(Prompt prompt, Tally tally, long outputTokens) {
    Usage input = tally.isStrange() ? null : tally.inputKnown();
    Usage.Builder usage =
        input != null
            ? input.toBuilder()
            : Usage.builder().set(Meter.INPUT, estimatedInputTokens(prompt));
    // Thoughts that are reported though the output is not: where they lie beside it.
    long thoughts = tally.isStrange() ? 0 : tally.reasoningTokens();
    return usage.set(Meter.OUTPUT, outputTokens + thoughts).build();
  }

  private static long estimatedInputTokens(Prompt prompt) {
    return Math.ceilDiv(prompt.textBytes(), BYTES_PER_TOKEN)
        + (long) prompt.messages() * TOKENS_PER_MESSAGE
        + (long) prompt.images() * TOKENS_PER_IMAGE
        + prompt.imageTokens()
        + prompt.countedTokens();
  }

  /** The tier that served counts; where the provider does not say, the one that was asked for. */
  private static Charge price(
      ModelRates rates, Usage usage, Prompt prompt, Tally tally, Held hold, String estimated) {
    String tier = tally.servedTier() == null ? prompt.serviceTier() : tally.servedTier();
    return switch (Cost.of(rates, usage, tier)) {
      case Cost.Charged cost -> {
        long list = cost.listNanoUsd();
        long billed = cost.billedNanoUsd(hold.multiplierPpm());
        yield estimated.isEmpty()
            ? new Charge(usage, list, billed, "")
            : new Charge(usage, list, Math.min(billed, hold.heldNanoUsd()), estimated);
      }
      case Cost.Unpriced unpriced -> quarantined(usage, hold, "unpriced_usage");
      case Cost.BeyondRange absurd -> quarantined(usage, hold, "strange_usage");
    };
  }

  /** Nothing sensible can be said of the cost: what was held is kept, and the event says why. */
  private static Charge quarantined(Usage usage, Held hold, String reason) {
    return new Charge(usage, hold.heldNanoUsd(), hold.heldNanoUsd(), reason);
  }
}
