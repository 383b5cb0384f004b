package dev.tollgate.media;

/**
 * MP3, and the other layers of MPEG audio: every frame is counted, whatever its bit rate. What lies
 * between frames (tags at the end, damage) is passed over byte by byte.
 */
final class MpegWalk extends AudioWalk {
  private static final int TAG_HEAD_BYTES = 10;
  private static final int TAG_HAS_FOOTER = 0x10;

  private boolean isAtStart = true;
  private long nanos;

  MpegWalk() {
    look(TAG_HEAD_BYTES);
  }

  @Override
  void step(byte[] bytes) {
    if (isAtStart) {
      start(bytes);
      return;
    }
    MpegFrame frame = MpegFrame.at(bytes, 0);
    if (frame == null) {
      slip();
    } else {
      nanos += nanos(frame.samples(), frame.samplesPerSecond());
      skip(frame.bytes() - MpegFrame.HEAD_BYTES);
    }
  }

  private void start(byte[] bytes) {
    isAtStart = false;
    look(MpegFrame.HEAD_BYTES);
    if (is("ID3", bytes, 0)) {
      int footer = (bytes[5] & TAG_HAS_FOOTER) == 0 ? 0 : TAG_HEAD_BYTES;
      skip(sevenBits(bytes, 6) + footer);
      return;
    }
    MpegFrame frame = MpegFrame.at(bytes, 0);
    if (frame != null) {
      nanos = nanos(frame.samples(), frame.samplesPerSecond());
      skip(Math.max(0, frame.bytes() - TAG_HEAD_BYTES));
    }
  }

  /** A number of four bytes with seven bits in each, so that none looks like a frame. */
  private static long sevenBits(byte[] bytes, int from) {
    long value = 0;
    for (int i = 0; i < 4; i++) {
      value = value << 7 | (bytes[from + i] & 0x7F);
    }
    return value;
  }

  @Override
  long nanos(long bytes) {
    return nanos == 0 ? AudioLength.UNKNOWN : nanos;
  }
}
