package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.metering.MeterSettings;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/** Cohere's wire format, of which reranking is served here. */
public final class CohereDialect implements Dialect {
  private final String topupUrl;
  private final List<Endpoint> endpoints;

  /**
   * @param topupUrl where a customer buys credits
   */
  public CohereDialect(String topupUrl, MeterSettings settings) {
    this.topupUrl = topupUrl;
    this.endpoints = List.of(Rerank.endpoint("/v2/rerank", "openai", settings));
  }

  @Override
  public String name() {
    return "cohere";
  }

  @Override
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    return JsonOutput.object(
        json -> {
          json.writeStringProperty("id", request.value());
          json.writeStringProperty("message", refusal.message());
          json.writeStringProperty("code", refusal.code());
          JsonOutput.writeParamAndExtras(json, refusal, topupUrl);
        });
  }

  @Override
  public void authorize(HttpHeaders upstreamHeaders, String apiKey) {
    Credentials.clear(upstreamHeaders);
    if (!apiKey.isEmpty()) {
      upstreamHeaders.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + apiKey);
    }
  }
}
