package dev.tollgate.api.mcp;

import dev.tollgate.http.Json;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the body of a POST says, in JSON-RPC 2.0 as MCP narrows it: one message, never a list. */
sealed interface Message {
  /** Wants an answer. */
  record Call(JSONRPCRequest request) implements Message {}

  /** Wants none. */
  record Note(JSONRPCNotification notification) implements Message {}

  /**
   * No message, or none that a server takes.
   *
   * @param code of JSON-RPC
   */
  record Nonsense(int code, String why) implements Message {}

  static Message read(byte[] body) {
    JsonNode message;
    try {
      message = Json.parse(body);
    } catch (IllegalArgumentException notJson) {
      return new Nonsense(ErrorCodes.PARSE_ERROR, String.valueOf(notJson.getMessage()));
    }
    if (message.isMissingNode()) {
      return new Nonsense(ErrorCodes.PARSE_ERROR, "The request body is empty.");
    }
    if (message.isArray()) {
      return invalid("Batches are not taken: send one message in each request.");
    }
    if (!message.path("jsonrpc").asString("").equals("2.0")) {
      return invalid("The request body is not a message of JSON-RPC 2.0.");
    }
    JsonNode method = message.path("method");
    if (!method.isString()) {
      return invalid("The message has no method. This server asks nothing that is to be answered.");
    }
    JsonNode params = message.path("params");
    if (!params.isMissingNode() && !params.isObject()) {
      return invalid("The params of the message are not an object.");
    }
    return read(message, method.asString(), params.isObject() ? fields(params) : null);
  }

  private static Message read(JsonNode message, String method, @Nullable Object params) {
    if (!message.has("id")) {
      return new Note(new JSONRPCNotification("2.0", method, params));
    }
    JsonNode id = message.path("id");
    if (id.isString()) {
      return new Call(new JSONRPCRequest("2.0", method, id.asString(), params));
    }
    if (id.isIntegralNumber() && id.canConvertToLong()) {
      return new Call(new JSONRPCRequest("2.0", method, id.longValue(), params));
    }
    return invalid("The id of the message is neither a string nor an integer.");
  }

  private static Map<?, ?> fields(JsonNode params) {
    return Json.mapper().convertValue(params, Map.class);
  }

  private static Message invalid(String why) {
    return new Nonsense(ErrorCodes.INVALID_REQUEST, why);
  }
}
