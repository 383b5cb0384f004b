package dev.tollgate.media;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a form (RFC 7578) from any cut of its bytes, and holds no more of them than a part's head
 * or what may be a boundary. Strict: a boundary that is anywhere but at its place, a line that ends
 * in LF alone, anything before the first part or after the last one, and the form is refused, since
 * other readers might find other parts in it. Not for use by two threads.
 */
public final class FormScanner {
  private static final int CRLF_BYTES = 2;

  private enum State {
    /** Before the first boundary. */
    PREAMBLE,
    /** In a part's content. */
    CONTENT,
    /** A boundary has been read; what comes says whether it was the last one. */
    AFTER_BOUNDARY,
    /** In a part's head. */
    HEAD,
    /** After the last boundary. */
    EPILOGUE,
    BROKEN
  }

  private final FormListener listener;
  private final FormBounds bounds;

  /** Two dashes and the boundary. */
  private final byte[] dashed;

  /** After so many bytes of it, how many of its first bytes are its last ones. */
  private final int[] overlaps;

  private final byte[] held;
  private int heldBytes;
  private State state = State.PREAMBLE;
  private @Nullable String fault;
  private long position;
  private int parts;

  /** How many bytes of {@link #dashed} have just been read. */
  private int matched;

  /** Of CR and LF, how many stand before these. */
  private int lineEnd = CRLF_BYTES;

  private final byte[] head;
  private int headBytes;
  private byte afterBoundary;
  private boolean isHalfAfterBoundary;

  public FormScanner(byte[] boundary, FormBounds bounds, FormListener listener) {
    this.listener = listener;
    this.bounds = bounds;
    this.dashed = new byte[boundary.length + 2];
    dashed[0] = '-';
    dashed[1] = '-';
    System.arraycopy(boundary, 0, dashed, 2, boundary.length);
    this.overlaps = overlapsOf(dashed);
    this.held = new byte[CRLF_BYTES + dashed.length];
    this.head = new byte[bounds.headBytesMax()];
  }

  private static int[] overlapsOf(byte[] pattern) {
    int[] overlaps = new int[pattern.length + 1];
    for (int i = 1, matched = 0; i < pattern.length; i++) {
      while (matched > 0 && pattern[i] != pattern[matched]) {
        matched = overlaps[matched];
      }
      matched += pattern[i] == pattern[matched] ? 1 : 0;
      overlaps[i + 1] = matched;
    }
    return overlaps;
  }

  /** Reads on. */
  public void scan(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      at =
          switch (state) {
            case PREAMBLE, CONTENT -> content(bytes, at, to, position + (at - from));
            case AFTER_BOUNDARY -> afterBoundary(bytes[at], at);
            case HEAD -> head(bytes[at], at, position + (at - from));
            case EPILOGUE -> epilogue(bytes[at], at);
            case BROKEN -> to;
          };
    }
    position += to - from;
  }

  /** The body is over: why it is no form; null where it is one. */
  public @Nullable String end() {
    if (state != State.EPILOGUE && fault == null) {
      fault = "The form ends before its closing boundary.";
    }
    return fault;
  }

  // ---- content, up to the next boundary

  private int content(byte[] bytes, int from, int to, long offset) {
    int at = from;
    while (at < to) {
      if (matched == 0 && lineEnd == 0) {
        at = nextCandidate(bytes, at, to);
        if (at == to) {
          break;
        }
      }
      match(bytes[at]);
      at++;
      if (matched == dashed.length) {
        int open = matched + lineEnd;
        emit(bytes, from, at, open);
        boundary(offset + (at - from) - open);
        return at;
      }
    }
    emit(bytes, from, to, matched + lineEnd);
    return to;
  }

  private static int nextCandidate(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] != '\r' && bytes[at] != '-') {
      at++;
    }
    return at;
  }

  private void match(byte next) {
    while (matched > 0 && next != dashed[matched]) {
      matched = overlaps[matched];
      lineEnd = 0;
    }
    if (next == dashed[matched]) {
      lineEnd = lineEnd == CRLF_BYTES ? CRLF_BYTES : 0;
      matched++;
    } else if (next == '\r') {
      lineEnd = 1;
    } else {
      lineEnd = next == '\n' && lineEnd == 1 ? CRLF_BYTES : 0;
    }
  }

  /**
   * Hands on what is no part of a boundary.
   *
   * @param open how many bytes before {@code to} may be one; some may be held already
   */
  private void emit(byte[] bytes, int from, int to, int open) {
    int sure = to - from - open;
    if (heldBytes > 0 && sure > -heldBytes) {
      int ofHeld = Math.min(heldBytes, heldBytes + sure);
      hand(held, 0, ofHeld);
      heldBytes -= ofHeld;
      System.arraycopy(held, ofHeld, held, 0, heldBytes);
    }
    if (sure > 0) {
      hand(bytes, from, from + sure);
    }
    int kept = from + Math.max(0, sure);
    System.arraycopy(bytes, kept, held, heldBytes, to - kept);
    heldBytes += to - kept;
  }

  private void hand(byte[] bytes, int from, int to) {
    if (state == State.CONTENT) {
      listener.content(bytes, from, to);
    } else if (from < to) {
      broken("The form does not begin with its boundary.");
    }
  }

  /**
   * @param contentTo where what it ends has ended
   */
  private void boundary(long contentTo) {
    heldBytes = 0;
    matched = 0;
    if (lineEnd != CRLF_BYTES) {
      broken("The form's boundary stands where no line begins.");
    } else if (state == State.CONTENT) {
      listener.end(contentTo);
    }
    lineEnd = 0;
    if (state != State.BROKEN) {
      state = State.AFTER_BOUNDARY;
      isHalfAfterBoundary = false;
    }
  }

  // ---- after a boundary, and in heads

  private int afterBoundary(byte next, int at) {
    if (!isHalfAfterBoundary) {
      isHalfAfterBoundary = true;
      afterBoundary = next;
    } else if (afterBoundary == '\r' && next == '\n') {
      beginHead();
    } else if (afterBoundary == '-' && next == '-') {
      state = State.EPILOGUE;
    } else {
      broken("The form's boundary is followed by something on its line.");
    }
    return at + 1;
  }

  private void beginHead() {
    headBytes = 0;
    state = State.HEAD;
    if (++parts > bounds.partsMax()) {
      broken("The form has more than " + bounds.partsMax() + " parts.");
    }
  }

  private int head(byte next, int at, long offset) {
    if (headBytes == head.length) {
      broken("A part of the form has a head of more than " + head.length + " bytes.");
      return at;
    }
    boolean isAfterCr = headBytes > 0 && head[headBytes - 1] == '\r';
    head[headBytes++] = next;
    if (isAfterCr != (next == '\n')) {
      broken("A part of the form has a line that does not end in CRLF.");
    } else if (next == '\n') {
      boolean isEmpty = headBytes == CRLF_BYTES;
      if (isEmpty || endsWithEmptyLine()) {
        begin(isEmpty ? 0 : headBytes - CRLF_BYTES, offset + 1);
      }
    }
    return at + 1;
  }

  private boolean endsWithEmptyLine() {
    return headBytes >= 2 * CRLF_BYTES && head[headBytes - 3] == '\n';
  }

  private void begin(int length, long offset) {
    FormHead read = new FormHead(head, length);
    String unreadable = read.fault();
    if (unreadable != null) {
      broken(unreadable);
    } else if (holdsBoundary(length)) {
      broken("The form's boundary stands in the head of a part.");
    } else {
      state = State.CONTENT;
      listener.begin(read.part(), offset);
    }
  }

  private boolean holdsBoundary(int length) {
    for (int at = 0; at + dashed.length <= length; at++) {
      if (Arrays.equals(head, at, at + dashed.length, dashed, 0, dashed.length)) {
        return true;
      }
    }
    return false;
  }

  private int epilogue(byte next, int at) {
    if (next != '\r' && next != '\n' && next != ' ' && next != '\t') {
      broken("The form goes on after its closing boundary.");
    }
    return at + 1;
  }

  private void broken(String why) {
    fault = fault == null ? why : fault;
    state = State.BROKEN;
  }
}
