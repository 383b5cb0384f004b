package dev.tollgate.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/**
 * A whole answer.
 *
 * @param body owned by the reply; not changed after
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and never copied on the way out
public record Reply(HttpResponseStatus status, HttpHeaders headers, byte[] body) {
  public static Reply json(int status, String json) {
    return of(status, "application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  public static Reply of(int status, String contentType, byte[] body) {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    return new Reply(HttpResponseStatus.valueOf(status), headers, body);
  }

  public Reply with(CharSequence name, Object value) {
    headers.set(name, value);
    return this;
  }
}
