package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of the Gemini API, made from the request. As there, a count of 0 is left out, and what
 * tools have put into the prompt is counted beside it. Safe for use by any thread.
 */
public final class GeminiAnswers {
  private static final JsonMapper JSON = new JsonMapper();

  private final TokenDraw draw;
  private final @Nullable ServedUsage fixedUsage;

  public GeminiAnswers(long seed) {
    this(new TokenDraw(seed), null);
  }

  private GeminiAnswers(TokenDraw draw, @Nullable ServedUsage fixedUsage) {
    this.draw = draw;
    this.fixedUsage = fixedUsage;
  }

  /** The same, with this usage for every request; its caches are only read. */
  public GeminiAnswers reporting(ServedUsage usage) {
    return new GeminiAnswers(draw, usage);
  }

  /**
   * What the tokens of one request are made of.
   *
   * @param toolTokens part of the fresh input, and no part of the prompt
   */
  private record Tokens(ServedUsage usage, long toolTokens) {}

  /** One object. */
  public Answer generate(ReceivedRequest received) {
    SplittableRandom random = draw.next();
    Tokens tokens = tokens(random, received.json());
    long shown = tokens.usage().output() - tokens.usage().reasoning();
    ObjectNode answer = chunk(received, TokenDraw.text(random, shown), "STOP");
    answer.set("usageMetadata", usageNode(tokens, shown));
    return answer(received, false, tokens, List.of(Part.of(answer.toString(), shown, true)));
  }

  /** Events with {@code alt=sse}, else the elements of an array; each has the usage so far. */
  public Answer stream(ReceivedRequest received) {
    SplittableRandom random = draw.next();
    Tokens tokens = tokens(random, received.json());
    long shown = tokens.usage().output() - tokens.usage().reasoning();
    boolean isSse = received.query().contains("alt=sse");
    List<Part> parts = new ArrayList<>();
    long told = 0;
    do {
      long count = Math.min(shown - told, 1 + random.nextInt(3));
      told += count;
      boolean isLast = told == shown;
      String text = TokenDraw.text(random, count);
      ObjectNode chunk = chunk(received, text, isLast ? "STOP" : null);
      chunk.set("usageMetadata", usageNode(tokens, told));
      String framed =
          isSse
              ? "data: " + chunk + "\r\n\r\n"
              : (parts.isEmpty() ? "[" : "\n,\r\n")
                  + chunk.toPrettyString()
                  + (isLast ? "\n]\n" : "");
      parts.add(Part.of(framed, count, isLast));
    } while (told < shown);
    return answer(received, isSse, tokens, parts);
  }

  /** How long the prompt is, which costs nothing. */
  public Answer countTokens(ReceivedRequest received) {
    long tokens = promptTokens(received.json());
    String json = "{\"totalTokens\":" + tokens + "}";
    Part part = Part.of(json, 0, false);
    return new Answer(
        200, "application/json", false, received.model(), ServedUsage.NONE, List.of(part));
  }

  private Tokens tokens(SplittableRandom random, JsonNode request) {
    if (fixedUsage != null) {
      return new Tokens(fixedUsage, 0);
    }
    long prompt = promptTokens(request);
    long cached = TokenDraw.someOf(random, prompt);
    long tools = TokenDraw.someOf(random, prompt / 2);
    long cap = request.path("generationConfig").path("maxOutputTokens").asLong(999);
    long output = TokenDraw.outputTokens(random, cap);
    long thoughts = TokenDraw.someOf(random, output);
    return new Tokens(
        new ServedUsage(prompt - cached + tools, cached, 0, 0, output, thoughts), tools);
  }

  private static long promptTokens(JsonNode request) {
    long bytes = 0;
    for (JsonNode content : request.path("contents")) {
      bytes += ReceivedRequest.textBytes(content.path("parts"));
    }
    return TokenDraw.promptTokens(bytes, request.path("contents").size());
  }

  private static Answer answer(
      ReceivedRequest received, boolean isSse, Tokens tokens, List<Part> parts) {
    return new Answer(
        200,
        isSse ? "text/event-stream" : "application/json; charset=UTF-8",
        received.isStreamAsked(),
        received.model(),
        tokens.usage(),
        parts);
  }

  private static ObjectNode chunk(
      ReceivedRequest received, String text, @Nullable String finishReason) {
    ObjectNode chunk = JSON.createObjectNode();
    ObjectNode candidate = chunk.putArray("candidates").addObject();
    ObjectNode content = candidate.putObject("content");
    if (!text.isEmpty()) {
      content.putArray("parts").addObject().put("text", text);
    }
    content.put("role", "model");
    if (finishReason != null) {
      candidate.put("finishReason", finishReason);
    }
    candidate.put("index", 0);
    return chunk.put("modelVersion", received.model()).put("responseId", "fake");
  }

  private static ObjectNode usageNode(Tokens tokens, long shownSoFar) {
    ServedUsage usage = tokens.usage();
    long prompt = usage.input() - tokens.toolTokens();
    ObjectNode node = JSON.createObjectNode().put("promptTokenCount", prompt);
    putUnlessZero(node, "cachedContentTokenCount", usage.cacheRead());
    putUnlessZero(node, "toolUsePromptTokenCount", tokens.toolTokens());
    putUnlessZero(node, "candidatesTokenCount", shownSoFar);
    putUnlessZero(node, "thoughtsTokenCount", usage.reasoning());
    node.put("totalTokenCount", usage.input() + shownSoFar + usage.reasoning());
    node.putArray("promptTokensDetails")
        .addObject()
        .put("modality", "TEXT")
        .put("tokenCount", prompt);
    return node;
  }

  private static void putUnlessZero(ObjectNode node, String field, long count) {
    if (count != 0) {
      node.put(field, count);
    }
  }
}
