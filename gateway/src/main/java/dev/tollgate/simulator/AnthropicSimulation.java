package dev.tollgate.simulator;

import dev.tollgate.domain.RequestId;
import dev.tollgate.http.Reply;
import dev.tollgate.simulator.SimulatedAnswer.Streamed;
import dev.tollgate.simulator.SimulatedAnswer.Whole;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Messages, in Anthropic's format. */
final class AnthropicSimulation {
  SimulatedAnswer messages(RequestId id, JsonNode body) {
    SimulatedPrompt prompt = SimulatedPrompt.of(body);
    if (prompt.model().isEmpty()) {
      return refused("model: required");
    }
    if (!body.path("messages").isArray() || body.path("messages").isEmpty()) {
      return refused("messages: at least one is required");
    }
    long cap = body.path("max_tokens").asLong(0);
    if (cap < 1) {
      return refused("max_tokens: a whole number of at least 1 is required");
    }
    List<String> tokens = prompt.answerTokens(cap);
    String reason = tokens.size() == cap ? "max_tokens" : "end_turn";
    ObjectNode message =
        OpenAiSimulation.object()
            .put("id", "msg_" + id)
            .put("type", "message")
            .put("role", "assistant")
            .put("model", prompt.model());
    return prompt.isStreamed()
        ? streamed(message, tokens, reason, prompt.inputTokens())
        : whole(message, tokens, reason, prompt.inputTokens());
  }

  private static Whole refused(String message) {
    ObjectNode answer = typed("error");
    answer.putObject("error").put("type", "invalid_request_error").put("message", message);
    return new Whole(Reply.json(400, answer.toString()), 0);
  }

  private static Whole whole(
      ObjectNode message, List<String> tokens, String reason, int inputTokens) {
    message
        .putArray("content")
        .addObject()
        .put("type", "text")
        .put("text", String.join("", tokens));
    message.put("stop_reason", reason).putNull("stop_sequence");
    message.set("usage", usage(inputTokens, tokens.size()));
    return new Whole(Reply.json(200, message.toString()), tokens.size());
  }

  private static Streamed streamed(
      ObjectNode message, List<String> tokens, String reason, int inputTokens) {
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", usage(inputTokens, 0));
    ObjectNode blockStart = typed("content_block_start").put("index", 0);
    blockStart.putObject("content_block").put("type", "text").put("text", "");
    List<String> opening =
        List.of(
            event(typed("message_start").set("message", message)),
            event(blockStart),
            event(typed("ping")));
    List<String> deltas = new ArrayList<>();
    for (String token : tokens) {
      ObjectNode delta = typed("content_block_delta").put("index", 0);
      delta.putObject("delta").put("type", "text_delta").put("text", token);
      deltas.add(event(delta));
    }
    ObjectNode last = typed("message_delta");
    last.putObject("delta").put("stop_reason", reason).putNull("stop_sequence");
    last.putObject("usage").put("output_tokens", tokens.size());
    List<String> closing =
        List.of(
            event(typed("content_block_stop").put("index", 0)),
            event(last),
            event(typed("message_stop")));
    return new Streamed(opening, deltas, closing);
  }

  private static ObjectNode usage(int inputTokens, int outputTokens) {
    return OpenAiSimulation.object()
        .put("input_tokens", inputTokens)
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", 0)
        .put("output_tokens", outputTokens);
  }

  private static ObjectNode typed(String type) {
    return OpenAiSimulation.object().put("type", type);
  }

  private static String event(JsonNode data) {
    return "event: " + data.path("type").asString("") + "\ndata: " + data + "\n\n";
  }
}
