package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.metering.MeterSettings;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/** OpenAI's wire format, which most providers speak. */
public final class OpenAiDialect implements Dialect {
  private final String topupUrl;
  private final List<Endpoint> endpoints;

  /**
   * @param topupUrl where a customer buys credits
   */
  public OpenAiDialect(String topupUrl, MeterSettings settings) {
    this.topupUrl = topupUrl;
    List<Endpoint> all = new ArrayList<>();
    all.add(OpenAiChat.endpoint(settings));
    all.add(OpenAiCompletions.endpoint(settings));
    all.add(OpenAiResponses.endpoint(settings));
    all.add(OpenAiEmbeddings.endpoint(settings));
    all.add(OpenAiModerations.endpoint(settings));
    all.add(Rerank.endpoint("/v1/rerank", "cohere", settings));
    all.addAll(OpenAiObjects.endpoints(settings));
    this.endpoints = List.copyOf(all);
  }

  @Override
  public String name() {
    return "openai";
  }

  @Override
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    return JsonOutput.object(
        json -> {
          json.writeObjectPropertyStart("error");
          json.writeStringProperty("message", refusal.message());
          json.writeStringProperty("type", type(refusal.status()));
          json.writeStringProperty("param", JsonOutput.param(refusal));
          json.writeStringProperty("code", refusal.code());
          JsonOutput.writeExtras(json, refusal, topupUrl);
          json.writeEndObject();
        });
  }

  /** As OpenAI has it: a bad key is an invalid request there, with a code of its own. */
  private static String type(int status) {
    return switch (status) {
      case 402 -> "insufficient_quota";
      case 429 -> "rate_limit_error";
      default -> status < 500 ? "invalid_request_error" : "server_error";
    };
  }

  @Override
  public void authorize(HttpHeaders upstreamHeaders, String apiKey) {
    authorize(upstreamHeaders, apiKey, Variant.STANDARD);
  }

  @Override
  public void authorize(HttpHeaders upstreamHeaders, String apiKey, Variant variant) {
    Credentials.clear(upstreamHeaders);
    if (apiKey.isEmpty()) {
      return;
    }
    switch (variant.keyHeader()) {
      case AUTHORIZATION -> upstreamHeaders.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + apiKey);
      case API_KEY -> upstreamHeaders.set(Credentials.API_KEY, apiKey);
    }
  }
}
