package dev.tollgate.upstream;

import dev.tollgate.http2.Fields;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Heads of HTTP/1.1 as fields of HTTP/2, and the other way round. */
final class StreamHeads {
  private StreamHeads() {}

  static Http2Headers ofRequest(HttpRequest head, Origin origin) {
    HttpHeaders headers = head.headers();
    Http2Headers fields = new DefaultHttp2Headers(false, headers.size() + 4);
    fields.method(head.method().asciiName());
    fields.scheme(origin.isTls() ? "https" : "http");
    fields.authority(headers.get(HttpHeaderNames.HOST, origin.authority()));
    fields.path(head.uri());
    Fields.addAll(headers, fields);
    fields.remove(HttpHeaderNames.HOST);
    return fields;
  }

  /** All but the pseudo-header fields, which Netty has checked. */
  static HttpHeaders fieldsOf(Http2Headers fields) {
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    for (Map.Entry<CharSequence, CharSequence> field : fields) {
      if (field.getKey().charAt(0) != ':') {
        headers.add(field.getKey(), field.getValue());
      }
    }
    return headers;
  }

  /** Null where it is none. */
  static @Nullable HttpResponseStatus statusOf(Http2Headers fields) {
    CharSequence status = fields.status();
    if (status == null || status.length() != 3) {
      return null;
    }
    int code = 0;
    for (int i = 0; i < 3; i++) {
      int digit = status.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return null;
      }
      code = 10 * code + digit;
    }
    return code < 100 ? null : HttpResponseStatus.valueOf(code);
  }
}
