package dev.tollgate.app;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A long stream of events, each of which says whose it is and which one, so that a byte that is
 * lost, doubled, or another stream's is seen. The same number and size give the same bytes.
 */
final class NumberedAnswer {
  static final String USAGE =
      """
      data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}

      data: [DONE]

      """;

  private static final int PADDING_MAX = 3000;

  private final int number;
  private final long bytes;
  private int events;
  private long made;
  private boolean isOver;
  private byte[] expected = new byte[0];
  private int at;

  /**
   * @param bytes after which its end comes
   */
  NumberedAnswer(int number, long bytes) {
    this.number = number;
    this.bytes = bytes;
  }

  /** The next event; null after the last. */
  byte @Nullable [] next() {
    if (isOver) {
      return null;
    }
    if (made >= bytes) {
      isOver = true;
      return USAGE.getBytes(StandardCharsets.US_ASCII);
    }
    int padding = ((number * 7919 + events * 104_729) & 0x7fffffff) % PADDING_MAX;
    byte[] event =
        ("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
                + number
                + ":"
                + events
                + " "
                + "x".repeat(padding)
                + "\"}}]}\n\n")
            .getBytes(StandardCharsets.US_ASCII);
    events++;
    made += event.length;
    return event;
  }

  /**
   * Holds what has come against what should.
   *
   * @return the first wrong one; -1 if all are right
   */
  int check(byte[] come, int from, int to) {
    for (int i = from; i < to; i++) {
      if (at == expected.length) {
        byte[] more = next();
        if (more == null) {
          return i;
        }
        expected = more;
        at = 0;
      }
      if (come[i] != expected[at++]) {
        return i;
      }
    }
    return -1;
  }

  /** Whether all of it has been checked. */
  boolean isWhole() {
    return isOver && at == expected.length;
  }
}
