package dev.tollgate.metering;

/**
 * Hears of the values that lie on wanted paths, in the order of the bytes. Offsets are those that
 * the scanner was fed with. Called on the scanner's thread, in the middle of its work.
 */
public interface JsonListener {
  /** A value begins: {@code offset} is that of its first byte. */
  default void begin(int id, JsonType type, long offset) {}

  /** Decoded UTF-8 of a string, or of a key, in as many pieces as it came in; valid in the call. */
  default void text(int id, byte[] bytes, int from, int to) {}

  /**
   * A whole string.
   *
   * @param isWhole false when it was longer than the scanner's bound, and {@code value} is cut
   */
  default void string(int id, String value, boolean isWhole) {}

  /**
   * @param isWhole whether it is an integer within the range of a {@code long}; if not, {@code
   *     value} is 0
   */
  default void number(int id, long value, boolean isWhole) {}

  /** A value has ended: {@code offset} is that of the byte after it. */
  default void end(int id, long offset) {}

  /** After a {@link JsonPaths.Want#MEMBER}: where the next key, or the object's brace, stands. */
  default void next(int id, long offset) {}

  /** A key of the root that a careless parser would take for a wanted one. */
  default void lookalike(String key) {}
}
