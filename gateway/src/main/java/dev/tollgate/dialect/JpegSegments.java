package dev.tollgate.dialect;

/**
 * Walks the segments of a JPEG, from behind its first two bytes to the one that has the size. What
 * a camera puts before it, thumbnails included, is passed over by its length. Not for use by two
 * threads.
 */
final class JpegSegments {
  private enum State {
    MARKER_BEGINS,
    MARKER,
    LENGTH,
    SIZE,
    BODY,
    SETTLED
  }

  private State state = State.MARKER_BEGINS;
  private int marker;
  private long value;
  private int bytesOfValue;
  private long bodyLeft;
  private long width;
  private long height;

  void begin() {
    state = State.MARKER_BEGINS;
    width = 0;
    height = 0;
  }

  boolean isSettled() {
    return state == State.SETTLED;
  }

  /** 0 when it has not been found. */
  long width() {
    return width;
  }

  long height() {
    return height;
  }

  long skippable() {
    return state == State.BODY ? bodyLeft : 0;
  }

  void skip(long count) {
    bodyLeft -= count;
    if (bodyLeft == 0) {
      state = State.MARKER_BEGINS;
    }
  }

  void add(int next) {
    switch (state) {
      case MARKER_BEGINS -> state = next == 0xFF ? State.MARKER : State.SETTLED;
      case MARKER -> markerIs(next);
      case LENGTH -> {
        if (isWhole(next, 2)) {
          lengthIs(value - 2);
        }
      }
      case SIZE -> {
        // a byte of precision, then height and width in two bytes each
        if (isWhole(next, 5)) {
          height = value >> 16 & 0xFFFF;
          width = value & 0xFFFF;
          state = State.SETTLED;
        }
      }
      case BODY -> skip(1);
      case SETTLED -> {}
    }
  }

  private void markerIs(int next) {
    if (next == 0xFF) {
      return; // padding
    }
    marker = next;
    boolean standsAlone = next == 0x01 || (next >= 0xD0 && next <= 0xD8);
    boolean isImageOver = next == 0xD9 || next == 0xDA;
    if (standsAlone) {
      state = State.MARKER_BEGINS;
    } else if (isImageOver || next == 0) {
      state = State.SETTLED;
    } else {
      expect(State.LENGTH);
    }
  }

  private void lengthIs(long bytes) {
    // start of frame, but for the three of its numbers that mean something else
    boolean isFrame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (bytes < 0) {
      state = State.SETTLED;
    } else if (isFrame) {
      expect(State.SIZE);
    } else {
      bodyLeft = bytes;
      state = bytes == 0 ? State.MARKER_BEGINS : State.BODY;
    }
  }

  private void expect(State next) {
    state = next;
    value = 0;
    bytesOfValue = 0;
  }

  private boolean isWhole(int next, int bytes) {
    value = value << 8 | next;
    bytesOfValue++;
    return bytesOfValue == bytes;
  }
}
