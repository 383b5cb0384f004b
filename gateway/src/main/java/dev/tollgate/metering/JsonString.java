package dev.tollgate.metering;

import java.nio.charset.StandardCharsets;

/**
 * A string on its way through a scanner: its escapes are decoded, and its bytes are told to the
 * listener, kept up to a bound, or passed over. Not for use by two threads.
 */
final class JsonString {
  /** What becomes of the bytes. */
  enum Sink {
    NONE,
    TEXT,
    CAPTURE
  }

  private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

  private final JsonListener listener;
  private final byte[] captured;
  private int capturedBytes;
  private boolean isCut;
  private Sink sink = Sink.NONE;
  private int id;
  private int hexDigits;
  private int codeUnit;
  private char highSurrogate;
  private final byte[] decoded = new byte[4];

  JsonString(JsonListener listener, int bytesMax) {
    this.listener = listener;
    this.captured = new byte[bytesMax];
  }

  /**
   * @param id what the listener is told with {@code TEXT}
   */
  void begin(Sink sink, int id) {
    this.sink = sink;
    this.id = id;
    capturedBytes = 0;
    isCut = false;
    highSurrogate = 0;
  }

  Sink sink() {
    return sink;
  }

  byte[] captured() {
    return captured;
  }

  int capturedBytes() {
    return capturedBytes;
  }

  /** Whether there was more than fits. */
  boolean isCut() {
    return isCut;
  }

  String value() {
    return new String(captured, 0, capturedBytes, StandardCharsets.UTF_8);
  }

  /** Bytes without escapes. */
  void add(byte[] bytes, int from, int to) {
    if (sink != Sink.NONE && from < to) {
      replaceLoneSurrogate();
      emit(bytes, from, to);
    }
  }

  /** The closing quote. */
  void end() {
    replaceLoneSurrogate();
  }

  /** A character after a backslash, other than {@code u}; false when there is no such escape. */
  boolean addEscaped(byte escaped) {
    int character =
        switch (escaped) {
          case '"', '\\', '/' -> escaped;
          case 'n' -> '\n';
          case 't' -> '\t';
          case 'r' -> '\r';
          case 'b' -> '\b';
          case 'f' -> '\f';
          default -> -1;
        };
    if (character >= 0) {
      replaceLoneSurrogate();
      decoded[0] = (byte) character;
      emit(decoded, 0, 1);
    }
    return character >= 0;
  }

  void beginCodeUnit() {
    hexDigits = 0;
    codeUnit = 0;
  }

  /** Whether four of these digits have come. */
  boolean isCodeUnitWhole() {
    return hexDigits == 4;
  }

  /** A digit after {@code \}{@code u}; false when it is none. */
  boolean addHexDigit(byte digit) {
    int value = Character.digit(digit, 16);
    codeUnit = (codeUnit << 4) | value;
    if (++hexDigits == 4 && value >= 0) {
      addCodeUnit((char) codeUnit);
    }
    return value >= 0;
  }

  private void addCodeUnit(char unit) {
    if (highSurrogate != 0 && Character.isLowSurrogate(unit)) {
      int codePoint = Character.toCodePoint(highSurrogate, unit);
      highSurrogate = 0;
      emitCodePoint(codePoint);
      return;
    }
    replaceLoneSurrogate();
    if (Character.isHighSurrogate(unit)) {
      highSurrogate = unit;
    } else if (Character.isLowSurrogate(unit)) {
      emit(REPLACEMENT, 0, REPLACEMENT.length);
    } else {
      emitCodePoint(unit);
    }
  }

  private void replaceLoneSurrogate() {
    if (highSurrogate != 0) {
      highSurrogate = 0;
      emit(REPLACEMENT, 0, REPLACEMENT.length);
    }
  }

  private void emitCodePoint(int codePoint) {
    int length;
    if (codePoint < 0x80) {
      decoded[0] = (byte) codePoint;
      length = 1;
    } else if (codePoint < 0x800) {
      decoded[0] = (byte) (0xC0 | (codePoint >> 6));
      length = 2;
    } else if (codePoint < 0x10000) {
      decoded[0] = (byte) (0xE0 | (codePoint >> 12));
      decoded[1] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
      length = 3;
    } else {
      decoded[0] = (byte) (0xF0 | (codePoint >> 18));
      decoded[1] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
      decoded[2] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
      length = 4;
    }
    if (length > 1) {
      decoded[length - 1] = (byte) (0x80 | (codePoint & 0x3F));
    }
    emit(decoded, 0, length);
  }

  private void emit(byte[] bytes, int from, int to) {
    if (sink == Sink.TEXT) {
      listener.text(id, bytes, from, to);
    } else if (sink == Sink.CAPTURE) {
      int room = Math.min(to - from, captured.length - capturedBytes);
      System.arraycopy(bytes, from, captured, capturedBytes, room);
      capturedBytes += room;
      isCut |= room < to - from;
    }
  }
}
