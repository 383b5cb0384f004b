package dev.tollgate.pricing;

/**
 * How a prompt's tokens are estimated before anybody has counted them: on the high side, since what
 * is held bounds what can be spent.
 *
 * @param textBytesPerToken bytes of UTF-8 that one token is taken for
 * @param tokensPerMessage what each message adds for its role and frame
 * @param tokensPerImage what each image is taken for
 * @param holdOutputTokens the output to hold for where a request names no cap
 */
public record QuoteSettings(
    int textBytesPerToken, int tokensPerMessage, int tokensPerImage, long holdOutputTokens) {

  public static final QuoteSettings DEFAULT = new QuoteSettings(3, 8, 1600, 16_384);

  public QuoteSettings {
    if (textBytesPerToken < 1
        || tokensPerMessage < 0
        || tokensPerImage < 0
        || holdOutputTokens < 1) {
      throw new IllegalArgumentException("quote settings out of range");
    }
  }
}
