package dev.tollgate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The rules for the bytes of a request head that cannot be checked any more once it is decoded: a
 * request line of exactly three words, lines that end in CR LF, no other CR or LF, no folded lines.
 * They keep us and whatever stands before us from seeing two different requests in the same bytes.
 */
final class HeadBytes {
  private static final byte CR = '\r';
  private static final byte LF = '\n';

  private HeadBytes() {}

  /**
   * Looks at what has come of a head, from the start of a line on; moves no index.
   *
   * @param inHeaders whether the request line has been taken out already
   * @return what is wrong with it; null when nothing is as far as it goes
   */
  static @Nullable String fault(ByteBuf in, boolean inHeaders) {
    int line = in.readerIndex();
    int end = in.writerIndex();
    if (!inHeaders) {
      line = requestLine(in);
      int lf = in.indexOf(line, end, LF);
      String fault = requestLineFault(in, line, lf < 0 ? end : lf, lf >= 0);
      if (fault != null || lf < 0) {
        return fault;
      }
      line = lf + 1;
    }
    return headersFault(in, line, end);
  }

  /**
   * The target that the request line names, from the start of which on this looks at what has come
   * of a head with a fault in it: however the head came in pieces, its refusal is the same. Empty
   * where the fault is in that line, or it is not whole.
   */
  static String target(ByteBuf in) {
    int line = requestLine(in);
    int lf = in.indexOf(line, in.writerIndex(), LF);
    if (lf < 0 || requestLineFault(in, line, lf, true) != null) {
      return "";
    }
    return in.toString(line, lf - 1 - line, StandardCharsets.US_ASCII).split(" ", -1)[1];
  }

  /** Where it begins: empty lines before a request are to be ignored. */
  private static int requestLine(ByteBuf in) {
    int line = in.readerIndex();
    int end = in.writerIndex();
    while (end - line >= 2 && in.getByte(line) == CR && in.getByte(line + 1) == LF) {
      line += 2;
    }
    return line;
  }

  private static @Nullable String headersFault(ByteBuf in, int from, int end) {
    int line = from;
    while (line < end) {
      byte first = in.getByte(line);
      if (first == ' ' || first == '\t') {
        return "A header line begins with white space.";
      }
      int lf = in.indexOf(line, end, LF);
      int cr = in.indexOf(line, lf < 0 ? end : lf, CR);
      if (lf < 0) {
        return cr >= 0 && cr != end - 1 ? "A header line has a CR in it." : null;
      }
      if (cr != lf - 1) {
        return "A header line does not end in CR LF alone.";
      }
      if (cr == line) {
        return null; // the empty line: the head is complete
      }
      line = lf + 1;
    }
    return null;
  }

  /** Between {@code from} and {@code to} lies the line, with its CR if it is whole. */
  private static @Nullable String requestLineFault(ByteBuf in, int from, int to, boolean whole) {
    int last = to > from && in.getByte(to - 1) == CR ? to - 1 : to;
    if (whole && last == to) {
      return "The request line does not end in CR LF.";
    }
    int spaces = 0;
    boolean word = false;
    for (int at = from; at < last; at++) {
      int character = in.getByte(at) & 0xff;
      if (character == ' ') {
        if (!word || ++spaces > 2) {
          return "The request line is not `method target version`.";
        }
        word = false;
      } else if (character < '!' || character > '~') {
        return "The request line has a character that is not allowed there.";
      } else {
        word = true;
      }
    }
    return whole && (spaces != 2 || !word)
        ? "The request line is not `method target version`."
        : null;
  }
}
