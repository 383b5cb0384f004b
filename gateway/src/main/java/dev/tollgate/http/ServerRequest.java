package dev.tollgate.http;

import dev.tollgate.domain.RequestId;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request.
 *
 * @param path as sent, without the query: starts with a slash, not percent-decoded
 * @param query as sent, without the question mark; null when there is none
 * @param headers as sent, hop-by-hop ones included; read-only
 * @param receivedNanos {@link System#nanoTime()} when the head was complete
 */
public record ServerRequest(
    RequestId id,
    HttpMethod method,
    String path,
    @Nullable String query,
    HttpHeaders headers,
    long receivedNanos) {}
