package dev.tollgate.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request, or its trailers, as they come out of HPACK, held to what RFC 9113 says
 * about them (8.1.1, 8.2, 8.3): what does not keep to it is no request, and its stream is reset. A
 * value with a line end in it would be two lines to a provider.
 *
 * <p>Netty is only let see the content length, which it holds the body to.
 */
final class StreamHead extends DefaultHttp2Headers {
  private static final int PSEUDO_FIELDS = 4;

  private final HttpHeaders fields =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
  private @Nullable CharSequence method;
  private @Nullable CharSequence scheme;
  private @Nullable CharSequence authority;
  private @Nullable CharSequence path;
  private @Nullable String fault;

  StreamHead() {
    super(false, PSEUDO_FIELDS);
  }

  @Override
  public Http2Headers add(CharSequence name, CharSequence value) {
    if (fault == null) {
      fault = take(name, value);
    }
    return this;
  }

  private @Nullable String take(CharSequence name, CharSequence value) {
    if (HttpHeaderValidationUtil.validateValidHeaderValue(value) != -1 || isPadded(value)) {
      return "A field has a value that is not allowed.";
    }
    if (name.length() > 0 && name.charAt(0) == ':') {
      return takePseudo(name.toString(), value);
    }
    if (name.length() == 0
        || HttpHeaderValidationUtil.validateToken(name) != -1
        || hasUpperCase(name)) {
      return "A field has a name that is not allowed.";
    }
    if (HttpHeaderValidationUtil.isConnectionHeader(name, true)
        || HttpHeaderValidationUtil.isTeNotTrailers(name, value)) {
      return "A field is about the connection.";
    }
    if (HttpHeaderNames.CONTENT_LENGTH.contentEquals(name)) {
      super.add(name, value);
    }
    if (HttpHeaderNames.COOKIE.contentEquals(name) && fields.contains(name)) {
      fields.set(name, fields.get(name) + "; " + value);
    } else {
      fields.add(name, value);
    }
    return null;
  }

  private @Nullable String takePseudo(String name, CharSequence value) {
    if (!fields.isEmpty()) {
      return "A pseudo-header field comes after others.";
    }
    CharSequence before;
    switch (name) {
      case ":method" -> {
        before = method;
        method = value;
      }
      case ":scheme" -> {
        before = scheme;
        scheme = value;
      }
      case ":authority" -> {
        before = authority;
        authority = value;
      }
      case ":path" -> {
        before = path;
        path = value;
      }
      default -> {
        return "A pseudo-header field is not one of a request.";
      }
    }
    return before == null ? null : "A pseudo-header field comes twice.";
  }

  private static boolean hasUpperCase(CharSequence name) {
    return name.chars().anyMatch(character -> character >= 'A' && character <= 'Z');
  }

  private static boolean isPadded(CharSequence value) {
    return value.length() > 0
        && (isSpace(value.charAt(0)) || isSpace(value.charAt(value.length() - 1)));
  }

  private static boolean isSpace(char character) {
    return character == ' ' || character == '\t';
  }

  /**
   * To be asked once all fields have come.
   *
   * @return why this is no request; null when it is one
   */
  @Nullable String requestFault() {
    if (fault != null) {
      return fault;
    }
    CharSequence asked = method;
    if (asked == null || asked.isEmpty() || HttpHeaderValidationUtil.validateToken(asked) != -1) {
      return "The method is missing.";
    }
    if (isConnect()) {
      return authority == null ? "The authority is missing." : hostFault();
    }
    if (path == null || path.isEmpty() || scheme == null) {
      return "The path or the scheme is missing.";
    }
    return hostFault();
  }

  /** Makes the authority the Host that it is in HTTP/1.1. */
  private @Nullable String hostFault() {
    CharSequence named = authority;
    String host = fields.get(HttpHeaderNames.HOST);
    if (named == null) {
      return host == null ? "The authority is missing." : null;
    }
    if (host != null && !AsciiString.contentEqualsIgnoreCase(named, host)) {
      return "The authority and the Host differ.";
    }
    if (host == null) {
      fields.set(HttpHeaderNames.HOST, named);
    }
    return null;
  }

  /**
   * @return why these are no trailers; null when they are
   */
  @Nullable String trailersFault() {
    boolean pseudo = method != null || scheme != null || authority != null || path != null;
    return pseudo ? "A pseudo-header field comes in trailers." : fault;
  }

  boolean isConnect() {
    return method != null && HttpMethod.CONNECT.asciiName().contentEquals(method);
  }

  HttpMethod requestMethod() {
    return method == null ? HttpMethod.GET : HttpMethod.valueOf(method.toString());
  }

  /** What a CONNECT would tunnel to. */
  String tunnel() {
    return authority == null ? "" : authority.toString();
  }

  /** As sent; empty while there is none. */
  @Override
  public String path() {
    return path == null ? "" : path.toString();
  }

  /** The path without its query, for the dialect of a refusal; empty where it is none. */
  String routePath() {
    Target named = target();
    return named == null ? "" : named.path();
  }

  /** Null where the path is none of this server's. */
  @Nullable Target target() {
    String sent = path();
    boolean here = sent.startsWith("/") || sent.equals("*");
    for (int i = 0; here && i < sent.length(); i++) {
      here = sent.charAt(i) >= '!' && sent.charAt(i) <= '~';
    }
    return here ? Target.of(requestMethod(), sent) : null;
  }

  /** All but the pseudo-header fields, with the authority as the Host. */
  HttpHeaders fields() {
    return fields;
  }
}
