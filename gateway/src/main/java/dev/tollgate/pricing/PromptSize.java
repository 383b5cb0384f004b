package dev.tollgate.pricing;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a request's tokens before it is sent. All sums saturate at {@link
 * Long#MAX_VALUE}.
 *
 * @param textBytes of prompt text, tools and schemas included; weighed, so that they are as many
 *     bytes of plain text as make about as many tokens
 * @param messages each with its role and frame
 * @param images whose size is not known, and other parts that are no text
 * @param imageTokens of images whose size is known, by the rule of the wire format
 * @param countedTokens that are known one by one
 * @param outputTokensMax the request's own cap for one answer; null when it names none
 * @param answers at least 1
 */
public record PromptSize(
    long textBytes,
    long messages,
    long images,
    long imageTokens,
    long countedTokens,
    @Nullable Long outputTokensMax,
    long answers) {

  private static final long PERCENT = 100;

  public PromptSize {
    if (textBytes < 0
        || messages < 0
        || images < 0
        || imageTokens < 0
        || countedTokens < 0
        || answers < 1
        || (outputTokensMax != null && outputTokensMax < 1)) {
      throw new IllegalArgumentException("prompt size out of range");
    }
  }

  /** The most that a model is expected to count, by its own ratios where the card has such. */
  public long inputTokens(QuoteSettings settings, ModelRates rates) {
    QuoteRatios ratios = rates.ratios();
    long text = Math.ceilDiv(textBytes, ratios.textBytesPerToken(settings));
    long frames = Saturated.multiply(messages, settings.tokensPerMessage());
    long counted = Saturated.add(text, Saturated.add(frames, countedTokens));
    return Saturated.add(counted, pictures(settings, ratios.imageTokensPercent()));
  }

  private long pictures(QuoteSettings settings, int percent) {
    long unknown = Saturated.multiply(images, settings.tokensPerImage());
    long tokens = Saturated.add(unknown, imageTokens);
    // the division first where the product would not fit: a saturated sum stays absurd
    return percent > 0 && tokens > Long.MAX_VALUE / percent
        ? Saturated.multiply(tokens / PERCENT, percent)
        : Math.ceilDiv(tokens * percent, PERCENT);
  }

  /**
   * Over all answers: the cap, or what is held without one, never more than the model can. None for
   * a model that has no output price: it is served where no output is ever reported.
   */
  public long outputTokens(QuoteSettings settings, ModelRates rates) {
    if (!rates.isPricedFor(ModelRates.INPUT_AND_OUTPUT)) {
      return 0;
    }
    long asked = outputTokensMax == null ? settings.holdOutputTokens() : outputTokensMax;
    return Saturated.multiply(Math.min(asked, rates.maxOutputTokens()), answers);
  }
}
