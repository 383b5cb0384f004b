package dev.tollgate.dialect;

import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;

/** {@code /v1/embeddings}: text, or token ids, in; nothing that costs out. */
final class OpenAiEmbeddings {
  private static final PromptShape PROMPT =
      PromptShape.builder()
          .model("model")
          .producesNothing()
          .serviceTier("service_tier")
          .text("input")
          .tokenIds("input[*]")
          .tokenIds("input[*][*]")
          .build();

  private static final AnswerShape ANSWER =
      AnswerShape.of(Surface.OPENAI_EMBEDDINGS)
          .choices("data")
          .error("error")
          .usage("usage")
          .figure("usage.prompt_tokens", Figure.INPUT)
          .alias("usage.input_tokens", Figure.INPUT)
          .figure("usage.prompt_tokens_details.cached_tokens", Figure.CACHE_READ)
          .figure("usage.prompt_tokens_details.image_tokens", Figure.IMAGE_INPUT)
          .servedTier("service_tier")
          .build();

  private OpenAiEmbeddings() {}

  static Endpoint endpoint(MeterSettings settings) {
    return new JsonEndpoint("/v1/embeddings", "/embeddings", PROMPT, ANSWER, settings);
  }
}
