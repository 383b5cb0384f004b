package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Answers of an OpenAI-style provider, made from the request. Safe for use by any thread. */
public final class OpenAiAnswers {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long CREATED = 1_770_000_000L;
  private static final int DIMENSIONS = 8;

  private final TokenDraw draw;
  private final @Nullable ServedUsage fixedUsage;

  public OpenAiAnswers(long seed) {
    this(new TokenDraw(seed), null);
  }

  private OpenAiAnswers(TokenDraw draw, @Nullable ServedUsage fixedUsage) {
    this.draw = draw;
    this.fixedUsage = fixedUsage;
  }

  /**
   * The same, with this usage for every request; it writes no caches of five minutes or an hour.
   */
  public OpenAiAnswers reporting(ServedUsage usage) {
    return new OpenAiAnswers(draw, usage);
  }

  /**
   * A chat completion, streamed if asked for, with usage in the stream if asked for. It calls the
   * first function that it is offered, and keeps to a schema where there is one.
   */
  public Answer chat(ReceivedRequest received) {
    JsonNode request = received.json();
    SplittableRandom random = draw.next();
    int choices = request.path("n").asInt(1);
    long cap = request.path("max_completion_tokens").asLong(request.path("max_tokens").asLong(999));
    ServedUsage usage = fixedUsage != null ? fixedUsage : drawUsage(random, request, cap * choices);
    String ended = functionName(request).isEmpty() ? "stop" : "tool_calls";
    String reason = usage.output() >= cap * choices ? "length" : ended;
    return received.isStreamAsked()
        ? streamed(request, random, usage, choices, reason)
        : whole(request, random, usage, choices, reason);
  }

  private static ServedUsage drawUsage(SplittableRandom random, JsonNode request, long cap) {
    long prompt =
        TokenDraw.promptTokens(
            ReceivedRequest.textBytes(request.path("messages")), request.path("messages").size());
    long cached = TokenDraw.someOf(random, prompt);
    long output = TokenDraw.outputTokens(random, cap);
    long reasoning = TokenDraw.someOf(random, output / 2);
    return new ServedUsage(prompt - cached, cached, 0, 0, output, reasoning);
  }

  private static Answer whole(
      JsonNode request, SplittableRandom random, ServedUsage usage, int choices, String reason) {
    ObjectNode answer = frame(request, "chat.completion", random);
    for (int i = 0; i < choices; i++) {
      ObjectNode choice = answer.withArray("choices").addObject().put("index", i);
      ObjectNode message = choice.putObject("message").put("role", "assistant");
      long tokens = visible(usage, i, choices);
      if (functionName(request).isEmpty()) {
        message.put("content", text(request, random, tokens));
      } else {
        message.putNull("content");
        putCall(message, request, random, arguments(random, tokens));
      }
      message.putNull("refusal");
      choice.putNull("logprobs").put("finish_reason", reason);
    }
    answer.set("usage", usageNode(usage));
    Part part = Part.of(answer.toString(), usage.output() - usage.reasoning(), true);
    return json(request, usage, part);
  }

  /** Of the first function that the request offers; empty where it offers none. */
  private static String functionName(JsonNode request) {
    return request.path("tools").path(0).path("function").path("name").asString("");
  }

  private static void putCall(
      ObjectNode to, JsonNode request, SplittableRandom random, String arguments) {
    ObjectNode call = to.putArray("tool_calls").addObject().put("index", 0);
    call.put("id", "call_" + Long.toHexString(random.nextLong())).put("type", "function");
    call.putObject("function").put("name", functionName(request)).put("arguments", arguments);
  }

  private static String arguments(SplittableRandom random, long tokens) {
    return JSON.createObjectNode().put("gate", TokenDraw.text(random, tokens)).toString();
  }

  private static boolean isJsonAsked(JsonNode request) {
    return request.path("response_format").path("type").asString("").equals("json_schema");
  }

  /** Prose, or an object of the one schema that tests ask for. */
  private static String text(JsonNode request, SplittableRandom random, long tokens) {
    String prose = TokenDraw.text(random, tokens);
    return isJsonAsked(request)
        ? JSON.createObjectNode().put("gate", prose).put("pence", 3).toString()
        : prose;
  }

  private static Answer json(JsonNode request, ServedUsage usage, Part part) {
    String model = request.path("model").asString("");
    return new Answer(200, "application/json", false, model, usage, List.of(part));
  }

  private static Answer streamed(
      JsonNode request, SplittableRandom random, ServedUsage usage, int choices, String reason) {
    boolean withUsage = request.path("stream_options").path("include_usage").asBoolean(false);
    ObjectNode frame = frame(request, "chat.completion.chunk", random);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < choices; i++) {
      ObjectNode role = JSON.createObjectNode().put("role", "assistant").put("content", "");
      parts.add(chunk(frame, i, role, null, withUsage, 0));
    }
    for (int i = 0; i < choices; i++) {
      long left = visible(usage, i, choices);
      if (!functionName(request).isEmpty()) {
        addCall(parts, chunkOf(frame, i, withUsage), request, random, left);
        left = 0;
      }
      while (left > 0) {
        long tokens = isJsonAsked(request) ? left : Math.min(left, 1 + random.nextInt(3));
        ObjectNode delta = JSON.createObjectNode().put("content", text(request, random, tokens));
        parts.add(chunk(frame, i, delta, null, withUsage, tokens));
        left -= tokens;
      }
    }
    for (int i = 0; i < choices; i++) {
      parts.add(chunk(frame, i, JSON.createObjectNode(), reason, withUsage, 0));
    }
    if (withUsage) {
      ObjectNode last = frame.deepCopy();
      last.putArray("choices");
      last.set("usage", usageNode(usage));
      parts.add(Part.of("data: " + last + "\n\n", 0, true));
    }
    parts.add(Part.of("data: [DONE]\n\n", 0, false));
    String model = request.path("model").asString("");
    return new Answer(200, "text/event-stream; charset=utf-8", true, model, usage, parts);
  }

  /** Makes a chunk of a delta and the tokens in it. */
  private static BiFunction<ObjectNode, Long, Part> chunkOf(
      ObjectNode frame, int index, boolean withUsage) {
    return (delta, tokens) -> chunk(frame, index, delta, null, withUsage, tokens);
  }

  /** A call's name comes first, its arguments in two pieces. */
  private static void addCall(
      List<Part> parts,
      BiFunction<ObjectNode, Long, Part> chunkOf,
      JsonNode request,
      SplittableRandom random,
      long tokens) {
    ObjectNode first = JSON.createObjectNode();
    putCall(first, request, random, "");
    parts.add(chunkOf.apply(first, 0L));
    String arguments = arguments(random, tokens);
    for (String piece : List.of(arguments.substring(0, 5), arguments.substring(5))) {
      ObjectNode delta = JSON.createObjectNode();
      ObjectNode call = delta.putArray("tool_calls").addObject().put("index", 0);
      call.putObject("function").put("arguments", piece);
      parts.add(chunkOf.apply(delta, piece.length() == 5 ? 0L : tokens));
    }
  }

  private static Part chunk(
      ObjectNode frame,
      int index,
      ObjectNode delta,
      @Nullable String reason,
      boolean withUsage,
      long tokens) {
    ObjectNode chunk = frame.deepCopy();
    ObjectNode choice = chunk.withArray("choices").addObject().put("index", index);
    choice.set("delta", delta);
    choice.putNull("logprobs").put("finish_reason", reason);
    if (withUsage) {
      chunk.putNull("usage");
    }
    return Part.of("data: " + chunk + "\n\n", tokens, false);
  }

  /** How many tokens of text the choice shows, the whole output being spread over all. */
  private static long visible(ServedUsage usage, int choice, int choices) {
    long tokens = usage.output() - usage.reasoning();
    return tokens / choices + (choice < tokens % choices ? 1 : 0);
  }

  private static ObjectNode frame(JsonNode request, String object, SplittableRandom random) {
    ObjectNode frame = JSON.createObjectNode();
    frame.put("id", "chatcmpl-" + Long.toUnsignedString(random.nextLong(), 36));
    frame.put("object", object).put("created", CREATED);
    frame.put("model", request.path("model").asString(""));
    frame.put("service_tier", "default").put("system_fingerprint", "fp_fake");
    return frame;
  }

  private static ObjectNode usageNode(ServedUsage usage) {
    ObjectNode node = JSON.createObjectNode();
    node.put("prompt_tokens", usage.input()).put("completion_tokens", usage.output());
    node.put("total_tokens", usage.input() + usage.output());
    node.putObject("prompt_tokens_details")
        .put("cached_tokens", usage.cacheRead())
        .put("audio_tokens", 0);
    node.putObject("completion_tokens_details")
        .put("reasoning_tokens", usage.reasoning())
        .put("audio_tokens", 0)
        .put("accepted_prediction_tokens", 0)
        .put("rejected_prediction_tokens", 0);
    return node;
  }

  /** Embeddings of a string, of several, or of tokens; as numbers or in base64, as asked for. */
  public Answer embeddings(ReceivedRequest received) {
    JsonNode request = received.json();
    SplittableRandom random = draw.next();
    List<JsonNode> inputs = inputs(request.path("input"));
    boolean isBase64 = request.path("encoding_format").asString("").equals("base64");
    int dimensions = request.path("dimensions").asInt(DIMENSIONS);
    ObjectNode answer = JSON.createObjectNode().put("object", "list");
    long tokens = 0;
    for (int i = 0; i < inputs.size(); i++) {
      tokens += inputTokens(inputs.get(i));
      ObjectNode item = answer.withArray("data").addObject().put("object", "embedding");
      item.put("index", i);
      putVector(item, random, dimensions, isBase64);
    }
    ServedUsage usage = fixedUsage != null ? fixedUsage : ServedUsage.of(tokens, 0);
    answer.put("model", request.path("model").asString(""));
    answer
        .putObject("usage")
        .put("prompt_tokens", usage.input())
        .put("total_tokens", usage.input());
    return json(request, usage, Part.of(answer.toString(), 0, true));
  }

  private static List<JsonNode> inputs(JsonNode input) {
    boolean isOne = input.isString() || input.path(0).isNumber();
    return isOne ? List.of(input) : input.valueStream().toList();
  }

  private static long inputTokens(JsonNode input) {
    return input.isString()
        ? TokenDraw.promptTokens(ReceivedRequest.textBytes(input), 0)
        : Math.max(1, input.size());
  }

  private static void putVector(
      ObjectNode item, SplittableRandom random, int dimensions, boolean isBase64) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * dimensions).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < dimensions; i++) {
      bytes.putFloat((float) random.nextDouble(-1, 1));
    }
    if (isBase64) {
      item.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
      return;
    }
    bytes.flip();
    while (bytes.hasRemaining()) {
      item.withArray("embedding").add(bytes.getFloat());
    }
  }

  /** A list with one model in it. */
  public Answer models() {
    ObjectNode answer = JSON.createObjectNode().put("object", "list");
    answer
        .putArray("data")
        .addObject()
        .put("id", "fake-model")
        .put("object", "model")
        .put("created", CREATED)
        .put("owned_by", "fake");
    return json(JSON.createObjectNode(), ServedUsage.NONE, Part.of(answer.toString(), 0, false));
  }
}
