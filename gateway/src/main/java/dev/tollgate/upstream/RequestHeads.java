package dev.tollgate.upstream;

import dev.tollgate.domain.PathTemplate;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns the requests to one provider into the heads that go there. Immutable. */
final class RequestHeads {
  /** Whatever these say, it would not be true of the connection to the provider. */
  private static final List<AsciiString> NEVER_SENT =
      List.of(
          HttpHeaderNames.CONNECTION,
          HttpHeaderNames.CONTENT_LENGTH,
          HttpHeaderNames.EXPECT,
          HttpHeaderNames.TRANSFER_ENCODING,
          HttpHeaderNames.UPGRADE,
          AsciiString.cached("keep-alive"),
          AsciiString.cached("proxy-connection"));

  /** Methods whose requests say so when they have no body (RFC 9110, 8.6). */
  private static final Set<HttpMethod> EXPECTING_BODY =
      Set.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH);

  private final String authority;
  private final PathTemplate prefix;
  private final AddedQuery added;
  private final HeaderEdits edits;

  RequestHeads(Origin origin, Reach reach) {
    this.authority = origin.authority();
    this.prefix = PathTemplate.of(origin.pathPrefix());
    this.added = new AddedQuery(reach.query());
    this.edits = reach.headers();
  }

  /** Whether the base URL has a place for a model, and the request does not name any. */
  boolean lacksModel(UpstreamRequest request) {
    return request.model().isEmpty() && prefix.hasModel();
  }

  /**
   * The head with the framing; the request's own headers stay as they are.
   *
   * @throws IllegalArgumentException if the path holds what a request line cannot
   */
  HttpRequest of(UpstreamRequest request) {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.add(request.headers());
    edits.applyTo(headers);
    NEVER_SENT.forEach(headers::remove);
    headers.set(HttpHeaderNames.HOST, authority);
    if (!headers.contains(HttpHeaderNames.ACCEPT_ENCODING)) {
      headers.set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
    }
    int bodyBytes = request.body().readableBytes();
    if (bodyBytes > 0 || EXPECTING_BODY.contains(request.method())) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(bodyBytes));
    }
    String uri = prefix.fill(request.model(), Map.of()) + added.to(request.pathAndQuery());
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), uri, headers);
  }

  /**
   * @param head as made here
   * @param content passes to the message
   */
  static FullHttpRequest message(HttpRequest head, ByteBuf content) {
    return new DefaultFullHttpRequest(
        head.protocolVersion(),
        head.method(),
        head.uri(),
        content,
        head.headers(),
        EmptyHttpHeaders.INSTANCE);
  }
}
