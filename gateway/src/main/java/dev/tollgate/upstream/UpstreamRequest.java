package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * A request to a provider.
 *
 * @param model by the provider's name for it, for the place that its base URL may have; empty where
 *     the request names none
 * @param pathAndQuery appended to the provider's base URL: {@code /chat/completions}
 * @param headers end-to-end ones, with the provider's credentials; they are copied. {@code Host}
 *     and the framing are added, and {@code Accept-Encoding: identity} unless they ask for another
 * @param body all of it; empty for none. Ownership passes to the call, which releases it, at the
 *     latest when the call is over
 * @param bounds in which the call has to end
 * @param isRepeatable whether it does no harm should the provider see the request twice
 */
public record UpstreamRequest(
    ProviderSettings provider,
    String model,
    HttpMethod method,
    String pathAndQuery,
    HttpHeaders headers,
    ByteBuf body,
    CallBounds bounds,
    boolean isRepeatable) {

  /** One that names no model, within the provider's own bounds, and may be repeated. */
  public UpstreamRequest(
      ProviderSettings provider,
      HttpMethod method,
      String pathAndQuery,
      HttpHeaders headers,
      ByteBuf body) {
    this(provider, "", method, pathAndQuery, headers, body, provider.bounds(), true);
  }
}
