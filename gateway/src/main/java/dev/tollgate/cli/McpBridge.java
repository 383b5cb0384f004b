package dev.tollgate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Carries the messages of an MCP client, a line each, to the gateway's {@code /mcp}, and its
 * answers back, one after the other and as they are. What never reached the gateway, or was refused
 * there, is answered here as JSON-RPC has it, so that the client never waits in vain; people are
 * told too. Blocks; for one thread.
 */
final class McpBridge {
  private static final String PATH = "/mcp";
  private static final String VERSION = "MCP-Protocol-Version";
  private static final int PARSE_ERROR = -32700;

  /** The first of those that JSON-RPC leaves to servers. */
  private static final int UNREACHED = -32000;

  private final ApiClient gateway;
  private final BufferedReader in;
  private final OutputStream out;
  private final Consumer<String> complaints;
  private final Map<String, String> fields = new LinkedHashMap<>();

  McpBridge(ApiClient gateway, InputStream in, OutputStream out, Consumer<String> complaints) {
    this.gateway = gateway;
    this.in = new BufferedReader(new InputStreamReader(in, UTF_8));
    this.out = out;
    this.complaints = complaints;
    fields.put("Accept", "application/json, text/event-stream");
    fields.put("Content-Type", "application/json");
  }

  /**
   * Returns when the client has closed its end.
   *
   * @throws IOException when it is gone without having done so
   */
  void run() throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (!line.isBlank()) {
        carry(line);
      }
    }
  }

  private void carry(String line) throws IOException {
    JsonNode message;
    try {
      message = Json.parse(line.getBytes(UTF_8));
    } catch (IllegalArgumentException notJson) {
      complain("the client sent a line that is not JSON");
      print(answer(null, error(PARSE_ERROR, "The line is not JSON.")));
      return;
    }
    HttpResponse<byte[]> response;
    try {
      response = gateway.exchange(PATH, line, fields);
    } catch (CommandFailure unreached) {
      refuse(message, error(UNREACHED, String.valueOf(unreached.getMessage())));
      return;
    }
    JsonNode answer = document(response);
    if (answer == null) {
      refuse(message, error(UNREACHED, response.statusCode() + ": no MCP server answers there"));
    } else if (response.statusCode() != 200 && answer.has("error")) {
      refuse(message, answer.path("error"));
    } else if (!answer.isMissingNode()) {
      rememberVersion(answer);
      // What JSON has in strings it escapes, so these stand between its parts.
      print(new String(response.body(), UTF_8).replace('\n', ' ').replace('\r', ' '));
    }
  }

  /** The missing node where a notification was taken; null where somebody else has answered. */
  private static @Nullable JsonNode document(HttpResponse<byte[]> response) {
    try {
      JsonNode document = Json.parse(response.body());
      boolean isTaken = document.isMissingNode() && response.statusCode() == 202;
      return isTaken || document.path("jsonrpc").asString("").equals("2.0") ? document : null;
    } catch (IllegalArgumentException notJson) {
      return null;
    }
  }

  /** Which version was agreed on is to be said from then on. */
  private void rememberVersion(JsonNode answer) {
    String version = answer.path("result").path("protocolVersion").asString("");
    if (!version.isEmpty()) {
      fields.put(VERSION, version);
    }
  }

  private static JsonNode error(int code, String why) {
    return Json.mapper().createObjectNode().put("code", code).put("message", why);
  }

  /** A notification is owed no answer. */
  private void refuse(JsonNode message, JsonNode error) throws IOException {
    complain(error.path("message").asString(""));
    if (!message.isObject() || message.has("id") || !message.has("method")) {
      print(answer(message.get("id"), error));
    }
  }

  private static String answer(@Nullable JsonNode id, JsonNode error) {
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("jsonrpc", "2.0");
    answer.put("id", id);
    answer.put("error", error);
    return Json.write(answer);
  }

  private void complain(String what) {
    complaints.accept("tollgate mcp: " + what);
  }

  private void print(String message) throws IOException {
    out.write((message + "\n").getBytes(UTF_8));
    out.flush();
  }
}
