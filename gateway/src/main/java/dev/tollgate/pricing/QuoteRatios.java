package dev.tollgate.pricing;

/**
 * How one model's tokens differ from what quotes assume.
 *
 * @param textBytesPerToken bytes of plain text that one of its tokens is taken for; {@link
 *     #AS_SETTINGS} for those of the settings
 * @param imageTokensPercent of what the wire format's rule, or the settings, take an image for
 */
public record QuoteRatios(int textBytesPerToken, int imageTokensPercent) {
  public static final int AS_SETTINGS = 0;
  public static final QuoteRatios NONE = new QuoteRatios(AS_SETTINGS, 100);

  public QuoteRatios {
    if (textBytesPerToken < 0 || imageTokensPercent < 0) {
      throw new IllegalArgumentException("quote ratios out of range");
    }
  }

  int textBytesPerToken(QuoteSettings settings) {
    return textBytesPerToken == AS_SETTINGS ? settings.textBytesPerToken() : textBytesPerToken;
  }
}
