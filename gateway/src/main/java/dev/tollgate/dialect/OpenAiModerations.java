package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Set;

/**
 * {@code /v1/moderations}: text and images are judged. OpenAI reports no usage of it; where input
 * tokens have a price other than 0, they are estimated.
 */
final class OpenAiModerations {
  /** What OpenAI takes where a request names none. */
  private static final String MODEL_DEFAULT = "omni-moderation-latest";

  private static final List<Set<Meter>> BY_INPUT_OR_REQUEST =
      List.of(Set.of(Meter.INPUT), Set.of(Meter.REQUEST));

  private static final PromptShape PROMPT =
      PromptShape.builder()
          .model("model")
          .modelDefault(MODEL_DEFAULT)
          .producesNothing()
          .text("input")
          .ignored("input[*].type")
          .binary("input[*].image_url")
          .build();

  private static final AnswerShape ANSWER =
      AnswerShape.of(Surface.OPENAI_EMBEDDINGS)
          .choices("results")
          .error("error")
          // Mistral's
          .usage("usage")
          .figure("usage.prompt_tokens", Figure.INPUT)
          .build();

  private OpenAiModerations() {}

  static Endpoint endpoint(MeterSettings settings) {
    return JsonEndpoint.of(
        "/v1/moderations", "/moderations", BY_INPUT_OR_REQUEST, PROMPT, ANSWER, settings);
  }
}
