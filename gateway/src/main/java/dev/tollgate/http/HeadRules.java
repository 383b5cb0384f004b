package dev.tollgate.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What a decoded request head must keep to, beyond what the decoder has seen to; {@link StreamHead}
 * has seen to that of a stream.
 */
final class HeadRules {
  private HeadRules() {}

  /**
   * @return what is wrong with it; null when nothing is
   */
  static @Nullable Malformed fault(HttpRequest head, int headersMax) {
    HttpHeaders headers = head.headers();
    boolean current = head.protocolVersion().equals(HttpVersion.HTTP_1_1);
    if (!current && !head.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      return Malformed.of(
          HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.1 is spoken here.");
    }
    Malformed fault = numberFault(headers.size(), headersMax);
    if (fault == null) {
      fault = hostFault(headers, current);
    }
    if (fault == null) {
      fault = framingFault(headers);
    }
    return fault == null && current ? expectationFault(headers) : fault;
  }

  /**
   * @return what is wrong with it; null when nothing is
   */
  static @Nullable Malformed fault(StreamHead head, HttpServerSettings settings) {
    HttpHeaders headers = head.fields();
    Malformed fault = numberFault(headers.size(), settings.headersMax());
    if (fault == null && head.path().length() > settings.requestLineBytesMax()) {
      fault =
          Malformed.headTooLarge(
              HttpResponseStatus.REQUEST_URI_TOO_LONG, "The request path is too long.");
    }
    if (fault == null) {
      fault = hostFault(headers, true);
    }
    return fault == null ? expectationFault(headers) : fault;
  }

  private static @Nullable Malformed numberFault(int headers, int headersMax) {
    return headers <= headersMax
        ? null
        : Malformed.headTooLarge(
            HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The request has more than " + headersMax + " headers.");
  }

  private static @Nullable Malformed hostFault(HttpHeaders headers, boolean required) {
    Iterator<String> hosts = headers.valueStringIterator(HttpHeaderNames.HOST);
    if (!hosts.hasNext()) {
      return required ? Malformed.bad("The Host header is missing.") : null;
    }
    String host = hosts.next();
    if (hosts.hasNext()) {
      return Malformed.bad("There is more than one Host header.");
    }
    for (int i = 0; i < host.length(); i++) {
      char character = host.charAt(i);
      if (character <= ' ' || character > '~' || "/\\@?#,\"<>{}|^`".indexOf(character) >= 0) {
        return Malformed.bad("The Host header is not a host.");
      }
    }
    return null;
  }

  /** The decoder has refused bad lengths, and lengths beside a transfer coding. */
  private static @Nullable Malformed framingFault(HttpHeaders headers) {
    Iterator<String> codings = headers.valueStringIterator(HttpHeaderNames.TRANSFER_ENCODING);
    if (codings.hasNext() && (!codings.next().equalsIgnoreCase("chunked") || codings.hasNext())) {
      return Malformed.bad("The only transfer coding that is known here is `chunked`.");
    }
    // An early WebSocket draft, for which the decoder would assume a body that no header announces.
    if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)) {
      return Malformed.bad("Sec-WebSocket-Key1 is not supported.");
    }
    return null;
  }

  private static @Nullable Malformed expectationFault(HttpHeaders headers) {
    Iterator<String> expectations = headers.valueStringIterator(HttpHeaderNames.EXPECT);
    while (expectations.hasNext()) {
      if (!expectations.next().equalsIgnoreCase("100-continue")) {
        return Malformed.of(
            HttpResponseStatus.EXPECTATION_FAILED, "The only expectation met is `100-continue`.");
      }
    }
    return null;
  }
}
