package dev.tollgate.metering;

/**
 * Splits a stream into server-sent events from any cut of its bytes, holding no line: lines end in
 * LF, CR or CRLF, the space after the colon may be missing, unknown fields and comments are passed
 * over. Not for use by two threads.
 */
final class SseSplitter {
  private static final int LINE_START = 0;
  private static final int NAME = 1;
  private static final int AFTER_COLON = 2;
  private static final int DATA = 3;
  private static final int EVENT_NAME = 4;
  private static final int IGNORED = 5;

  private static final byte[] NEWLINE = {'\n'};
  private static final String DATA_FIELD = "data";
  private static final String EVENT_FIELD = "event";
  private static final String ERROR_EVENT = "error";

  private final SseListener listener;

  private int state = LINE_START;
  private int fieldState;
  private boolean isAfterCr;
  private boolean isInEvent;
  private long eventFrom;
  private boolean hasData;
  private boolean isNamedError;

  /** Of a field's name or of an event's: enough to tell those that matter. */
  private final byte[] word = new byte[6];

  private int wordBytes;
  private long shift;
  private long position;

  SseSplitter(SseListener listener) {
    this.listener = listener;
  }

  /** Where the event under way began; the stream's present end if none is. */
  long openFrom() {
    return isInEvent ? eventFrom : position;
  }

  /** How much of the stream has been read. */
  long position() {
    return position;
  }

  void scan(byte[] bytes, int from, int to) {
    shift = position - from;
    int at = from;
    while (at < to) {
      at =
          switch (state) {
            case LINE_START -> lineStart(bytes, at, to);
            case NAME -> name(bytes, at, to);
            case AFTER_COLON -> afterColon(bytes, at);
            case DATA -> data(bytes, at, to);
            case EVENT_NAME -> eventName(bytes, at, to);
            default -> ignored(bytes, at, to);
          };
    }
    position = shift + to;
  }

  /** The stream has ended: an event that lacks its blank line counts all the same. */
  void end() {
    if (state == EVENT_NAME) {
      isNamedError = wordIs(ERROR_EVENT);
    }
    state = LINE_START;
    if (isInEvent) {
      closeEvent(position);
    }
  }

  private int lineStart(byte[] bytes, int at, int to) {
    byte first = bytes[at];
    boolean isLateLineFeed = isAfterCr && first == '\n';
    isAfterCr = first == '\r';
    if (isLateLineFeed) {
      if (!isInEvent) {
        listener.lateLineFeed(shift + at + 1);
      }
      return at + 1;
    }
    if (first == '\n' || first == '\r') {
      return blankLine(at);
    }
    if (first == ':') {
      state = IGNORED;
      return at + 1;
    }
    if (isByteOrderMark(first, at)) {
      return at + 1;
    }
    if (!isInEvent) {
      isInEvent = true;
      eventFrom = shift + at;
      hasData = false;
      isNamedError = false;
    }
    wordBytes = 0;
    state = NAME;
    return name(bytes, at, to);
  }

  private int blankLine(int at) {
    if (isInEvent) {
      closeEvent(shift + at + 1);
    } else {
      listener.between(shift + at + 1);
    }
    return at + 1;
  }

  private void closeEvent(long to) {
    isInEvent = false;
    listener.event(eventFrom, to, isNamedError);
  }

  /** A mark is only one at the stream's very start, where its bytes can begin nothing else. */
  private boolean isByteOrderMark(byte first, int at) {
    return shift + at < 3
        && !isInEvent
        && (first == (byte) 0xEF || first == (byte) 0xBB || first == (byte) 0xBF);
  }

  private int name(byte[] bytes, int from, int to) {
    int at = from;
    for (; at < to; at++) {
      byte next = bytes[at];
      if (next == ':' || next == '\n' || next == '\r') {
        fieldState = wordIs(DATA_FIELD) ? DATA : wordIs(EVENT_FIELD) ? EVENT_NAME : IGNORED;
        if (next == ':') {
          state = AFTER_COLON;
          return at + 1;
        }
        beginValue();
        return endLine(next, at);
      }
      keep(next);
    }
    return at;
  }

  private void keep(byte next) {
    if (wordBytes < word.length) {
      word[wordBytes++] = next;
    }
  }

  private boolean wordIs(String expected) {
    if (wordBytes != expected.length()) {
      return false;
    }
    for (int i = 0; i < wordBytes; i++) {
      if (word[i] != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int afterColon(byte[] bytes, int at) {
    beginValue();
    return bytes[at] == ' ' ? at + 1 : at;
  }

  private void beginValue() {
    state = fieldState;
    if (state == DATA) {
      if (hasData) {
        listener.data(NEWLINE, 0, 1, position);
      }
      hasData = true;
    }
    wordBytes = 0;
  }

  private int data(byte[] bytes, int from, int to) {
    int end = ByteSearch.lineEnd(bytes, from, to);
    if (end > from) {
      listener.data(bytes, from, end, shift + from);
    }
    return end == to ? to : endLine(bytes[end], end);
  }

  private int eventName(byte[] bytes, int from, int to) {
    int end = ByteSearch.lineEnd(bytes, from, to);
    for (int at = from; at < end && wordBytes < word.length; at++) {
      keep(bytes[at]);
    }
    return end == to ? to : endLine(bytes[end], end);
  }

  private int ignored(byte[] bytes, int from, int to) {
    int end = ByteSearch.lineEnd(bytes, from, to);
    return end == to ? to : endLine(bytes[end], end);
  }

  private int endLine(byte ending, int at) {
    if (state == EVENT_NAME) {
      isNamedError = wordIs(ERROR_EVENT);
    }
    state = LINE_START;
    isAfterCr = ending == '\r';
    if (!isInEvent) {
      listener.between(shift + at + 1);
    }
    return at + 1;
  }
}
