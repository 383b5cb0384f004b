package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.Set;

/** {@code /v1/embeddings}: text, or token ids, in; nothing that costs out. */
final class OpenAiEmbeddings implements Endpoint {
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

  private final MeterSettings settings;

  OpenAiEmbeddings(MeterSettings settings) {
    this.settings = settings;
  }

  @Override
  public String path() {
    return "/v1/embeddings";
  }

  @Override
  public String upstreamPath() {
    return "/embeddings";
  }

  @Override
  public Set<Meter> pricedMeters() {
    return Set.of(Meter.INPUT);
  }

  @Override
  public PromptReader newPromptReader() {
    return new JsonPromptReader(PROMPT, settings.depthMax());
  }

  @Override
  public AnswerMeter newAnswerMeter(
      int status, String contentType, String contentEncoding, boolean dropsAddedUsage) {
    return AnswerMeters.of(ANSWER, settings, status, contentType, contentEncoding, dropsAddedUsage);
  }
}
