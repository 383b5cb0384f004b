package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of Anthropic's messages, made from the request: a text, or where it brings tools a call
 * of the first one, or where it wants a schema kept {@code {"place": …}}. Safe for use by any
 * thread.
 */
public final class AnthropicAnswers {
  private static final JsonMapper JSON = new JsonMapper();

  private final TokenDraw draw;
  private final @Nullable ServedUsage fixedUsage;

  public AnthropicAnswers(long seed) {
    this(new TokenDraw(seed), null);
  }

  private AnthropicAnswers(TokenDraw draw, @Nullable ServedUsage fixedUsage) {
    this.draw = draw;
    this.fixedUsage = fixedUsage;
  }

  /** The same, with this usage for every request. */
  public AnthropicAnswers reporting(ServedUsage usage) {
    return new AnthropicAnswers(draw, usage);
  }

  /** A message, streamed if asked for. */
  public Answer messages(ReceivedRequest received) {
    JsonNode request = received.json();
    SplittableRandom random = draw.next();
    long cap = request.path("max_tokens").asLong(999);
    ServedUsage usage = fixedUsage != null ? fixedUsage : drawUsage(random, request, cap);
    String end = isCall(request) ? "tool_use" : "end_turn";
    String reason = usage.output() >= cap ? "max_tokens" : end;
    return received.isStreamAsked()
        ? streamed(request, random, usage, reason)
        : whole(request, random, usage, reason);
  }

  /** How long the prompt is, which costs nothing. */
  public Answer countTokens(ReceivedRequest received) {
    String json = "{\"input_tokens\":" + promptTokens(received.json()) + "}";
    return answer(received.json(), false, ServedUsage.NONE, List.of(Part.of(json, 0, false)));
  }

  private static long promptTokens(JsonNode request) {
    JsonNode messages = request.path("messages");
    long textBytes =
        ReceivedRequest.textBytes(messages) + ReceivedRequest.textBytes(request.path("system"));
    return TokenDraw.promptTokens(textBytes, messages.size());
  }

  private static ServedUsage drawUsage(SplittableRandom random, JsonNode request, long cap) {
    long prompt = promptTokens(request);
    long cacheRead = TokenDraw.someOf(random, prompt);
    long cacheWrite = TokenDraw.someOf(random, prompt - cacheRead);
    long cacheWrite1h = TokenDraw.someOf(random, cacheWrite);
    return new ServedUsage(
        prompt - cacheRead - cacheWrite,
        cacheRead,
        cacheWrite - cacheWrite1h,
        cacheWrite1h,
        TokenDraw.outputTokens(random, cap),
        0);
  }

  private static Answer whole(
      JsonNode request, SplittableRandom random, ServedUsage usage, String reason) {
    ObjectNode message = message(request, random);
    ObjectNode block = block(request);
    String said = String.join("", pieces(request, random, usage.output()));
    if (isCall(request)) {
      block.set("input", JSON.readTree(said));
    } else {
      block.put("text", said);
    }
    message.withArray("content").add(block);
    message.put("stop_reason", reason).putNull("stop_sequence");
    message.set("usage", usageNode(usage, usage.output()));
    return answer(
        request, false, usage, List.of(Part.of(message.toString(), usage.output(), true)));
  }

  private static Answer streamed(
      JsonNode request, SplittableRandom random, ServedUsage usage, String reason) {
    List<Part> parts = new ArrayList<>();
    ObjectNode message = message(request, random);
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", usageNode(usage, Math.min(1, usage.output())));
    parts.add(event("message_start", typed("message_start").set("message", message), 0, false));
    ObjectNode blockStart = typed("content_block_start").put("index", 0);
    blockStart.set("content_block", block(request));
    parts.add(event("content_block_start", blockStart, 0, false));
    parts.add(event("ping", typed("ping"), 0, false));
    addDeltas(parts, request, random, usage.output());
    ObjectNode blockStop = typed("content_block_stop").put("index", 0);
    parts.add(event("content_block_stop", blockStop, 0, false));
    ObjectNode last = typed("message_delta");
    last.putObject("delta").put("stop_reason", reason).putNull("stop_sequence");
    last.putObject("usage").put("output_tokens", usage.output());
    parts.add(event("message_delta", last, 0, true));
    parts.add(event("message_stop", typed("message_stop"), 0, false));
    return answer(request, true, usage, parts);
  }

  private static void addDeltas(
      List<Part> parts, JsonNode request, SplittableRandom random, long outputTokens) {
    for (String piece : pieces(request, random, outputTokens)) {
      ObjectNode event = typed("content_block_delta").put("index", 0);
      event
          .putObject("delta")
          .put("type", isCall(request) ? "input_json_delta" : "text_delta")
          .put(isCall(request) ? "partial_json" : "text", piece);
      parts.add(event("content_block_delta", event, 1, false));
    }
  }

  /** One for each token; where JSON is wanted, the frame of it goes with the first and the last. */
  private static List<String> pieces(JsonNode request, SplittableRandom random, long tokens) {
    boolean isJson = isCall(request) || request.at("/output_config/format").isObject();
    List<String> pieces = new ArrayList<>();
    for (long i = 0; i < tokens; i++) {
      String text = TokenDraw.text(random, 1);
      String quoted = JSON.writeValueAsString(text);
      pieces.add(isJson ? quoted.substring(1, quoted.length() - 1) : text);
    }
    if (isJson) {
      pieces.set(0, "{\"place\":\"" + pieces.getFirst());
      pieces.set(pieces.size() - 1, pieces.getLast() + "\"}");
    }
    return pieces;
  }

  private static boolean isCall(JsonNode request) {
    return !request.path("tools").isEmpty();
  }

  private static ObjectNode block(JsonNode request) {
    if (!isCall(request)) {
      return typed("text").put("text", "");
    }
    ObjectNode call = typed("tool_use").put("id", "toolu_fake");
    call.put("name", request.at("/tools/0/name").asString("")).putObject("input");
    return call;
  }

  private static Answer answer(
      JsonNode request, boolean isStreamed, ServedUsage usage, List<Part> parts) {
    String contentType = isStreamed ? "text/event-stream; charset=utf-8" : "application/json";
    String model = request.path("model").asString("");
    return new Answer(200, contentType, isStreamed, model, usage, parts);
  }

  private static ObjectNode typed(String type) {
    return JSON.createObjectNode().put("type", type);
  }

  private static Part event(String name, JsonNode data, long tokens, boolean carriesUsage) {
    String text = "event: " + name + "\ndata: " + data + "\n\n";
    return new Part(text.getBytes(StandardCharsets.UTF_8), tokens, carriesUsage);
  }

  private static ObjectNode message(JsonNode request, SplittableRandom random) {
    ObjectNode message = JSON.createObjectNode();
    message.put("id", "msg_" + Long.toUnsignedString(random.nextLong(), 36));
    message.put("type", "message").put("role", "assistant");
    return message.put("model", request.path("model").asString(""));
  }

  private static ObjectNode usageNode(ServedUsage usage, long outputTokens) {
    ObjectNode node = JSON.createObjectNode();
    node.put("input_tokens", usage.freshInput());
    node.put("cache_creation_input_tokens", usage.cacheWrite5m() + usage.cacheWrite1h());
    node.put("cache_read_input_tokens", usage.cacheRead());
    node.putObject("cache_creation")
        .put("ephemeral_5m_input_tokens", usage.cacheWrite5m())
        .put("ephemeral_1h_input_tokens", usage.cacheWrite1h());
    return node.put("output_tokens", outputTokens).put("service_tier", "standard");
  }
}
