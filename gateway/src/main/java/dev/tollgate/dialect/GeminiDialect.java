package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;
import dev.tollgate.metering.MeterSettings;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The wire format of Google's Gemini API. */
public final class GeminiDialect implements Dialect {
  private static final String ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo";
  private static final String BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

  /** With which a client could have parts of an answer left out, its usage among them. */
  private static final List<String> NOT_FOR_CLIENTS =
      List.of("x-goog-fieldmask", "x-http-method-override", "x-goog-user-project");

  private final String topupUrl;
  private final List<Endpoint> endpoints;

  /**
   * @param topupUrl where a customer buys credits
   */
  public GeminiDialect(String topupUrl, MeterSettings settings) {
    this.topupUrl = topupUrl;
    this.endpoints =
        List.of(
            GeminiEndpoint.generating(settings),
            GeminiEndpoint.streaming(settings),
            GeminiEndpoint.counting(settings));
  }

  @Override
  public String name() {
    return "gemini";
  }

  @Override
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /** As google.rpc.Status has it; our own code is the reason in its details. */
  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    String param = JsonOutput.param(refusal);
    return JsonOutput.object(
        json -> {
          json.writeObjectPropertyStart("error");
          json.writeNumberProperty("code", refusal.status());
          json.writeStringProperty("message", refusal.message());
          json.writeStringProperty("status", status(refusal.status()));
          writeDetails(json, refusal, param);
          JsonOutput.writeExtras(json, refusal, topupUrl);
          json.writeEndObject();
        });
  }

  private static void writeDetails(JsonGenerator json, Refusal refusal, @Nullable String param) {
    json.writeArrayPropertyStart("details");
    json.writeStartObject();
    json.writeStringProperty("@type", ERROR_INFO);
    json.writeStringProperty("reason", refusal.code().toUpperCase(Locale.ROOT));
    json.writeStringProperty("domain", "tollgate");
    json.writeObjectPropertyStart("metadata");
    json.writeStringProperty("code", refusal.code());
    json.writeEndObject();
    json.writeEndObject();
    if (param != null) {
      json.writeStartObject();
      json.writeStringProperty("@type", BAD_REQUEST);
      json.writeArrayPropertyStart("fieldViolations");
      json.writeStartObject();
      json.writeStringProperty("field", param);
      json.writeStringProperty("description", refusal.message());
      json.writeEndObject();
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** The name of google.rpc.Code; it knows none for a bill that is not paid. */
  private static String status(int status) {
    return switch (status) {
      case 401 -> "UNAUTHENTICATED";
      case 402 -> "FAILED_PRECONDITION";
      case 403 -> "PERMISSION_DENIED";
      case 404 -> "NOT_FOUND";
      case 405 -> "UNIMPLEMENTED";
      case 409 -> "ABORTED";
      case 429 -> "RESOURCE_EXHAUSTED";
      case 502, 503 -> "UNAVAILABLE";
      case 504 -> "DEADLINE_EXCEEDED";
      default -> status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
    };
  }

  @Override
  public void authorize(HttpHeaders upstreamHeaders, String apiKey) {
    Credentials.clear(upstreamHeaders);
    NOT_FOR_CLIENTS.forEach(upstreamHeaders::remove);
    if (!apiKey.isEmpty()) {
      upstreamHeaders.set(Credentials.X_GOOG_API_KEY, apiKey);
    }
  }
}
