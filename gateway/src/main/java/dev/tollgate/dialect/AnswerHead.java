package dev.tollgate.dialect;

/**
 * What the head of an answer says to whoever counts its body.
 *
 * @param contentType empty when it has none
 * @param contentEncoding empty when it has none; a compressed answer is counted on an unpacked copy
 *     and passed on as it is
 */
public record AnswerHead(int status, String contentType, String contentEncoding) {
  private static final String EVENT_STREAM = "text/event-stream";

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
