package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/** A wire format: its endpoints, how its errors look, how its provider is told who asks. */
public interface Dialect {
  /** As in {@code gateway.yaml}: {@code openai}, {@code anthropic}. */
  String name();

  List<Endpoint> endpoints();

  /** The body of a refusal, as JSON in UTF-8. Extra fields of the contract's table are included. */
  byte[] render(Refusal refusal, RequestId request);

  /** Sets the provider's credentials, and whatever else each of its requests must carry. */
  void authorize(HttpHeaders upstreamHeaders, String apiKey);
}
