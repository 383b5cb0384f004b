package dev.tollgate.media;

/**
 * WAV: the format says how many bytes a second takes, and all that follows the head of the data is
 * sound, whatever size the head claims: a file that is still being recorded claims none.
 */
final class WavWalk extends AudioWalk {
  private static final int RIFF_HEAD_BYTES = 12;
  private static final int CHUNK_HEAD_BYTES = 8;
  private static final int FORMAT_BYTES = 16;
  private static final int CHANNELS_MAX = 64;
  private static final int SAMPLE_BITS_MAX = 64;

  private enum Next {
    FILE,
    CHUNK,
    FORMAT
  }

  private Next next = Next.FILE;
  private long chunkBytes;
  private long bytesPerSecond;
  private long passedBytes;
  private long dataFrom = AudioLength.UNKNOWN;

  WavWalk() {
    look(RIFF_HEAD_BYTES);
  }

  @Override
  void step(byte[] bytes) {
    switch (next) {
      case FILE -> {
        passedBytes = RIFF_HEAD_BYTES;
        next = Next.CHUNK;
        look(CHUNK_HEAD_BYTES);
      }
      case CHUNK -> chunk(bytes);
      case FORMAT -> {
        format(bytes);
        passedBytes += chunkBytes;
        next = Next.CHUNK;
        look(CHUNK_HEAD_BYTES);
        skip(chunkBytes - FORMAT_BYTES);
      }
    }
  }

  private void chunk(byte[] bytes) {
    long size = littleEndian(bytes, 4, 4);
    chunkBytes = size + (size & 1); // chunks begin at even places
    passedBytes += CHUNK_HEAD_BYTES;
    if (is("data", bytes, 0)) {
      dataFrom = passedBytes;
      stop();
    } else if (is("fmt ", bytes, 0) && chunkBytes >= FORMAT_BYTES) {
      next = Next.FORMAT;
      look(FORMAT_BYTES);
    } else {
      passedBytes += chunkBytes;
      skip(chunkBytes);
    }
  }

  /** Its own figures of bytes a second are not asked: decoders do not mind them either. */
  private void format(byte[] bytes) {
    int coding = (int) littleEndian(bytes, 0, 2);
    long channels = littleEndian(bytes, 2, 2);
    long samplesPerSecond = littleEndian(bytes, 4, 4);
    long sampleBits = littleEndian(bytes, 14, 2);
    boolean isUnpacked =
        switch (coding) {
          case 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE -> true; // PCM, floats, A-law, µ-law, any
          default -> false;
        };
    if (isUnpacked && channels <= CHANNELS_MAX && sampleBits <= SAMPLE_BITS_MAX) {
      bytesPerSecond = samplesPerSecond * channels * Math.ceilDiv(sampleBits, 8);
    }
  }

  @Override
  long nanos(long bytes) {
    return dataFrom == AudioLength.UNKNOWN
        ? AudioLength.UNKNOWN
        : nanos(bytes - dataFrom, bytesPerSecond);
  }
}
