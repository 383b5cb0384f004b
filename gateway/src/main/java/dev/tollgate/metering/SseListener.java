package dev.tollgate.metering;

/** Hears of the events of a stream. Offsets count from the stream's first byte. */
interface SseListener {
  /**
   * A part of an event's data; several data lines are joined by a newline, as the standard says.
   */
  void data(byte[] bytes, int from, int to, long offset);

  /**
   * An event is complete, its blank line included, or the stream has ended within it.
   *
   * @param from where its first line that is no comment begins
   * @param to where it ends
   * @param isNamedError whether its {@code event:} field is {@code error}
   */
  void event(long from, long to, boolean isNamedError);

  /** Everything before {@code offset} belongs to no event under way. */
  void between(long offset);

  /** The LF of the CRLF that ended what was last told of; it ends at {@code offset}. */
  void lateLineFeed(long offset);
}
