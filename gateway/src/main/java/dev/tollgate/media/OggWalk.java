package dev.tollgate.media;

/**
 * Ogg with Opus, Vorbis or Speex in it: each page says how many samples there are at its end. One
 * stream is followed; where another begins after it, as in files that were joined, they add up.
 */
final class OggWalk extends AudioWalk {
  private static final int PAGE_HEAD_BYTES = 27;
  private static final int SEGMENTS_AT = 26;
  private static final int STREAM_HEAD_BYTES = 40;
  private static final int FIRST_PAGE = 0x02;
  private static final long OPUS_SAMPLES_PER_SECOND = 48_000;

  /** No packet ends on such a page. */
  private static final long NO_SAMPLES = -1;

  /** More than sound takes that is packed with losses. */
  private static final long BYTES_PER_SECOND_MAX = 600_000 / 8;

  private enum Next {
    PAGE,
    SEGMENTS,
    STREAM
  }

  private Next next = Next.PAGE;
  private boolean isFirstPage;
  private long pageSerial;
  private long pageSamples;
  private int segments;
  private int bodyBytes;

  private long serial;
  private long samplesBefore;
  private long samples;
  private long samplesPerSecond;
  private long nanosOfOthers;

  OggWalk() {
    look(PAGE_HEAD_BYTES);
  }

  @Override
  void step(byte[] bytes) {
    switch (next) {
      case PAGE -> page(bytes);
      case SEGMENTS -> segments(bytes);
      case STREAM -> {
        stream(bytes);
        toNextPage(bodyBytes - STREAM_HEAD_BYTES);
      }
    }
  }

  private void page(byte[] bytes) {
    if (!is("OggS", bytes, 0)) {
      slip();
      return;
    }
    isFirstPage = (bytes[5] & FIRST_PAGE) != 0;
    pageSamples = littleEndian(bytes, 6, 7) | (long) bytes[13] << 56;
    pageSerial = littleEndian(bytes, 14, 4);
    segments = unsigned(bytes[SEGMENTS_AT]);
    if (segments > 0) {
      next = Next.SEGMENTS;
      look(segments);
    }
  }

  private void segments(byte[] bytes) {
    bodyBytes = 0;
    for (int i = 0; i < segments; i++) {
      bodyBytes += unsigned(bytes[i]);
    }
    if (isFirstPage && bodyBytes > 0) {
      next = Next.STREAM;
      look(Math.min(bodyBytes, STREAM_HEAD_BYTES));
      return;
    }
    if (pageSerial == serial && pageSamples != NO_SAMPLES) {
      samples = Math.max(samples, pageSamples);
    }
    toNextPage(bodyBytes);
  }

  private void toNextPage(int bytes) {
    next = Next.PAGE;
    look(PAGE_HEAD_BYTES);
    skip(Math.max(0, bytes));
  }

  private void stream(byte[] bytes) {
    if (bodyBytes >= 16 && is("OpusHead", bytes, 0)) {
      begin(OPUS_SAMPLES_PER_SECOND, littleEndian(bytes, 10, 2));
    } else if (bodyBytes >= 16 && is("\u0001vorbis", bytes, 0)) {
      begin(littleEndian(bytes, 12, 4), 0);
    } else if (bodyBytes >= STREAM_HEAD_BYTES && is("Speex   ", bytes, 0)) {
      begin(littleEndian(bytes, 36, 4), 0);
    }
  }

  /**
   * @param silentSamples at its beginning, which are not played
   */
  private void begin(long perSecond, long silentSamples) {
    nanosOfOthers += Math.max(0, nanosOfThis());
    samples = 0;
    samplesBefore = silentSamples;
    samplesPerSecond = perSecond;
    serial = pageSerial;
  }

  private long nanosOfThis() {
    return nanos(samples - samplesBefore, samplesPerSecond);
  }

  @Override
  long nanos(long bytes) {
    long nanos = nanosOfThis();
    return nanos == AudioLength.UNKNOWN && nanosOfOthers == 0
        ? AudioLength.UNKNOWN
        : claimed(nanosOfOthers + Math.max(0, nanos), bytes, BYTES_PER_SECOND_MAX);
  }
}
