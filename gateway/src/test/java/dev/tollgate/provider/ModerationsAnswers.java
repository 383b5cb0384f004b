package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers of OpenAI's moderations, made from the request. They report no usage; each is worth one
 * request. Safe for use by any thread.
 */
public final class ModerationsAnswers {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> CATEGORIES =
      List.of(
          "harassment",
          "harassment/threatening",
          "hate",
          "hate/threatening",
          "illicit",
          "illicit/violent",
          "self-harm",
          "self-harm/instructions",
          "self-harm/intent",
          "sexual",
          "sexual/minors",
          "violence",
          "violence/graphic");

  private final TokenDraw draw;

  public ModerationsAnswers(long seed) {
    draw = new TokenDraw(seed);
  }

  /** A result for each input. */
  public Answer moderations(ReceivedRequest received) {
    JsonNode request = received.json();
    SplittableRandom random = draw.next();
    JsonNode input = request.path("input");
    int results = input.isArray() && input.path(0).isString() ? input.size() : 1;
    ObjectNode answer = JSON.createObjectNode();
    answer.put("id", "modr-" + Long.toUnsignedString(random.nextLong(), 36));
    answer.put("model", request.path("model").asString("omni-moderation-latest"));
    for (int i = 0; i < results; i++) {
      answer.withArray("results").add(result(random));
    }
    return new Answer(
        200,
        "application/json",
        false,
        request.path("model").asString(""),
        ServedUsage.NONE.with("request", 1),
        List.of(Part.of(answer.toString(), 0, true)));
  }

  private static ObjectNode result(SplittableRandom random) {
    ObjectNode result = JSON.createObjectNode().put("flagged", false);
    ObjectNode flags = result.putObject("categories");
    ObjectNode scores = result.putObject("category_scores");
    ObjectNode types = result.putObject("category_applied_input_types");
    for (String category : CATEGORIES) {
      flags.put(category, false);
      scores.put(category, random.nextInt(1000) / 1e6);
      types.putArray(category).add("text");
    }
    return result;
  }
}
