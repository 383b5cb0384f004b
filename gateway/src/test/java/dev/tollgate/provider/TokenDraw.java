package dev.tollgate.provider;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Seeded counts of tokens, and texts of that many. The counts of the n-th request depend on the
 * seed and n only. Safe for use by any thread.
 */
final class TokenDraw {
  /** Each is one token: of one to four bytes a character, so that cuts fall within characters. */
  private static final String[] TOKENS = {
    " toll",
    " gate",
    " road",
    " bridge",
    " coin",
    " über",
    " péage",
    " 料金",
    " 🚧",
    ",",
    " one",
    " \"quoted\"",
    " back\\slash",
    "\n",
    " two",
    " and",
    " the",
    " cart"
  };

  private static final int OUTPUT_TOKENS_MOST = 60;

  private final long seed;
  private final AtomicLong requests = new AtomicLong();

  TokenDraw(long seed) {
    this.seed = seed;
  }

  /** The randomness of the next request. */
  SplittableRandom next() {
    return new SplittableRandom(seed + 0x9E3779B97F4A7C15L * requests.incrementAndGet());
  }

  /** About what a tokenizer would make of a prompt of so many bytes of text. */
  static long promptTokens(long textBytes, int messages) {
    return Math.max(1, textBytes / 4) + 3L * messages;
  }

  /**
   * @param outputTokensMax the cap that was asked for
   */
  static long outputTokens(SplittableRandom random, long outputTokensMax) {
    return 1 + random.nextLong(Math.max(1, Math.min(outputTokensMax, OUTPUT_TOKENS_MOST)));
  }

  /** Now and then nothing, now and then all, else some. */
  static long someOf(SplittableRandom random, long tokens) {
    return switch (random.nextInt(4)) {
      case 0 -> tokens;
      case 1 -> random.nextLong(tokens + 1);
      default -> 0;
    };
  }

  static String text(SplittableRandom random, long tokens) {
    StringBuilder text = new StringBuilder();
    for (long i = 0; i < tokens; i++) {
      text.append(TOKENS[random.nextInt(TOKENS.length)]);
    }
    return text.toString();
  }
}
