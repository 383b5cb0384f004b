package dev.tollgate.proxy;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import dev.tollgate.metering.Tally;

/**
 * What of an answer is no text: images, sound, and whatever else costs a fee each. As the answer
 * counts it; where it does not, as the request tells.
 */
final class Units {
  /** What OpenAI's first models take for a square at high quality. */
  private static final long TOKENS_PER_IMAGE = 4160;

  /** OpenAI's voices take a token for every 50 ms. */
  private static final long TOKENS_PER_SECOND = 20;

  /** A fast pace, so that no more was spoken in the seconds that were delivered. */
  private static final long CHARACTERS_PER_SECOND = 25;

  private static final Meter[] METERS = Meter.values();

  private final Offer offer;
  private final Prompt prompt;
  private final Tally tally;

  Units(Offer offer, Prompt prompt, Tally tally) {
    this.offer = offer;
    this.prompt = prompt;
    this.tally = tally;
  }

  /**
   * The tokens, and with them what costs a fee each. What is not charged is left out: it is another
   * measure of the same.
   */
  Usage with(Usage tokens) {
    return with(tokens, true);
  }

  /**
   * @param isWhole whether all that was asked for has been delivered, or will be paid for all the
   *     same
   */
  Usage with(Usage tokens, boolean isWhole) {
    if (prompt.units().isNone() && tally.counted().isNone()) {
      return tokens;
    }
    Usage.Builder usage = tokens.toBuilder();
    for (Meter meter : METERS) {
      if (meter.kind() == Meter.Kind.FEE) {
        usage.set(meter, offer.charges(meter) ? count(meter, isWhole) : 0);
      }
    }
    return usage.build();
  }

  private long count(Meter meter, boolean isWhole) {
    long counted = tally.counted().count(meter);
    boolean isPart = meter == Meter.CHARACTER && !isWhole;
    long told = isPart ? Math.min(told(meter), spoken()) : told(meter);
    return counted > 0 ? counted : told;
  }

  /** Whether the answer itself says how many there are. */
  boolean isCounted(Meter meter) {
    return tally.isListEmpty() || tally.counted().count(meter) > 0;
  }

  /** Adds the tokens that the answer has made of images and sound, where it does not say. */
  Usage.Builder withEstimates(Usage.Builder usage) {
    if (offer.soldBy().contains(Meter.IMAGE_OUTPUT)) {
      long counted = tally.counted().count(Meter.IMAGE);
      long images = counted > 0 ? counted : told(Meter.IMAGE);
      long each = Math.min(TOKENS_PER_IMAGE, offer.rates().maxOutputTokens());
      usage.set(Meter.IMAGE_OUTPUT, images * each);
    }
    if (offer.soldBy().contains(Meter.AUDIO_OUTPUT)) {
      usage.set(Meter.AUDIO_OUTPUT, tally.counted().count(Meter.SECOND) * TOKENS_PER_SECOND);
    }
    return usage;
  }

  private long told(Meter meter) {
    boolean isTold = !tally.isListEmpty() && !meter.isToldByAnswerAlone();
    return isTold ? prompt.units().count(meter) : 0;
  }

  /** The most characters that can have been spoken until the answer broke off. */
  private long spoken() {
    return tally.counted().count(Meter.SECOND) * CHARACTERS_PER_SECOND;
  }
}
