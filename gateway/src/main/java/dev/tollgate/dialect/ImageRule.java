package dev.tollgate.dialect;

/** How many tokens an image takes, as the makers of wire formats publish it. */
enum ImageRule {
  /** Nobody says. */
  NONE {
    @Override
    long tokens(long width, long height, boolean isLowDetail) {
      return UNKNOWN;
    }
  },

  /**
   * OpenAI's: 85 in low detail; else scaled down to fit into 2048 x 2048, then to 768 on its
   * shorter side, and 170 for each tile of 512 x 512 that it touches beside the 85. Source:
   * OpenAI's guide to images and vision, for gpt-4o and gpt-4.1; other models count the same way
   * with other figures, see {@code image_tokens_percent}.
   */
  OPENAI_TILES {
    @Override
    long tokens(long width, long height, boolean isLowDetail) {
      if (isLowDetail) {
        return TILES_BASE;
      }
      if (width < 1 || height < 1) {
        return UNKNOWN;
      }
      long longer = Math.max(width, height);
      long shorter = Math.min(width, height);
      if (longer > TILES_LONGER_MAX) {
        shorter = scaled(shorter, TILES_LONGER_MAX, longer);
        longer = TILES_LONGER_MAX;
      }
      if (shorter > TILES_SHORTER_MAX) {
        longer = scaled(longer, TILES_SHORTER_MAX, shorter);
        shorter = TILES_SHORTER_MAX;
      }
      long tiles = Math.ceilDiv(longer, TILE) * Math.ceilDiv(shorter, TILE);
      return TILES_BASE + tiles * TOKENS_PER_TILE;
    }
  },

  /**
   * Anthropic's: width times height over 750, after the longer side has been scaled down to 1568,
   * and no more than 1600. Source: Anthropic's guide to vision; models that see finer take more,
   * see {@code image_tokens_percent}.
   */
  ANTHROPIC_AREA {
    @Override
    long tokens(long width, long height, boolean isLowDetail) {
      if (width < 1 || height < 1) {
        return UNKNOWN;
      }
      long longer = Math.max(width, height);
      long shorter = Math.min(width, height);
      if (longer > AREA_LONGER_MAX) {
        shorter = scaled(shorter, AREA_LONGER_MAX, longer);
        longer = AREA_LONGER_MAX;
      }
      return Math.min(Math.ceilDiv(longer * shorter, PIXELS_PER_TOKEN), AREA_TOKENS_MAX);
    }
  };

  /** The fixed count of the settings has to do. */
  static final long UNKNOWN = -1;

  private static final long TILES_BASE = 85;
  private static final long TOKENS_PER_TILE = 170;
  private static final long TILE = 512;
  private static final long TILES_LONGER_MAX = 2048;
  private static final long TILES_SHORTER_MAX = 768;
  private static final long AREA_LONGER_MAX = 1568;
  private static final long PIXELS_PER_TOKEN = 750;
  private static final long AREA_TOKENS_MAX = 1600;

  /**
   * @param width in pixels, at most 2^32; 0 where the size is not known
   * @param height likewise
   * @return {@link #UNKNOWN} where it cannot be said
   */
  abstract long tokens(long width, long height, boolean isLowDetail);

  /** Rounded up, so that it touches no fewer tiles than with any other rounding. */
  private static long scaled(long side, long to, long from) {
    return Math.ceilDiv(side * to, from);
  }
}
