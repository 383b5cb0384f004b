package dev.tollgate.frames;

/** How one side of a WebSocket came to its end. */
public sealed interface SideEnd {
  /**
   * It said so, and has been answered.
   *
   * @param code as it was sent; {@link FrameSide#NO_CODE} where there was none
   */
  record Closed(int code, String reason) implements SideEnd {}

  /**
   * It broke the protocol, or a bound, and has been told by a close.
   *
   * @param code what it was told
   */
  record Faulty(int code, String reason) implements SideEnd {}

  /** The connection is gone without a word. */
  record Gone() implements SideEnd {}
}
