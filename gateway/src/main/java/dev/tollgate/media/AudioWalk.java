package dev.tollgate.media;

/**
 * Walks over the structure of an audio file as its bytes pass: looks at a few of them, steps over
 * the others. Each step says what comes next, by {@link #look} or {@link #skip}. Keeps no more than
 * {@link #LOOK_BYTES_MAX} bytes. Not for use by two threads.
 */
abstract class AudioWalk {
  static final int LOOK_BYTES_MAX = 512;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final byte[] looked = new byte[LOOK_BYTES_MAX];
  private int lookedBytes;
  private int wantedBytes;
  private long skippedBytes;
  private boolean isLost;

  /** Reads on. */
  final void read(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && !isLost) {
      if (skippedBytes > 0) {
        int skipped = (int) Math.min(skippedBytes, to - at);
        skippedBytes -= skipped;
        at += skipped;
      } else {
        int taken = Math.min(wantedBytes - lookedBytes, to - at);
        System.arraycopy(bytes, at, looked, lookedBytes, taken);
        lookedBytes += taken;
        at += taken;
        if (lookedBytes == wantedBytes) {
          lookedBytes = 0;
          step(looked);
        }
      }
    }
  }

  /** The bytes that were to be looked at, from index 0 on. */
  abstract void step(byte[] bytes);

  /**
   * How long the audio is, in nanoseconds, as far as it has passed.
   *
   * @param bytes how many have passed, those before this walk included
   * @return {@link AudioLength#UNKNOWN} where the file does not say, or nothing that can be right
   */
  abstract long nanos(long bytes);

  /** The next step gets so many bytes. */
  final void look(int bytes) {
    wantedBytes = bytes;
  }

  /** So many bytes are stepped over before the next look. */
  final void skip(long bytes) {
    skippedBytes = bytes;
  }

  /** The last bytes that were looked at are looked at again, but for the first one. */
  final void slip() {
    System.arraycopy(looked, 1, looked, 0, wantedBytes - 1);
    lookedBytes = wantedBytes - 1;
  }

  /** There is nothing more to be learnt. */
  final void stop() {
    isLost = true;
  }

  /**
   * The time that so many samples take; {@link AudioLength#UNKNOWN} where there are none, or more
   * than a century of them.
   */
  static long nanos(long samples, long perSecond) {
    if (samples <= 0 || perSecond <= 0 || samples / perSecond > Integer.MAX_VALUE) {
      return AudioLength.UNKNOWN;
    }
    long seconds = samples / perSecond;
    return seconds * NANOS_PER_SECOND
        + Math.ceilDiv((samples % perSecond) * NANOS_PER_SECOND, perSecond);
  }

  /** A time that the file only claims: unknown where so many bytes cannot be so short. */
  static long claimed(long nanos, long bytes, long bytesPerSecondMax) {
    long nanosMin = Math.ceilDiv(bytes, bytesPerSecondMax) * NANOS_PER_SECOND;
    return nanos + NANOS_PER_SECOND < nanosMin ? AudioLength.UNKNOWN : nanos;
  }

  static int unsigned(byte value) {
    return value & 0xFF;
  }

  /** An unsigned number of up to 7 bytes, the most significant first. */
  static long bigEndian(byte[] bytes, int from, int length) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | unsigned(bytes[from + i]);
    }
    return value;
  }

  /** An unsigned number of up to 7 bytes, the least significant first. */
  static long littleEndian(byte[] bytes, int from, int length) {
    long value = 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | unsigned(bytes[from + i]);
    }
    return value;
  }

  static boolean is(String ascii, byte[] bytes, int from) {
    for (int i = 0; i < ascii.length(); i++) {
      if (bytes[from + i] != (byte) ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
