package dev.tollgate.upstream;

/**
 * What a provider's connection may cost over HTTP/2, beyond what it may cost over HTTP/1.1.
 *
 * @param streamsMax calls of one connection at the same time; the provider may allow fewer
 * @param streamWindowBytes what may come of one answer before its reader takes it: what a reader
 *     that stops costs
 * @param connectionWindowBytes what may be on its way on a connection, of all answers together; it
 *     is given back as bytes come, so that no reader holds up another
 * @param controlFramesMax frames of a connection that carry nothing of an answer within {@code
 *     floodMillis}: PING, SETTINGS, RST_STREAM, unknown ones, empty DATA
 * @param floodMillis for which they are counted
 * @param quietMillisMax without a byte while calls wait, or while it is kept warm; then a PING asks
 *     whether anybody is there
 * @param pingMillisMax how long its answer may take
 */
public record StreamBounds(
    int streamsMax,
    int streamWindowBytes,
    int connectionWindowBytes,
    int controlFramesMax,
    int floodMillis,
    int quietMillisMax,
    int pingMillisMax) {
  /** What a connection begins with, which cannot be lowered. */
  public static final int LEAST_WINDOW_BYTES = 65_535;

  public static final StreamBounds DEFAULT =
      new StreamBounds(128, 128 * 1024, 1024 * 1024, 10_000, 30_000, 30_000, 15_000);
}
