package dev.tollgate.metering;

import io.netty.handler.codec.compression.ZlibWrapper;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.util.AsciiString;

/** Chooses the meter for an answer by its head and its first byte. */
public final class AnswerMeters {
  private AnswerMeters() {}

  /**
   * @param status answers beyond 2xx are errors and not counted
   * @param contentType empty when there is none; only asked where the first byte leaves it open
   * @param contentEncoding empty when there is none
   * @param dropsAddedUsage whether a stream carries usage that the client did not ask for; a
   *     compressed one is passed on with it
   */
  public static AnswerMeter of(
      AnswerShape shape,
      MeterSettings settings,
      int status,
      String contentType,
      String contentEncoding,
      boolean dropsAddedUsage) {
    boolean isPlain = isAny(contentEncoding, "", HttpHeaderValues.IDENTITY);
    AnswerMeter plain = ofPlain(shape, settings, contentType, dropsAddedUsage && isPlain);
    return of(plain, settings, status, contentEncoding);
  }

  /**
   * For an answer that is neither JSON nor a stream of events.
   *
   * @param plain counts it once it is unpacked; drops nothing where there is something to unpack
   */
  public static AnswerMeter of(
      AnswerMeter plain, MeterSettings settings, int status, String contentEncoding) {
    if (status < 200 || status >= 300) {
      return ofNothing(status);
    }
    if (isAny(contentEncoding, "", HttpHeaderValues.IDENTITY)) {
      return plain;
    }
    boolean isGzip = isAny(contentEncoding, HttpHeaderValues.GZIP, HttpHeaderValues.X_GZIP);
    if (isGzip || isAny(contentEncoding, HttpHeaderValues.DEFLATE, HttpHeaderValues.X_DEFLATE)) {
      ZlibWrapper wrapper = isGzip ? ZlibWrapper.GZIP : ZlibWrapper.ZLIB_OR_NONE;
      return new DecodingMeter(plain, wrapper, settings.decodedBytesMax());
    }
    return new UncountedMeter(Tally.NOTHING, /* countsBytes= */ true);
  }

  /** For an answer in which nothing is to be counted, but whether it is an error. */
  public static AnswerMeter ofNothing(int status) {
    return new UncountedMeter(
        status < 200 || status >= 300 ? Tally.ERROR : Tally.NOTHING, /* countsBytes= */ false);
  }

  private static AnswerMeter ofPlain(
      AnswerShape shape, MeterSettings settings, String contentType, boolean dropsAddedUsage) {
    boolean isLabelledJson =
        AsciiString.containsIgnoreCase(contentType, HttpHeaderValues.APPLICATION_JSON);
    return new SniffingMeter(
        first ->
            switch ((char) first.byteValue()) {
              case '{', '[' -> new JsonAnswerMeter(shape, settings);
              case ':', 'd', 'e', 'i', 'r' -> new SseAnswerMeter(shape, settings, dropsAddedUsage);
              default ->
                  isLabelledJson
                      ? new JsonAnswerMeter(shape, settings)
                      : new SseAnswerMeter(shape, settings, dropsAddedUsage);
            });
  }

  private static boolean isAny(String value, CharSequence one, CharSequence other) {
    String stripped = value.strip();
    return AsciiString.contentEqualsIgnoreCase(stripped, one)
        || AsciiString.contentEqualsIgnoreCase(stripped, other);
  }
}
