package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Set;

/** {@code /v1/embeddings}: text, or token ids, in; nothing that costs out. */
final class OpenAiEmbeddings {
  private static final List<Set<Meter>> BY_INPUT = List.of(Set.of(Meter.INPUT));

  private static final PromptShape PROMPT =
      PromptShape.builder()
          .model("model")
          .producesNothing()
          .serviceTier("service_tier")
          .text("input")
          .tokenIds("input[*]")
          .tokenIds("input[*][*]")
          // what others take beside: pictures and sound, as URLs or in base64
          .binary("input[*].image")
          .binary("input[*].image_url")
          .binary("input[*].audio")
          .binary("input[*].video")
          .binary("input[*].pdf")
          .ignored("input[*].content[*].type")
          .binary("input[*].content[*].image_url")
          .message("messages[*]")
          .text("messages")
          .ignored("messages[*].role")
          .ignored("messages[*].content[*].type")
          .binary("messages[*].content[*].image_url")
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
    return JsonEndpoint.of("/v1/embeddings", "/embeddings", BY_INPUT, PROMPT, ANSWER, settings);
  }
}
