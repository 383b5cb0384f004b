package dev.tollgate.metering;

/**
 * What a provider reports, as it counts it: figures may contain each other, see {@link Surface}.
 */
public enum Figure {
  INPUT,
  OUTPUT,
  /** What had been produced at some early moment; says nothing of the whole. */
  OUTPUT_SO_FAR,
  REASONING,
  CACHE_READ,
  /** All that was written to the cache, however long it stays there. */
  CACHE_WRITE,
  CACHE_WRITE_5M,
  CACHE_WRITE_1H,
  AUDIO_INPUT,
  AUDIO_OUTPUT,
  IMAGE_INPUT,
  /** Of what was read from the cache, how much was audio. */
  CACHED_AUDIO,
  CACHED_IMAGE,
  IMAGE_OUTPUT,
  /** What the provider's own tools have put into the prompt. */
  TOOL_INPUT,
  WEB_SEARCHES,
  IMAGES,
  SECONDS,
  CHARACTERS,
  SEARCH_UNITS;

  static final int COUNT = values().length;

  @SuppressWarnings("EnumOrdinal") // the one place that turns a figure into an index
  int index() {
    return ordinal();
  }
}
