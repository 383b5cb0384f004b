package dev.tollgate.proxy;

import dev.tollgate.frames.FrameBounds;

/**
 * Bounds of a Realtime session.
 *
 * @param frameBytesMax of one WebSocket frame, held in memory until it is whole; 1009 beyond
 * @param messageBytesMax of all frames of one message; 1009 beyond
 * @param idleMillisMax without a frame from either side
 * @param sessionMillisMax of the whole session
 * @param spareMillisMax how long money stays held for a response that nothing asks for
 * @param closeMillisMax how long a side may take to answer a close
 */
public record RealtimeSettings(
    int frameBytesMax,
    int messageBytesMax,
    long idleMillisMax,
    long sessionMillisMax,
    long spareMillisMax,
    int closeMillisMax) {
  public static final RealtimeSettings DEFAULT =
      new RealtimeSettings(16 << 20, 16 << 20, 600_000L, 3_900_000L, 60_000L, 5_000);

  FrameBounds frames() {
    return new FrameBounds(frameBytesMax, messageBytesMax, closeMillisMax);
  }
}
