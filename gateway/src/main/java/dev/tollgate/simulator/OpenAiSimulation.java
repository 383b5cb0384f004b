package dev.tollgate.simulator;

import dev.tollgate.domain.RequestId;
import dev.tollgate.http.Reply;
import dev.tollgate.simulator.SimulatedAnswer.Streamed;
import dev.tollgate.simulator.SimulatedAnswer.Whole;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Chat completions and the list of models, in OpenAI's format; embeddings by their own file. */
final class OpenAiSimulation {
  private final SimulatorSettings settings;
  private final InstantSource clock;

  OpenAiSimulation(SimulatorSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  SimulatedAnswer chat(RequestId id, JsonNode body) {
    SimulatedPrompt prompt = SimulatedPrompt.of(body);
    if (prompt.model().isEmpty()) {
      return refused("model", "A model is required.");
    }
    if (!body.path("messages").isArray() || body.path("messages").isEmpty()) {
      return refused("messages", "Messages are required.");
    }
    if (body.path("n").asInt(1) != 1) {
      return refused("n", "The simulated provider gives one answer at a time: n must be 1.");
    }
    String capName =
        body.hasNonNull("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
    long cap = body.hasNonNull(capName) ? body.path(capName).asLong(0) : Long.MAX_VALUE;
    if (cap < 1) {
      return refused(capName, "The cap must be a whole number of at least 1.");
    }
    List<String> tokens = prompt.answerTokens(cap);
    ObjectNode frame = frame(id, prompt);
    String reason = tokens.size() == cap ? "length" : "stop";
    return prompt.isStreamed()
        ? streamed(body, frame, tokens, reason, prompt.inputTokens())
        : whole(frame, tokens, reason, prompt.inputTokens());
  }

  static Whole refused(String param, String message) {
    ObjectNode answer = object();
    answer
        .putObject("error")
        .put("message", message)
        .put("type", "invalid_request_error")
        .put("param", param)
        .putNull("code");
    return new Whole(Reply.json(400, answer.toString()), 0);
  }

  private ObjectNode frame(RequestId id, SimulatedPrompt prompt) {
    String kind = prompt.isStreamed() ? "chat.completion.chunk" : "chat.completion";
    return object()
        .put("id", "chatcmpl-" + id)
        .put("object", kind)
        .put("created", clock.instant().getEpochSecond())
        .put("model", prompt.model());
  }

  private static Whole whole(
      ObjectNode frame, List<String> tokens, String reason, int inputTokens) {
    ObjectNode choice = frame.putArray("choices").addObject().put("index", 0);
    choice
        .putObject("message")
        .put("role", "assistant")
        .put("content", String.join("", tokens))
        .putNull("refusal");
    choice.putNull("logprobs").put("finish_reason", reason);
    frame.set("usage", usage(inputTokens, tokens.size()));
    return new Whole(Reply.json(200, frame.toString()), tokens.size());
  }

  private static Streamed streamed(
      JsonNode body, ObjectNode frame, List<String> tokens, String reason, int inputTokens) {
    boolean withUsage = body.path("stream_options").path("include_usage").asBoolean(false);
    ObjectNode role = object().put("role", "assistant").put("content", "");
    List<String> deltas = new ArrayList<>();
    for (String token : tokens) {
      deltas.add(chunk(frame, object().put("content", token), null, withUsage));
    }
    List<String> closing = new ArrayList<>();
    closing.add(chunk(frame, object(), reason, withUsage));
    if (withUsage) {
      ObjectNode last = frame.deepCopy();
      last.putArray("choices");
      last.set("usage", usage(inputTokens, tokens.size()));
      closing.add("data: " + last + "\n\n");
    }
    closing.add("data: [DONE]\n\n");
    return new Streamed(List.of(chunk(frame, role, null, withUsage)), deltas, closing);
  }

  private static String chunk(
      ObjectNode frame, ObjectNode delta, @Nullable String reason, boolean withUsage) {
    ObjectNode chunk = frame.deepCopy();
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    choice.putNull("logprobs").put("finish_reason", reason);
    if (withUsage) {
      chunk.putNull("usage");
    }
    return "data: " + chunk + "\n\n";
  }

  private static ObjectNode usage(int inputTokens, int outputTokens) {
    return object()
        .put("prompt_tokens", inputTokens)
        .put("completion_tokens", outputTokens)
        .put("total_tokens", inputTokens + outputTokens);
  }

  SimulatedAnswer embeddings(RequestId id, JsonNode body) {
    return SimulatedEmbeddings.answer(body, settings);
  }

  SimulatedAnswer models(RequestId id, JsonNode body) {
    ObjectNode answer = object().put("object", "list");
    for (String model : settings.models()) {
      answer
          .withArray("data")
          .addObject()
          .put("id", model)
          .put("object", "model")
          .put("created", 0)
          .put("owned_by", "simulated");
    }
    return new Whole(Reply.json(200, answer.toString()), 0);
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
