package dev.tollgate.upstream;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import javax.net.ssl.SSLException;

/**
 * In which words a call fails whose connection breaks, or whose stream on it does, or whose answer
 * is none: they follow the provider's name.
 */
final class Breakage {
  static final String CLOSED_AT_ONCE = "closed the connection at once";
  static final String CLOSED = "closed the connection before its answer was whole";
  static final String NOT_HTTP = "sent what is not HTTP, or beyond a bound";
  static final String SWITCHED_UNASKED = "switched protocols unasked";
  static final String TOO_MANY_INTERIMS = "sent too many interim answers";

  private Breakage() {}

  /**
   * @param cause what the reading, or TLS, has thrown
   */
  static String of(Throwable cause) {
    return cause.getCause() instanceof SSLException refusal
        ? "broke off TLS (" + refusal.getMessage() + ")"
        : "broke the connection before its answer was whole";
  }

  /**
   * @param isOpen whether the connection had carried calls, or could have
   */
  static String ofRules(Http2Error error, boolean isOpen) {
    return isOpen
        ? "broke the rules of HTTP/2 (" + error.name() + ")"
        : "does not speak HTTP/2 as it should (" + error.name() + ")";
  }

  /**
   * @param isOutbound whether it is about what was to be sent
   */
  static String ofStream(Http2Exception.StreamException fault, boolean isOutbound) {
    if (fault instanceof HeaderListSizeException) {
      return isOutbound ? "does not take headers as long as these" : "sent headers beyond a bound";
    }
    return isOutbound
        ? "could not be sent the request"
        : "broke the rules of HTTP/2 on its stream (" + fault.error().name() + ")";
  }
}
