package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.metering.MeterSettings;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/** Anthropic's wire format. */
public final class AnthropicDialect implements Dialect {
  private static final String VERSION_HEADER = "anthropic-version";
  private static final String VERSION_DEFAULT = "2023-06-01";

  private final String topupUrl;
  private final List<Endpoint> endpoints;

  /**
   * @param topupUrl where a customer buys credits
   */
  public AnthropicDialect(String topupUrl, MeterSettings settings) {
    this.topupUrl = topupUrl;
    this.endpoints =
        List.of(AnthropicMessages.endpoint(settings), AnthropicMessages.counting(settings));
  }

  @Override
  public String name() {
    return "anthropic";
  }

  @Override
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    return JsonOutput.object(
        json -> {
          json.writeStringProperty("type", "error");
          json.writeObjectPropertyStart("error");
          json.writeStringProperty("type", type(refusal.status()));
          json.writeStringProperty("message", refusal.message());
          json.writeStringProperty("code", refusal.code());
          JsonOutput.writeParamAndExtras(json, refusal, topupUrl);
          json.writeEndObject();
          json.writeStringProperty("request_id", request.value());
        });
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 402 -> "billing_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413, 431 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 503 -> "overloaded_error";
      case 504 -> "timeout_error";
      default -> status < 500 ? "invalid_request_error" : "api_error";
    };
  }

  @Override
  public void authorize(HttpHeaders upstreamHeaders, String apiKey) {
    Credentials.clear(upstreamHeaders);
    if (!apiKey.isEmpty()) {
      upstreamHeaders.set(Credentials.X_API_KEY, apiKey);
    }
    if (!upstreamHeaders.contains(VERSION_HEADER)) {
      upstreamHeaders.set(VERSION_HEADER, VERSION_DEFAULT);
    }
  }
}
