package dev.tollgate.metering;

/** Reads numbers from bytes, as strictly as JSON writes them. */
final class JsonNumber {
  /** What {@link #whole} says of a number that is none, or lies beyond a {@code long}. */
  static final long NOT_WHOLE = Long.MIN_VALUE;

  /** So many digits always fit. */
  private static final int DIGITS_MAX = 18;

  private JsonNumber() {}

  /** Whether the range is one number by the grammar of RFC 8259. */
  static boolean isNumber(byte[] bytes, int from, int to) {
    int at = from < to && bytes[from] == '-' ? from + 1 : from;
    int integer = digits(bytes, at, to);
    if (integer == at || (bytes[at] == '0' && integer > at + 1)) {
      return false;
    }
    at = integer;
    if (at < to && bytes[at] == '.') {
      int fraction = digits(bytes, at + 1, to);
      if (fraction == at + 1) {
        return false;
      }
      at = fraction;
    }
    if (at < to && (bytes[at] | 0x20) == 'e') {
      at++;
      at = at < to && (bytes[at] == '+' || bytes[at] == '-') ? at + 1 : at;
      int exponent = digits(bytes, at, to);
      return exponent > at && exponent == to;
    }
    return at == to;
  }

  /**
   * The value of a number without an exponent whose fraction, if any, is all zeros; anything else,
   * and more than 18 digits, is {@link #NOT_WHOLE}.
   */
  static long whole(byte[] bytes, int from, int to) {
    boolean isNegative = bytes[from] == '-';
    int at = isNegative ? from + 1 : from;
    int end = digits(bytes, at, to);
    if (end - at > DIGITS_MAX) {
      return NOT_WHOLE;
    }
    long value = 0;
    for (; at < end; at++) {
      value = value * 10 + (bytes[at] - '0');
    }
    if (at < to && bytes[at] == '.') {
      at++;
      while (at < to && bytes[at] == '0') {
        at++;
      }
    }
    if (at < to) {
      return NOT_WHOLE;
    }
    return isNegative ? -value : value;
  }

  /** As {@link #whole}, but a fraction of a number that is not negative counts as one more. */
  static long roundedUp(byte[] bytes, int from, int to) {
    int point = digits(bytes, from, to);
    boolean hasFraction = point > from && point < to && bytes[point] == '.';
    if (!hasFraction || digits(bytes, point + 1, to) < to) {
      return whole(bytes, from, to);
    }
    long floor = whole(bytes, from, point);
    boolean isFractionZero = whole(bytes, from, to) != NOT_WHOLE;
    return floor == NOT_WHOLE || isFractionZero ? floor : floor + 1;
  }

  private static int digits(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at;
  }
}
