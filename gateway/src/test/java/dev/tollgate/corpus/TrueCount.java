package dev.tollgate.corpus;

import com.knuddels.jtokkit.api.Encoding;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Counts the tokens of a request's input as its provider says it does, with a tokenizer that may be
 * another one's:
 *
 * <ul>
 *   <li>chat as in OpenAI's cookbook: 3 tokens for each message, its role, its texts, 1 more for a
 *       name, and 3 for the beginning of the answer; Anthropic's messages in the same way, since
 *       nobody publishes how;
 *   <li>tools, functions and response schemas as compact JSON, which is more than what OpenAI makes
 *       of them; a tool that is called by its name and arguments, identifiers left out; with tools,
 *       Anthropic's own 346 tokens;
 *   <li>images by OpenAI's tiles and Anthropic's area; one that is only linked has the size that
 *       its name says;
 *   <li>embeddings by their texts alone.
 * </ul>
 */
final class TrueCount {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long ANTHROPIC_TOOL_PROMPT = 346;

  private static final Map<String, CorpusImage> IMAGES =
      CorpusImage.all().stream()
          .collect(Collectors.toMap(CorpusImage::base64, Function.identity()));

  private final Encoding encoding;

  TrueCount(Encoding encoding) {
    this.encoding = encoding;
  }

  long of(CorpusRequest request) {
    JsonNode body = JSON.readTree(request.body());
    return switch (request.path()) {
      case "/v1/chat/completions" -> chat(body);
      case "/v1/messages" -> messages(body);
      case "/v1/embeddings" -> embeddings(body.path("input"));
      default -> throw new IllegalArgumentException(request.path());
    };
  }

  private long text(String text) {
    return encoding.countTokensOrdinary(text);
  }

  private long chat(JsonNode body) {
    long tokens = 3;
    for (JsonNode message : body.path("messages")) {
      tokens += 3 + text(message.path("role").asString()) + chatContent(message.path("content"));
      tokens += message.has("name") ? 1 + text(message.path("name").asString()) : 0;
      for (JsonNode call : message.path("tool_calls")) {
        tokens += 3 + call(call.path("function"));
      }
      tokens += message.has("function_call") ? 3 + call(message.path("function_call")) : 0;
    }
    for (String list : new String[] {"tools", "functions"}) {
      for (JsonNode tool : body.path(list)) {
        tokens += text(tool.toString());
      }
    }
    return tokens
        + (body.has("response_format") ? text(body.get("response_format").toString()) : 0);
  }

  private long call(JsonNode function) {
    return text(function.path("name").asString()) + text(function.path("arguments").asString());
  }

  private long chatContent(JsonNode content) {
    if (content.isString()) {
      return text(content.asString());
    }
    long tokens = 0;
    for (JsonNode part : content) {
      tokens +=
          part.has("image_url")
              ? tiles(part.path("image_url"))
              : text(part.path("text").asString());
    }
    return tokens;
  }

  private static long tiles(JsonNode image) {
    if (image.path("detail").asString("auto").equals("low")) {
      return 85;
    }
    String url = image.path("url").asString();
    double[] sides = sides(url.startsWith("data:") ? url.substring(url.indexOf(',') + 1) : url);
    double fit = Math.min(1, 2048 / Math.max(sides[0], sides[1]));
    double shrink = Math.min(1, 768 / (fit * Math.min(sides[0], sides[1])));
    double tiles = 1;
    for (double side : sides) {
      tiles *= Math.ceil(Math.round(side * fit * shrink) / 512.0);
    }
    return 85 + 170 * (long) tiles;
  }

  private static double[] sides(String source) {
    CorpusImage image = IMAGES.get(source);
    if (image != null) {
      return new double[] {image.width(), image.height()};
    }
    Matcher parts = CorpusImage.size(source);
    return new double[] {Double.parseDouble(parts.group(1)), Double.parseDouble(parts.group(2))};
  }

  private long messages(JsonNode body) {
    long tokens = 3 + anthropicContent(body.path("system"));
    for (JsonNode message : body.path("messages")) {
      tokens += 3 + text(message.path("role").asString());
      tokens += anthropicContent(message.path("content"));
    }
    for (JsonNode tool : body.path("tools")) {
      tokens += text(tool.toString());
    }
    return tokens + (body.has("tools") ? ANTHROPIC_TOOL_PROMPT : 0);
  }

  private long anthropicContent(JsonNode content) {
    if (content.isString()) {
      return text(content.asString());
    }
    long tokens = 0;
    for (JsonNode part : content) {
      tokens +=
          switch (part.path("type").asString()) {
            case "text" -> text(part.path("text").asString());
            case "thinking" -> text(part.path("thinking").asString());
            case "tool_use" ->
                3 + text(part.path("name").asString()) + text(part.path("input").toString());
            case "tool_result" -> 3 + anthropicContent(part.path("content"));
            case "image" -> area(part.path("source"));
            case "document" ->
                text(part.path("title").asString(""))
                    + text(part.path("source").path("data").asString());
            default -> throw new IllegalArgumentException(part.toString());
          };
    }
    return tokens;
  }

  private static long area(JsonNode source) {
    double[] sides = sides(source.path(source.has("url") ? "url" : "data").asString());
    double fit = Math.min(1, 1568 / Math.max(sides[0], sides[1]));
    return (long) Math.min(1600, Math.ceil(sides[0] * fit * (sides[1] * fit) / 750));
  }

  private long embeddings(JsonNode input) {
    if (input.isString()) {
      return text(input.asString());
    }
    if (input.isNumber()) {
      return 1;
    }
    long tokens = 0;
    for (JsonNode item : input) {
      tokens += embeddings(item);
    }
    return tokens;
  }
}
