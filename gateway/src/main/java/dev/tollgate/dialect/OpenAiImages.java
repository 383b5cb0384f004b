package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.domain.Usage;
import dev.tollgate.media.FormBoundary;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import dev.tollgate.metering.AnswerShape;
import dev.tollgate.metering.Figure;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.metering.Surface;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/images/*}: sold by the images that come back, where the card has a fee for one, else
 * by tokens. Partial images of a stream are no images; their tokens are in the usage at its end.
 *
 * @param json of its requests; null where they must be forms
 * @param form of its requests; null where they must be JSON
 */
record OpenAiImages(
    String path, @Nullable PromptShape json, @Nullable FormShape form, MeterSettings settings)
    implements Endpoint {
  private static final String PREFIX = "/v1";

  private static final List<Set<Meter>> BY_IMAGES_OR_TOKENS =
      List.of(Set.of(Meter.IMAGE), Set.of(Meter.INPUT, Meter.IMAGE_OUTPUT));

  private static final PromptShape GENERATION =
      PromptShape.builder().model("model").stream("stream").answers("n").text("prompt").build();

  private static final PromptShape EDIT =
      PromptShape.builder().model("model").stream("stream")
          .answers("n")
          .text("prompt")
          .binary("images[*]")
          .binary("mask")
          .build();

  /** Every part that is a file is an image. */
  private static final FormShape FORM =
      FormShape.builder().model("model").stream("stream").answers("n").text("prompt").build();

  private static final AnswerShape ANSWER =
      AnswerShape.of(Surface.OPENAI_IMAGES)
          .counted("data", Figure.IMAGES)
          .eventType("type")
          .partialEvent("image_generation.partial_image")
          .partialEvent("image_edit.partial_image")
          .countedEvent("image_generation.completed", Figure.IMAGES)
          .countedEvent("image_edit.completed", Figure.IMAGES)
          .error("error")
          .usage("usage")
          .figure("usage.input_tokens", Figure.INPUT)
          .figure("usage.input_tokens_details.image_tokens", Figure.IMAGE_INPUT)
          .figure("usage.input_tokens_details.cached_tokens", Figure.CACHE_READ)
          .figure("usage.output_tokens", Figure.OUTPUT)
          .figure("usage.output_tokens_details.image_tokens", Figure.IMAGE_OUTPUT)
          .build();

  static List<Endpoint> endpoints(MeterSettings settings) {
    return List.of(
        new OpenAiImages("/v1/images/generations", GENERATION, null, settings),
        new OpenAiImages("/v1/images/edits", EDIT, FORM, settings),
        new OpenAiImages("/v1/images/variations", null, FORM, settings));
  }

  @Override
  public String upstreamPath(String model, Map<String, String> pathParameters) {
    return path.substring(PREFIX.length());
  }

  @Override
  public List<Set<Meter>> soldBy() {
    return BY_IMAGES_OR_TOKENS;
  }

  @Override
  public PromptReader newPromptReader(RequestHead head) {
    boolean isForm = json == null || FormBoundary.isForm(head.contentType());
    PromptReader reader =
        form != null && isForm
            ? FormPromptReader.of(form, head.contentType())
            : json != null && !isForm
                ? new JsonPromptReader(json, head, settings.depthMax())
                : new RefusingReader("The body must be a JSON object, application/json.");
    return reader.then(prompt -> prompt.withUnits(Usage.of(Meter.IMAGE, prompt.answers())));
  }

  @Override
  public AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage) {
    return AnswerMeters.of(
        ANSWER,
        settings,
        head.status(),
        head.contentType(),
        head.contentEncoding(),
        dropsAddedUsage);
  }
}
