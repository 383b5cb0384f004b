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
final class Charging {
  /**
   * English text has about four bytes to a token; the quote's ratio is meant to exceed, this is
   * not.
   */
  private static final int BYTES_PER_TOKEN = 4;

  private static final int TOKENS_PER_MESSAGE = 4;
  private static final int TOKENS_PER_IMAGE = 1000;

  static final Charge NOTHING = new Charge(Usage.NONE, 0, 0, "");

  private final TokenEstimator estimator;
  private final EventLoop eventLoop;

  Charging(TokenEstimator estimator, EventLoop eventLoop) {
    this.estimator = estimator;
    this.eventLoop = eventLoop;
  }

  /**
   * @param interruption why the answer is not whole; null when it is
   * @return completes on the event loop; at once when the provider reported the usage
   */
  CompletionStage<Charge> charge(
      ModelRates rates, Prompt prompt, Held hold, Tally tally, @Nullable String interruption) {
    if (tally.isError()) {
      return CompletableFuture.completedFuture(NOTHING);
    }
    Usage reported = tally.reported();
    if (reported != null && !tally.isStrange()) {
      return CompletableFuture.completedFuture(
          price(rates, prompt, split(rates, reported, tally), tally, hold, ""));
    }
    String reason =
        tally.isStrange() ? "strange_usage" : interruption == null ? "missing_usage" : interruption;
    return estimator
        .estimate(tally.delivered())
        .thenApplyAsync(
            outputTokens ->
                price(rates, prompt, estimated(prompt, tally, outputTokens), tally, hold, reason),
            eventLoop);
  }

  /**
   * What an answer that is still coming has cost so far, reckoned at once and without a tokenizer:
   * what is charged should this gateway not live to do it.
   *
   * @return {@link #NOTHING} where nothing has been delivered
   */
  static Charge soFar(ModelRates rates, Prompt prompt, Held hold, Tally tally) {
    Usage reported = tally.isStrange() ? null : tally.reported();
    if (tally.isError() || (reported == null && tally.delivered().bytes() == 0)) {
      return NOTHING;
    }
    Usage usage =
        reported != null
            ? split(rates, reported, tally)
            : estimated(
                prompt, tally, Math.ceilDiv(tally.delivered().bytes(), (long) BYTES_PER_TOKEN));
    return price(rates, prompt, usage, tally, hold, "abandoned");
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
    return usage.set(Meter.OUTPUT, outputTokens).build();
  }

  private static long estimatedInputTokens(Prompt prompt) {
    return Math.ceilDiv(prompt.textBytes(), BYTES_PER_TOKEN)
        + (long) prompt.messages() * TOKENS_PER_MESSAGE
        + (long) prompt.images() * TOKENS_PER_IMAGE;
  }

  private static Charge price(
      ModelRates rates, Prompt prompt, Usage usage, Tally tally, Held hold, String estimated) {
    String served = tally.servedTier();
    return switch (Cost.of(rates, usage, served != null ? served : prompt.serviceTier())) {
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
