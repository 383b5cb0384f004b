package dev.tollgate.metering;

import java.util.Arrays;

/** Collects delivered text: its beginning as bytes, all of it as a count. */
final class TextSample {
  private static final int FIRST_BYTES = 512;

  private final int bytesMax;
  private byte[] sample = {};
  private int sampled;
  private long bytes;

  TextSample(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  void add(byte[] text, int from, int to) {
    int length = to - from;
    bytes += length;
    int room = Math.min(length, bytesMax - sampled);
    if (room <= 0) {
      return;
    }
    if (sampled + room > sample.length) {
      int doubled = Math.max(FIRST_BYTES, 2 * sample.length);
      sample = Arrays.copyOf(sample, Math.min(bytesMax, Math.max(doubled, sampled + room)));
    }
    System.arraycopy(text, from, sample, sampled, room);
    sampled += room;
  }

  /** Text that is not here. */
  void countMore(long more) {
    bytes += more;
  }

  /** Forgets what came after the first so many bytes. */
  void cutTo(long bytesKept) {
    bytes = bytesKept;
    sampled = (int) Math.min(bytesKept, bytesMax);
  }

  long bytes() {
    return bytes;
  }

  DeliveredText delivered() {
    return bytes == 0
        ? DeliveredText.NOTHING
        : new DeliveredText(Arrays.copyOf(sample, sampled), bytes);
  }
}
