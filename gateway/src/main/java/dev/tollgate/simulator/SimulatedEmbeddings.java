package dev.tollgate.simulator;

import dev.tollgate.http.Reply;
import dev.tollgate.simulator.SimulatedAnswer.Whole;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Embeddings in OpenAI's format. Equal texts have equal vectors; that is all they mean. The input
 * is a text, a list of texts, a list of tokens, or a list of such lists.
 */
final class SimulatedEmbeddings {
  private static final int DIMENSIONS = 256;

  private SimulatedEmbeddings() {}

  static Whole answer(JsonNode body, SimulatorSettings settings) {
    String model = body.path("model").asString("");
    if (model.isEmpty()) {
      return OpenAiSimulation.refused("model", "A model is required.");
    }
    List<JsonNode> inputs = inputs(body.path("input"));
    if (inputs.isEmpty() || inputs.size() > settings.inputsMax()) {
      return OpenAiSimulation.refused(
          "input", "Between 1 and " + settings.inputsMax() + " inputs are required.");
    }
    int defaultDimensions = Math.min(DIMENSIONS, settings.dimensionsMax());
    int dimensions = body.path("dimensions").asInt(defaultDimensions);
    if (dimensions < 1 || dimensions > settings.dimensionsMax()) {
      return OpenAiSimulation.refused(
          "dimensions", "Between 1 and " + settings.dimensionsMax() + " dimensions are possible.");
    }
    boolean isBase64 = body.path("encoding_format").asString("").equals("base64");
    return whole(model, inputs, dimensions, isBase64);
  }

  private static List<JsonNode> inputs(JsonNode input) {
    if (input.isString() || input.path(0).isNumber()) {
      return List.of(input);
    }
    return input.valueStream().filter(each -> each.isString() || each.isArray()).toList();
  }

  private static Whole whole(
      String model, List<JsonNode> inputs, int dimensions, boolean isBase64) {
    ObjectNode answer = OpenAiSimulation.object().put("object", "list");
    ArrayNode data = answer.putArray("data");
    int tokens = 0;
    for (int i = 0; i < inputs.size(); i++) {
      JsonNode input = inputs.get(i);
      tokens +=
          input.isArray()
              ? input.size()
              : Math.max(1, SimulatedPrompt.tokensOf(input.stringValue()));
      ObjectNode item = data.addObject().put("object", "embedding").put("index", i);
      putVector(item, vector(input, dimensions), isBase64);
    }
    answer.put("model", model);
    answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return new Whole(Reply.json(200, answer.toString()), 1);
  }

  /** A vector of length 1, drawn from the text. */
  private static float[] vector(JsonNode input, int dimensions) {
    SplittableRandom random = new SplittableRandom(input.toString().hashCode());
    float[] vector = new float[dimensions];
    double squares = 0;
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
      squares += vector[i] * vector[i];
    }
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) (vector[i] / Math.sqrt(squares));
    }
    return vector;
  }

  private static void putVector(ObjectNode item, float[] vector, boolean isBase64) {
    if (!isBase64) {
      ArrayNode numbers = item.putArray("embedding");
      for (float number : vector) {
        numbers.add(number);
      }
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * vector.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(vector);
    item.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
  }
}
