package dev.tollgate.provider;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The responses that an OpenAI-style provider has stored. One in the background stays as it is
 * until a test says how it goes on. Safe for use by any thread.
 */
public final class ResponseStore {
  private final Map<String, ObjectNode> responses =
      Collections.synchronizedMap(new LinkedHashMap<>());

  /** Whatever is asked below {@code /responses}. */
  synchronized Answer answer(ReceivedRequest request) {
    String id = StoredJson.segment(request, 2);
    ObjectNode response = responses.get(id);
    if (response == null) {
      return StoredJson.unknown("response: " + id);
    }
    if (request.head().method().equals("DELETE")) {
      responses.remove(id);
      return StoredJson.of(
          StoredJson.JSON
              .createObjectNode()
              .put("id", id)
              .put("object", "response.deleted")
              .put("deleted", true));
    }
    return switch (StoredJson.segment(request, 3)) {
      case "input_items" ->
          StoredJson.list(List.of(StoredJson.JSON.createObjectNode().put("id", "msg_" + id)));
      case "cancel" -> StoredJson.of(response.put("status", "cancelled"));
      default -> StoredJson.of(response);
    };
  }

  /** Keeps a response that has just been answered; the answer. */
  public Answer keep(Answer answer) {
    if (answer.status() == 200) {
      JsonNode last = StoredJson.JSON.missingNode();
      for (String line : answer.text().lines().toList()) {
        String json = line.startsWith("data: ") ? line.substring(6) : line;
        if (json.startsWith("{")) {
          JsonNode document = StoredJson.JSON.readTree(json);
          JsonNode response = answer.isStreamed() ? document.path("response") : document;
          last = response.isObject() ? response : last;
        }
      }
      if (last.isObject()) {
        responses.put(last.path("id").asString(""), (ObjectNode) last);
      }
    }
    return answer;
  }

  /** One in the background, which nobody has begun with; its id. */
  public String queue(String model) {
    String id = StoredJson.nextId("resp_");
    ObjectNode response = StoredJson.JSON.createObjectNode();
    response.put("id", id).put("object", "response").put("created_at", StoredJson.now());
    response.put("status", "queued").put("background", true).put("model", model);
    response.putNull("error").putNull("incomplete_details").putNull("usage");
    response.putArray("output");
    response.put("service_tier", "default").put("store", true);
    response.put("parallel_tool_calls", true).put("tool_choice", "auto").putArray("tools");
    response.putNull("instructions").putNull("metadata");
    response.put("temperature", 1).put("top_p", 1);
    responses.put(id, response);
    return id;
  }

  private ObjectNode response(String id) {
    return Objects.requireNonNull(responses.get(id), id);
  }

  public synchronized void begin(String id) {
    response(id).put("status", "in_progress");
  }

  /** It says what it has used. */
  public synchronized void end(String id, String status, ServedUsage usage) {
    write(id, status);
    ObjectNode node = response(id).putObject("usage");
    node.put("input_tokens", usage.input()).put("output_tokens", usage.output());
    node.put("total_tokens", usage.input() + usage.output());
    node.putObject("input_tokens_details").put("cached_tokens", usage.cacheRead());
    node.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoning());
  }

  /** It is done, and does not say what it has used. */
  public synchronized void write(String id, String status) {
    ObjectNode message = response(id).put("status", status).withArray("output").addObject();
    message.put("id", "msg_" + id).put("type", "message");
    message.put("role", "assistant").put("status", "completed");
    ObjectNode part = message.putArray("content").addObject();
    part.put("type", "output_text").put("text", "The toll is one coin.").putArray("annotations");
  }

  public synchronized void fail(String id) {
    response(id).put("status", "failed");
  }
}
