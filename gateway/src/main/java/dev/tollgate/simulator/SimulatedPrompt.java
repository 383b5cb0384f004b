package dev.tollgate.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What a chat asks, in either format.
 *
 * @param question the text of its last message
 * @param inputTokens about what a tokenizer would count
 */
record SimulatedPrompt(String model, String question, int inputTokens, boolean isStreamed) {
  private static final int BYTES_PER_TOKEN = 4;
  private static final int TOKENS_PER_MESSAGE = 3;
  private static final int QUOTED_CHARACTERS_MAX = 60;
  private static final Pattern TOKEN = Pattern.compile("\\s*\\S{1,8}");

  static SimulatedPrompt of(JsonNode body) {
    JsonNode messages = body.path("messages");
    int tokens = tokensOf(text(body.path("system")));
    String question = "";
    for (JsonNode message : messages) {
      question = text(message.path("content"));
      tokens += tokensOf(question) + TOKENS_PER_MESSAGE;
    }
    String model = body.path("model").asString("");
    return new SimulatedPrompt(model, question, tokens, body.path("stream").asBoolean(false));
  }

  /** A text, or the texts of a list of parts. */
  static String text(JsonNode content) {
    if (content.isString()) {
      return content.stringValue();
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : content) {
      text.append(part.path("text").asString(""));
    }
    return text.toString();
  }

  /** None for an empty text, at least one for any other. */
  static int tokensOf(String text) {
    return Math.ceilDiv(text.getBytes(StandardCharsets.UTF_8).length, BYTES_PER_TOKEN);
  }

  /**
   * The answer to it, token by token.
   *
   * @param outputTokensMax after which it breaks off
   */
  List<String> answerTokens(long outputTokensMax) {
    String answer =
        "This is a simulated answer: no model was asked. You wrote “%s”, and every token that you are reading is counted and charged as a real one would be."
            .formatted(quoted());
    List<String> tokens = new ArrayList<>();
    Matcher token = TOKEN.matcher(answer);
    while (tokens.size() < outputTokensMax && token.find()) {
      tokens.add(token.group());
    }
    return tokens;
  }

  private String quoted() {
    String line = question.strip().replaceAll("\\s+", " ");
    int end = Math.min(line.length(), QUOTED_CHARACTERS_MAX);
    boolean splitsPair = end < line.length() && Character.isLowSurrogate(line.charAt(end));
    return end == line.length() ? line : line.substring(0, splitsPair ? end - 1 : end) + "…";
  }
}
