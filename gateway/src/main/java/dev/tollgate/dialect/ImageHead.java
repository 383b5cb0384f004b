package dev.tollgate.dialect;

/**
 * Finds the size of an image in its first bytes: PNG, JPEG, GIF or WebP, told by how they begin,
 * whatever the request calls them. Fed byte by byte; keeps thirty of them. Not for use by two
 * threads.
 */
final class ImageHead {
  /** The farthest any fixed place of a size ends: WebP's. */
  private static final int FIRST_BYTES = 30;

  /** Beyond so many bytes looked at, those passed over left out, no size is expected any more. */
  private static final int BYTES_MAX = 64 * 1024;

  private final byte[] first = new byte[FIRST_BYTES];
  private final JpegSegments jpeg = new JpegSegments();
  private int bytes;
  private boolean isJpeg;
  private boolean isSettled;
  private long width;
  private long height;

  void begin() {
    bytes = 0;
    isJpeg = false;
    isSettled = false;
    width = 0;
    height = 0;
  }

  /** Whether more bytes would change nothing. */
  boolean isSettled() {
    return isSettled;
  }

  /** How many of the bytes that come next need not be shown: {@link #skip} them. */
  long skippable() {
    return isJpeg ? jpeg.skippable() : 0;
  }

  /**
   * @param count at most {@link #skippable()}
   */
  void skip(long count) {
    jpeg.skip(count);
  }

  void add(byte next) {
    if (isSettled) {
      return;
    }
    if (isJpeg) {
      jpeg.add(next & 0xff);
      settle(jpeg.isSettled(), jpeg.width(), jpeg.height());
    } else {
      first[bytes] = next;
    }
    bytes++;
    if (bytes == 2 && at(0) == 0xFF && at(1) == 0xD8) {
      isJpeg = true;
      jpeg.begin();
    }
    if (isJpeg ? bytes >= BYTES_MAX : bytes == FIRST_BYTES) {
      end();
    }
  }

  /** No more bytes will come. */
  void end() {
    if (isSettled || isJpeg) {
      isSettled = true;
    } else if (bytes >= 24 && is("PNG\r\n", 1) && is("IHDR", 12)) {
      settle(true, big(16), big(20));
    } else if (bytes >= 10 && is("GIF8", 0)) {
      settle(true, little(6, 2), little(8, 2));
    } else if (bytes == FIRST_BYTES && is("RIFF", 0) && is("WEBP", 8)) {
      webp();
    }
    isSettled = true;
  }

  /** In pixels; 0 when it has not been found. */
  long width() {
    return width;
  }

  long height() {
    return height;
  }

  private void settle(boolean isFound, long itsWidth, long itsHeight) {
    if (isFound) {
      width = itsWidth;
      height = itsHeight;
      isSettled = true;
    }
  }

  /** Of its three kinds of first chunk: lossy, lossless, extended. */
  private void webp() {
    if (is("VP8 ", 12) && at(23) == 0x9D && at(24) == 0x01 && at(25) == 0x2A) {
      settle(true, little(26, 2) & 0x3FFF, little(28, 2) & 0x3FFF);
    } else if (is("VP8L", 12) && at(20) == 0x2F) {
      long bits = little(21, 4);
      settle(true, (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1);
    } else if (is("VP8X", 12)) {
      settle(true, little(24, 3) + 1, little(27, 3) + 1);
    }
  }

  private boolean is(String ascii, int from) {
    for (int i = 0; i < ascii.length(); i++) {
      if (first[from + i] != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int at(int index) {
    return first[index] & 0xff;
  }

  private long big(int from) {
    return (long) at(from) << 24 | at(from + 1) << 16 | at(from + 2) << 8 | at(from + 3);
  }

  private long little(int from, int count) {
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      value = value << 8 | at(from + i);
    }
    return value;
  }
}
