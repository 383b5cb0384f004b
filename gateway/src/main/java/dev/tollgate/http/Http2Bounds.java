package dev.tollgate.http;

/**
 * What a client may cost a server over HTTP/2, beyond what it may cost over HTTP/1.1: that is in
 * {@link HttpServerSettings}, and holds for streams as for connections with one request each.
 *
 * @param enabled whether HTTP/2 is spoken at all
 * @param streamsMax requests of one connection at the same time; more are refused unread
 * @param frameBytesMax the payload of one frame
 * @param streamWindowBytes what a client may send of one body before it hears that it was taken
 * @param connectionWindowBytes the same for all bodies of a connection together
 * @param resetsMax streams of a connection that go wrong within {@code floodMillis}: reset by the
 *     client, or by us for a fault of the client's
 * @param controlFramesMax frames of a connection that carry nothing of a request within {@code
 *     floodMillis}: PING, SETTINGS, PRIORITY, unknown ones, empty DATA
 * @param floodMillis for which the two are counted
 */
public record Http2Bounds(
    boolean enabled,
    int streamsMax,
    int frameBytesMax,
    int streamWindowBytes,
    int connectionWindowBytes,
    int resetsMax,
    int controlFramesMax,
    long floodMillis) {
  /** The least that RFC 9113 lets a frame be bounded by, and the most. */
  public static final int LEAST_FRAME_BYTES = 16 * 1024;

  public static final int MOST_FRAME_BYTES = 16 * 1024 * 1024 - 1;

  /** What a connection begins with, which cannot be lowered. */
  public static final int LEAST_WINDOW_BYTES = 65_535;

  public static final Http2Bounds DEFAULT =
      new Http2Bounds(true, 128, LEAST_FRAME_BYTES, 256 * 1024, 1024 * 1024, 256, 1024, 30_000);

  /**
   * @throws IllegalArgumentException for a bound that RFC 9113 does not have, or that is not
   *     positive
   */
  public Http2Bounds {
    within("streamsMax", streamsMax, 1, Integer.MAX_VALUE);
    within("frameBytesMax", frameBytesMax, LEAST_FRAME_BYTES, MOST_FRAME_BYTES);
    within("streamWindowBytes", streamWindowBytes, 1, Integer.MAX_VALUE);
    within("connectionWindowBytes", connectionWindowBytes, LEAST_WINDOW_BYTES, Integer.MAX_VALUE);
    within("resetsMax", resetsMax, 1, Integer.MAX_VALUE);
    within("controlFramesMax", controlFramesMax, 1, Integer.MAX_VALUE);
    within("floodMillis", floodMillis, 1, Long.MAX_VALUE);
  }

  private static void within(String name, long bound, long least, long most) {
    if (bound < least || bound > most) {
      throw new IllegalArgumentException(
          name + " must be from " + least + " to " + most + ": " + bound);
    }
  }
}
