package dev.tollgate.provider;

import dev.tollgate.provider.Answer.Part;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Answers of those who rank documents, made from the request. Safe for use by any thread. */
public final class RerankAnswers {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int DOCUMENTS_PER_UNIT = 100;

  private final TokenDraw draw;

  public RerankAnswers(long seed) {
    draw = new TokenDraw(seed);
  }

  /** As Cohere answers, who bills search units. */
  public Answer inUnits(ReceivedRequest received) {
    ObjectNode answer = ranked(received);
    long units = Math.ceilDiv(received.json().path("documents").size(), DOCUMENTS_PER_UNIT);
    ObjectNode meta = answer.put("id", "fake").putObject("meta");
    meta.putObject("api_version").put("version", "2");
    meta.putObject("billed_units").put("search_units", units);
    ServedUsage usage = ServedUsage.NONE.with("search_unit", units);
    return answer(received, answer, usage);
  }

  /** As Jina answers, who gives the total of all tokens, and nothing else. */
  public Answer inTokens(ReceivedRequest received) {
    JsonNode request = received.json();
    ObjectNode answer = ranked(received);
    long query = ReceivedRequest.textBytes(request.path("query"));
    long tokens = 0;
    for (JsonNode document : request.path("documents")) {
      tokens += TokenDraw.promptTokens(query + ReceivedRequest.textBytes(document), 1);
    }
    answer.put("model", received.model()).putObject("usage").put("total_tokens", tokens);
    return answer(received, answer, ServedUsage.of(tokens, 0));
  }

  private ObjectNode ranked(ReceivedRequest received) {
    SplittableRandom random = draw.next();
    ObjectNode answer = JSON.createObjectNode();
    int documents = received.json().path("documents").size();
    for (int i = 0; i < documents; i++) {
      answer
          .withArray("results")
          .addObject()
          .put("index", i)
          .put("relevance_score", random.nextInt(1000) / 1000d);
    }
    return answer;
  }

  private static Answer answer(ReceivedRequest received, ObjectNode body, ServedUsage usage) {
    Part part = Part.of(body.toString(), 0, true);
    return new Answer(200, "application/json", false, received.model(), usage, List.of(part));
  }
}
