package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;

/** Errors of {@code /api/payment/*}: {@code {"ok":false,"error":code,"message",…}}. */
public final class PaymentErrors implements ErrorRenderer {
  private final String topupUrl;

  public PaymentErrors(String topupUrl) {
    this.topupUrl = topupUrl;
  }

  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    return JsonOutput.object(
        json -> {
          json.writeBooleanProperty("ok", false);
          json.writeStringProperty("error", refusal.code());
          json.writeStringProperty("message", refusal.message());
          JsonOutput.writeParamAndExtras(json, refusal, topupUrl);
        });
  }
}
