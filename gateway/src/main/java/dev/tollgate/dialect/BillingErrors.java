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
          JsonOutput.writeParamAndExtras(json, refusal, topupUrl);
          json.writeEndObject();
        });
  }
}
