package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;

/**
 * Errors of {@code /mcp}: those of JSON-RPC, {@code
 * {"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message","data":{"code",…}}}}. They refuse the
 * HTTP request before its message is looked at, and so answer no id.
 */
public final class RpcErrors implements ErrorRenderer {
  private static final int INVALID_REQUEST = -32600;
  private static final int INTERNAL_ERROR = -32603;

  /** The first of those that JSON-RPC leaves to servers. */
  private static final int REFUSED = -32000;

  private final String topupUrl;

  public RpcErrors(String topupUrl) {
    this.topupUrl = topupUrl;
  }

  @Override
  public byte[] render(Refusal refusal, RequestId request) {
    return JsonOutput.object(
        json -> {
          json.writeStringProperty("jsonrpc", "2.0");
          json.writeNullProperty("id");
          json.writeObjectPropertyStart("error");
          json.writeNumberProperty("code", number(refusal));
          json.writeStringProperty("message", refusal.message());
          json.writeObjectPropertyStart("data");
          json.writeStringProperty("code", refusal.code());
          JsonOutput.writeParamAndExtras(json, refusal, topupUrl);
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  private static int number(Refusal refusal) {
    return switch (refusal.status()) {
      case 400, 405, 413, 431 -> INVALID_REQUEST;
      case 500 -> INTERNAL_ERROR;
      default -> REFUSED;
    };
  }
}
