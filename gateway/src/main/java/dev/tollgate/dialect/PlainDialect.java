package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/**
 * Any API that is called by HTTP and sold by the call. It has no endpoints of its own: the card's
 * routes say which calls are sold. Its provider takes its key as a bearer token.
 */
public final class PlainDialect implements Dialect {
  /** As in {@code gateway.yaml}. */
  public static final String NAME = "plain";

  private final ErrorRenderer errors;

  /**
   * @param topupUrl where a customer buys credits
   */
  public PlainDialect(String topupUrl) {
    this.errors = new PaymentErrors(topupUrl);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Endpoint> endpoints() {
    return List.of();
  }

  @Override
  public void authorize(HttpHeaders upstreamHeaders, String apiKey) {
    Credentials.clear(upstreamHeaders);
    if (!apiKey.isEmpty()) {
      upstreamHeaders.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + apiKey);
    }
  }

  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    return errors.render(refusal, request);
  }
}
