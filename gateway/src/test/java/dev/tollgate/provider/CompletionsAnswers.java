package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Answers of OpenAI's legacy completions, made from the request. Safe for use by any thread. */
public final class CompletionsAnswers {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long CREATED = 1_770_000_000L;

  /** What OpenAI takes where a request names no cap. */
  private static final long CAP_DEFAULT = 16;

  private final TokenDraw draw;
  private final @Nullable ServedUsage fixedUsage;

  public CompletionsAnswers(long seed) {
    this(new TokenDraw(seed), null);
  }

  private CompletionsAnswers(TokenDraw draw, @Nullable ServedUsage fixedUsage) {
    this.draw = draw;
    this.fixedUsage = fixedUsage;
  }

  /** The same, with this usage for every request; it writes no caches. */
  public CompletionsAnswers reporting(ServedUsage usage) {
    return new CompletionsAnswers(draw, usage);
  }

  /** As many completions of each prompt as are asked for, streamed if asked for. */
  public Answer completions(ReceivedRequest received) {
    JsonNode request = received.json();
    SplittableRandom random = draw.next();
    int choices = prompts(request.path("prompt")).size() * request.path("n").asInt(1);
    long cap = request.path("max_tokens").asLong(CAP_DEFAULT) * choices;
    ServedUsage usage = fixedUsage != null ? fixedUsage : drawUsage(random, request, cap);
    String reason = usage.output() >= cap ? "length" : "stop";
    return received.isStreamAsked()
        ? streamed(request, random, usage, choices, reason)
        : whole(request, random, usage, choices, reason);
  }

  private static ServedUsage drawUsage(SplittableRandom random, JsonNode request, long cap) {
    long prompt = 0;
    for (JsonNode one : prompts(request.path("prompt"))) {
      prompt +=
          one.isString()
              ? TokenDraw.promptTokens(ReceivedRequest.textBytes(one), 0)
              : Math.max(1, one.size());
    }
    long cached = TokenDraw.someOf(random, prompt);
    return new ServedUsage(prompt - cached, cached, 0, 0, TokenDraw.outputTokens(random, cap), 0);
  }

  /** A text or a list of token ids is one prompt; a list of those is many. */
  private static List<JsonNode> prompts(JsonNode prompt) {
    boolean isOne = !prompt.isArray() || prompt.isEmpty() || prompt.path(0).isNumber();
    return isOne ? List.of(prompt) : prompt.valueStream().toList();
  }

  private static Answer whole(
      JsonNode request, SplittableRandom random, ServedUsage usage, int choices, String reason) {
    ObjectNode answer = frame(request, random);
    for (int i = 0; i < choices; i++) {
      String text = TokenDraw.text(random, share(usage, i, choices));
      answer.withArray("choices").add(choice(i, text, reason));
    }
    answer.set("usage", usageNode(usage));
    return new Answer(
        200,
        "application/json",
        false,
        request.path("model").asString(""),
        usage,
        List.of(Part.of(answer.toString(), usage.output(), true)));
  }

  private static Answer streamed(
      JsonNode request, SplittableRandom random, ServedUsage usage, int choices, String reason) {
    boolean withUsage = request.path("stream_options").path("include_usage").asBoolean(false);
    ObjectNode frame = frame(request, random);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < choices; i++) {
      long left = share(usage, i, choices);
      while (left > 0) {
        long tokens = Math.min(left, 1 + random.nextInt(3));
        left -= tokens;
        String text = TokenDraw.text(random, tokens);
        parts.add(chunk(frame, choice(i, text, left == 0 ? reason : null), withUsage, tokens));
      }
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

  private static Part chunk(ObjectNode frame, ObjectNode choice, boolean withUsage, long tokens) {
    ObjectNode chunk = frame.deepCopy();
    chunk.withArray("choices").add(choice);
    if (withUsage) {
      chunk.putNull("usage");
    }
    return Part.of("data: " + chunk + "\n\n", tokens, false);
  }

  private static ObjectNode choice(int index, String text, @Nullable String reason) {
    ObjectNode choice = JSON.createObjectNode().put("text", text).put("index", index);
    return choice.putNull("logprobs").put("finish_reason", reason);
  }

  /** How many tokens the choice shows, the whole output being spread over all. */
  private static long share(ServedUsage usage, int choice, int choices) {
    return usage.output() / choices + (choice < usage.output() % choices ? 1 : 0);
  }

  private static ObjectNode frame(JsonNode request, SplittableRandom random) {
    ObjectNode frame = JSON.createObjectNode();
    frame.put("id", "cmpl-" + Long.toUnsignedString(random.nextLong(), 36));
    frame.put("object", "text_completion").put("created", CREATED);
    return frame.put("model", request.path("model").asString(""));
  }

  private static ObjectNode usageNode(ServedUsage usage) {
    ObjectNode node = JSON.createObjectNode();
    node.put("prompt_tokens", usage.input()).put("completion_tokens", usage.output());
    node.put("total_tokens", usage.input() + usage.output());
    node.putObject("prompt_tokens_details").put("cached_tokens", usage.cacheRead());
    return node;
  }
}
