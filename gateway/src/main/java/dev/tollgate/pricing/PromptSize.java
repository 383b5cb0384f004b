package dev.tollgate.pricing;

import dev.tollgate.domain.Meter;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request's tokens before it is sent. All sums saturate at {@link
 * Long#MAX_VALUE}.
 *
 * @param textBytes of prompt text, tools and schemas included
 * @param outputTokensMax the request's own cap for one answer; null when it names none
 * @param answers at least 1
 */
public record PromptSize(
    long textBytes, long messages, long images, @Nullable Long outputTokensMax, long answers) {

  public PromptSize {
    if (textBytes < 0
        || messages < 0
        || images < 0
        || answers < 1
        || (outputTokensMax != null && outputTokensMax < 1)) {
      throw new IllegalArgumentException("prompt size out of range");
    }
  }

  public long inputTokens(QuoteSettings settings) {
    long text = Math.ceilDiv(textBytes, settings.textBytesPerToken());
    long frames = Saturated.multiply(messages, settings.tokensPerMessage());
    long pictures = Saturated.multiply(images, settings.tokensPerImage());
    return Saturated.add(Saturated.add(text, frames), pictures);
  }

  /**
   * Over all answers: the cap, or what is held without one, never more than the model can. None for
   * a model that has no output price: it is served where no output is ever reported.
   */
  public long outputTokens(QuoteSettings settings, ModelRates rates) {
    if (!hasOutputPrice(rates)) {
      return 0;
    }
    long asked = outputTokensMax == null ? settings.holdOutputTokens() : outputTokensMax;
    return Saturated.multiply(Math.min(asked, rates.maxOutputTokens()), answers);
  }

  /** Pictures and sound may have one where text has none. */
  private static boolean hasOutputPrice(ModelRates rates) {
    return rates.isPriced(Meter.OUTPUT)
        || rates.isPriced(Meter.IMAGE_OUTPUT)
        || rates.isPriced(Meter.AUDIO_OUTPUT);
  }
}
