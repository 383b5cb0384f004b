package dev.tollgate.dialect;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/** The headers in which keys travel. */
final class Credentials {
  static final String API_KEY = "api-key";
  static final String X_API_KEY = "x-api-key";
  static final String X_GOOG_API_KEY = "x-goog-api-key";

  private Credentials() {}

  /** No credential of the client's may reach a provider. */
  static void clear(HttpHeaders headers) {
    headers.remove(HttpHeaderNames.AUTHORIZATION);
    headers.remove(API_KEY);
    headers.remove(X_API_KEY);
    headers.remove(X_GOOG_API_KEY);
  }
}
