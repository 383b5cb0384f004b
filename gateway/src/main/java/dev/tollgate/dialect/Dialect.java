package dev.tollgate.dialect;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/** A wire format: its endpoints, how its errors look, how its provider is told who asks. */
public interface Dialect extends ErrorRenderer {
  /** As in {@code gateway.yaml}: {@code openai}, {@code anthropic}. */
  String name();

  List<Endpoint> endpoints();

  /**
   * Sets the provider's credentials, and whatever else each of its requests must carry. Credentials
   * that were there are gone after it, also when {@code apiKey} is empty because the provider wants
   * none.
   */
  void authorize(HttpHeaders upstreamHeaders, String apiKey);

  /** The same for a provider that may want its key in another way. */
  default void authorize(HttpHeaders upstreamHeaders, String apiKey, Variant variant) {
    authorize(upstreamHeaders, apiKey);
  }
}
