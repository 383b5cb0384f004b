package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * A request to a provider.
 *
 * @param pathAndQuery appended to the provider's base URL: {@code /chat/completions}
 * @param headers end-to-end ones, with the provider's credentials; {@code Host} and the framing are
 *     added by the call
 * @param body all of it; empty for none. Ownership passes to the call, which releases it
 */
public record UpstreamRequest(
    ProviderSettings provider,
    HttpMethod method,
    String pathAndQuery,
    HttpHeaders headers,
    ByteBuf body) {}
