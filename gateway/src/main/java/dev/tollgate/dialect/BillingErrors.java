package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;

/** Errors of {@code /v1/billing}: {@code {"error":{"code","message",…}}}. */
public final class BillingErrors implements ErrorRenderer {
  private final String topupUrl;

  public BillingErrors(String topupUrl) {
    this.topupUrl = topupUrl;
  }

  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    return JsonOutput.object(
        json -> {
          json.writeObjectPropertyStart("error");
          json.writeStringProperty("code", refusal.code());
          json.writeStringProperty("message", refusal.message());
          String param = JsonOutput.param(refusal);
          if (param != null) {
            json.writeStringProperty("param", param);
          }
          JsonOutput.writeExtras(json, refusal, topupUrl);
          json.writeEndObject();
        });
  }
}
