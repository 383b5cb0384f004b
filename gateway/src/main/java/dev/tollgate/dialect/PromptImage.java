package dev.tollgate.dialect;

import java.util.Arrays;

/**
 * An image of a prompt while it is read: base64, or a URL that may hold such. Of its data only the
 * head is decoded, until its size is known; the rest is passed over. Not for use by two threads.
 */
final class PromptImage {
  /** What stands before the comma of a data URL. */
  private static final int LABEL_BYTES_MAX = 128;

  private static final byte[] SCHEME = {'d', 'a', 't', 'a', ':'};
  private static final byte[] BASE64 = {';', 'b', 'a', 's', 'e', '6', '4'};
  private static final byte[] SIX_BITS = sixBits();
  private static final byte NO_DIGIT = -1;
  private static final byte SPACE = -2;

  private enum State {
    LABEL,
    DATA,
    OVER
  }

  private final ImageHead head = new ImageHead();
  private final byte[] label = new byte[LABEL_BYTES_MAX];
  private int labelBytes;
  private State state = State.OVER;
  private int bits;
  private int bitCount;
  private boolean isLowDetail;
  private boolean isThere;

  /** Nothing of it has come. */
  void begin() {
    state = State.OVER;
    head.begin();
    isLowDetail = false;
    isThere = false;
  }

  /** A URL begins. */
  void beginUrl() {
    begin(State.LABEL);
  }

  /** Base64 begins. */
  void beginData() {
    begin(State.DATA);
  }

  /** It is one, whether or not its data are in the request. */
  void beginAny() {
    begin(State.OVER);
  }

  boolean isThere() {
    return isThere;
  }

  private void begin(State first) {
    isThere = true;
    state = first;
    head.begin();
    labelBytes = 0;
    bits = 0;
    bitCount = 0;
  }

  void detail(String detail) {
    isLowDetail = detail.equals("low");
  }

  /** A piece of the URL or of the base64. */
  void add(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && state == State.LABEL) {
      label(bytes[at++]);
    }
    while (at < to && state == State.DATA) {
      at = data(bytes, at, to);
    }
  }

  /** {@link ImageRule#UNKNOWN} where the rule or the size is not known. */
  long tokens(ImageRule rule) {
    head.end();
    return rule.tokens(head.width(), head.height(), isLowDetail);
  }

  private void label(byte next) {
    if (next == ',') {
      state = isLabelOfBase64() ? State.DATA : State.OVER;
    } else if (labelBytes == LABEL_BYTES_MAX
        || (labelBytes < SCHEME.length && next != SCHEME[labelBytes])) {
      state = State.OVER;
    } else {
      label[labelBytes++] = next;
    }
  }

  private boolean isLabelOfBase64() {
    int from = labelBytes - BASE64.length;
    return from >= 0 && Arrays.equals(label, from, labelBytes, BASE64, 0, BASE64.length);
  }

  /** Reads one digit, or passes over many. */
  private int data(byte[] bytes, int at, int to) {
    long groups = bitCount == 0 ? Math.min(head.skippable() / 3, (to - at) / 4) : 0;
    if (groups > 0) {
      head.skip(3 * groups);
      return at + 4 * (int) groups;
    }
    byte digit = SIX_BITS[bytes[at] & 0xff];
    if (digit >= 0) {
      bits = bits << 6 | digit;
      bitCount += 6;
      if (bitCount >= 8) {
        bitCount -= 8;
        head.add((byte) (bits >> bitCount));
      }
    }
    if (digit == NO_DIGIT || head.isSettled()) {
      state = State.OVER;
    }
    return at + 1;
  }

  /** Both alphabets; line ends and spaces mean nothing. */
  private static byte[] sixBits() {
    byte[] values = new byte[256];
    Arrays.fill(values, NO_DIGIT);
    String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (int i = 0; i < digits.length(); i++) {
      values[digits.charAt(i)] = (byte) i;
    }
    values['+'] = 62;
    values['-'] = 62;
    values['/'] = 63;
    values['_'] = 63;
    for (char space : " \t\r\n".toCharArray()) {
      values[space] = SPACE;
    }
    return values;
  }
}
