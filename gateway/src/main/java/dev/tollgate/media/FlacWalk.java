package dev.tollgate.media;

/**
 * FLAC: its first block says how many samples there are and how many a second has. Packed samples
 * take hardly more room than unpacked ones; a head that claims otherwise is not believed.
 */
final class FlacWalk extends AudioWalk {
  /** The mark, a block's head, and what the first block says. */
  private static final int HEAD_BYTES = 4 + 4 + 34;

  /** Of pictures and words beside the sound. */
  private static final long OTHER_BYTES_MAX = 1 << 20;

  private long samples;
  private long samplesPerSecond;
  private long sampleBytes;

  FlacWalk() {
    look(HEAD_BYTES);
  }

  @Override
  void step(byte[] bytes) {
    stop();
    if ((bytes[4] & 0x7F) == 0) {
      // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples
      long packed = bigEndian(bytes, 18, 4);
      samplesPerSecond = packed >>> 12;
      long channels = (packed >>> 9 & 0x7) + 1;
      sampleBytes = channels * Math.ceilDiv((packed >>> 4 & 0x1F) + 1, 8L);
      samples = (packed & 0xF) << 32 | bigEndian(bytes, 22, 4);
    }
  }

  @Override
  long nanos(long bytes) {
    long unpackedBytes = samples * sampleBytes;
    boolean isTooShort = bytes - OTHER_BYTES_MAX > unpackedBytes + unpackedBytes / 4;
    return isTooShort ? AudioLength.UNKNOWN : nanos(samples, samplesPerSecond);
  }
}
