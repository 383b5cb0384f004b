package dev.tollgate.media;

/** AAC in frames of its own (ADTS, ISO 14496-3): each says how long it is and how fast. */
final class AdtsWalk extends AudioWalk {
  private static final int HEAD_BYTES = 7;
  private static final int BLOCK_SAMPLES = 1024;
  private static final int[] SAMPLES_PER_SECOND = {
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350
  };

  private long nanos;

  AdtsWalk() {
    look(HEAD_BYTES);
  }

  /** As MPEG audio's, but of layer 0, which that does not have. */
  static boolean isHeader(byte[] bytes, int from) {
    return unsigned(bytes[from]) == 0xFF
        && (bytes[from + 1] & 0xF6) == 0xF0
        && rateOf(bytes, from) < SAMPLES_PER_SECOND.length
        && lengthOf(bytes, from) > HEAD_BYTES;
  }

  private static int rateOf(byte[] bytes, int from) {
    return bytes[from + 2] >>> 2 & 0xF;
  }

  private static int lengthOf(byte[] bytes, int from) {
    return (bytes[from + 3] & 0x3) << 11
        | unsigned(bytes[from + 4]) << 3
        | unsigned(bytes[from + 5]) >>> 5;
  }

  @Override
  void step(byte[] bytes) {
    if (!isHeader(bytes, 0)) {
      slip();
      return;
    }
    int blocks = (bytes[6] & 0x3) + 1;
    nanos += nanos((long) blocks * BLOCK_SAMPLES, SAMPLES_PER_SECOND[rateOf(bytes, 0)]);
    skip(lengthOf(bytes, 0) - HEAD_BYTES);
  }

  @Override
  long nanos(long bytes) {
    return nanos == 0 ? AudioLength.UNKNOWN : nanos;
  }
}
