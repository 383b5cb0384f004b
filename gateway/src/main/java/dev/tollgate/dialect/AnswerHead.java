package dev.tollgate.dialect;

import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * What the head of an answer says to whoever counts its body.
 *
 * @param contentType empty when it has none
 * @param contentEncoding empty when it has none; a compressed answer is counted on an unpacked copy
 *     and passed on as it is
 * @param headers all of them, as sent; read-only
 */
public record AnswerHead(
    int status, String contentType, String contentEncoding, HttpHeaders headers) {
  private static final String EVENT_STREAM = "text/event-stream";

  public AnswerHead(int status, String contentType, String contentEncoding) {
    this(status, contentType, contentEncoding, EmptyHttpHeaders.INSTANCE);
  }

  public static AnswerHead of(int status, HttpHeaders headers) {
    return new AnswerHead(
        status,
        headers.get(HttpHeaderNames.CONTENT_TYPE, ""),
        headers.get(HttpHeaderNames.CONTENT_ENCODING, ""),
        headers);
  }

  /** Whether it calls itself a stream of events. */
  public boolean isEventStream() {
    return isOfType(EVENT_STREAM);
  }

  /**
   * @param type in lower case, or how it begins: {@code audio/}
   */
  boolean isOfType(String type) {
    return contentType.regionMatches(true, 0, type, 0, type.length());
  }
}
