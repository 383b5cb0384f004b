package dev.tollgate.http;

import dev.tollgate.domain.RequestId;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request.
 *
 * @param path as sent, without the query: starts with a slash, not percent-decoded
 * @param query as sent, without the question mark; null when there is none
 * @param headers as sent, hop-by-hop ones included; read-only
 * @param receivedNanos {@link System#nanoTime()} when the head was complete
 * @param pathParameters what the path has in the places of its route's {@code {names}},
 *     percent-decoded; under {@code **} the rest of the path, as sent
 */
public record ServerRequest(
    RequestId id,
    HttpMethod method,
    String path,
    @Nullable String query,
    HttpHeaders headers,
    long receivedNanos,
    Map<String, String> pathParameters) {
  /** A request of a route without path parameters. */
  public ServerRequest(
      RequestId id,
      HttpMethod method,
      String path,
      @Nullable String query,
      HttpHeaders headers,
      long receivedNanos) {
    this(id, method, path, query, headers, receivedNanos, Map.of());
  }
}
